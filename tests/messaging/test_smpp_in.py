"""Messages from independent SMSCs into a started server: stored, answered by TwiML, and the replies sent."""

from typing import Literal

import pytest
from tests.messaging.conftest import PART_TIMEOUT_S, OpenWay
from tests.messaging.way import Way, drawn_number
from tests.running.smsc import Smsc
from tests.running.web_app import Asked, Reply, WebApp

LONG = "A long message that no single one holds, with the euro sign € in it. " * 5
CYRILLIC = "Съешь ещё этих мягких французских булок, да выпей чаю. " * 3
REFUSED_FOR_GOOD = 0x65  # ESME_RX_P_APPN


def bare(number: str) -> str:
    return number.removeprefix("+")


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@pytest.mark.parametrize("peer", ["npm", "perl", "smpp34"])
def test_a_message_asks_the_application_and_its_reply_goes_out(
    peer: Literal["npm", "perl", "smpp34"], open_way: OpenWay, web_app: WebApp
) -> None:
    reply = "<Response><Message>Welcome, it is sunny.</Message></Response>"
    with Smsc(peer) as smsc:
        way = open_way(smsc, number_fields={"SmsUrl": "http://unused.invalid/"})
        application = way.server.rest(
            "POST", "/Applications", FriendlyName=f"in-{peer}", SmsUrl=web_app.answer(f"/in-{peer}", reply)
        )
        number_sid = way.server.rest("GET", "/IncomingPhoneNumbers", PhoneNumber=way.number)
        sid = number_sid["incoming_phone_numbers"][0]["sid"]
        way.server.rest("POST", f"/IncomingPhoneNumbers/{sid}", SmsApplicationSid=application["sid"])
        sender = drawn_number()
        assert smsc.deliver(bare(sender), bare(way.number), "How is the weather?") == 0
        (asked,) = web_app.wait_for(f"/in-{peer}")
        assert asked.parameters["Body"] == "How is the weather?"
        assert (asked.parameters["From"], asked.parameters["To"]) == (sender, way.number)
        (submit,) = smsc.wait_for_submits(1)
        assert (submit.from_, submit.to, submit.text) == (bare(way.number), bare(sender), "Welcome, it is sunny.")
        (received,) = way.received()
        assert (received["sid"], received["status"]) == (asked.parameters["MessageSid"], "received")


def answered_way(open_way: OpenWay, smsc: Smsc, web_app: WebApp, path: str) -> Way:
    """A number whose messages are asked for at `path`, and answered with nothing."""
    return open_way(smsc, number_fields={"SmsUrl": web_app.answer(path, "<Response/>")})


@pytest.mark.parametrize("coding", ["gsm7", "latin1", "ucs2"])
def test_texts_of_each_alphabet_are_read(
    coding: Literal["gsm7", "latin1", "ucs2"], smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    text = {"gsm7": "{€} ñ Δ", "latin1": "ñ ç ½", "ucs2": "Привет \U0001f642"}[coding]
    way = answered_way(open_way, smsc, web_app, f"/coding-{coding}")
    assert smsc.deliver("15550001", bare(way.number), text, coding=coding) == 0
    assert web_app.wait_for(f"/coding-{coding}")[0].parameters["Body"] == text


@pytest.mark.parametrize("via", ["udh", "udh16", "sar"])
def test_parts_in_any_order_are_one_message(
    via: Literal["udh", "udh16", "sar"], smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    way = answered_way(open_way, smsc, web_app, f"/parts-{via}")
    parts = list(enumerate(pieces(CYRILLIC, 60), 1))
    for number, text in (parts[2], parts[0], parts[2], parts[1]):
        answer = smsc.deliver("15550002", bare(way.number), text, coding="ucs2", part=(77, number, len(parts)), via=via)
        assert answer == 0
    (asked,) = web_app.wait_for(f"/parts-{via}")
    assert asked.parameters["Body"] == CYRILLIC
    (received,) = way.received()
    assert received["num_segments"] == "3"
    assert len(way.received()) == 1


def test_parts_with_one_reference_from_two_senders_are_two_messages(
    smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    way = answered_way(open_way, smsc, web_app, "/two-senders")
    for number, text in ((1, "first half, "), (2, "second half")):
        for sender in ("15550003", "15550004"):
            assert smsc.deliver(sender, bare(way.number), text, part=(9, number, 2)) == 0
    asked = web_app.wait_for("/two-senders", 2)
    assert {one.parameters["From"] for one in asked} == {"+15550003", "+15550004"}
    assert {one.parameters["Body"] for one in asked} == {"first half, second half"}


def test_a_long_message_in_one_piece_is_read(smsc: Smsc, open_way: OpenWay, web_app: WebApp) -> None:
    way = answered_way(open_way, smsc, web_app, "/payload")
    assert smsc.deliver("15550005", bare(way.number), LONG, payload=True) == 0
    assert web_app.wait_for("/payload")[0].parameters["Body"] == LONG


def test_a_message_whose_part_never_comes_is_delivered_without_it(
    smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    way = answered_way(open_way, smsc, web_app, "/missing")
    for number, text in ((1, "one "), (3, "three")):
        assert smsc.deliver("15550006", bare(way.number), text, part=(5, number, 3)) == 0
    (asked,) = web_app.wait_for("/missing")
    assert asked.parameters["Body"] == "one three"
    (received,) = way.received(within_s=PART_TIMEOUT_S * 3)
    notifications = way.inspection(received["sid"])["notifications"]
    assert [(one["log"], one["error_code"]) for one in notifications] == [("1", "30009")]


def test_a_message_to_a_number_that_is_not_here_is_refused_for_good(smsc: Smsc, open_way: OpenWay) -> None:
    open_way(smsc)
    assert smsc.deliver("15550007", bare(drawn_number()), "anybody?") == REFUSED_FOR_GOOD


def test_a_long_reply_goes_out_in_parts(smsc: Smsc, open_way: OpenWay, web_app: WebApp) -> None:
    reply = web_app.answer("/long-reply", f"<Response><Message>{LONG}</Message></Response>")
    way = open_way(smsc, number_fields={"SmsUrl": reply})
    assert smsc.deliver("15550008", bare(way.number), "tell me more") == 0
    submits = smsc.wait_for_submits(3)
    assert "".join(submit.text for submit in submits).strip() == LONG.strip()


def test_messages_of_one_sender_are_answered_in_order_and_share_cookies(
    smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    def count(asked: Asked) -> Reply:
        seen = int(asked.headers.get("Cookie", "seen=0").partition("=")[2]) + 1
        text = f"<Response><Message>{seen}: {asked.parameters['Body']}</Message></Response>"
        return Reply(text, headers={"Set-Cookie": f"seen={seen}"})

    way = open_way(smsc, number_fields={"SmsUrl": web_app.answer("/counted", count)})
    tags = [smsc.start_deliver("15550009", bare(way.number), word) for word in ("one", "two", "three")]
    assert [smsc.wait_for_answer(tag) for tag in tags] == [0, 0, 0]
    submits = smsc.wait_for_submits(3)
    assert [submit.text for submit in submits] == ["1: one", "2: two", "3: three"]


def test_stop_ends_messages_to_the_sender_until_start(smsc: Smsc, open_way: OpenWay, web_app: WebApp) -> None:
    way, sender = answered_way(open_way, smsc, web_app, "/stop"), drawn_number()
    assert smsc.deliver(bare(sender), bare(way.number), "Stop") == 0
    assert smsc.wait_for_submits(1)[0].to == bare(sender)
    refusal = way.server.try_rest("POST", "/Messages", From=way.number, To=sender, Body="still there?")
    assert (refusal.status_code, refusal.json()["code"]) == (400, 21610)
    assert smsc.deliver(bare(sender), bare(way.number), "START") == 0
    smsc.wait_for_submits(2)
    sid = way.send(sender, "welcome back")
    way.wait_for(sid, "delivered")
