"""Messages out of a started server to independent SMSCs: what they get, and what becomes of the message."""

from typing import Any, Literal

import pytest
from tests.messaging.conftest import OpenWay
from tests.messaging.way import PASSWORD, SYSTEM_ID, drawn_number
from tests.running.smsc import Smsc
from tests.running.smsc.certificate import make_certificate
from tests.running.smsc.smsc import certificate_option
from tests.running.waiting import eventually
from tests.running.web_app import WebApp

LONG_GSM = "The quick brown fox jumps over {the} lazy dog. " * 8  # three parts: braces take two septets
LONG_UCS = "Съешь ещё этих мягких французских булок \U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 " * 4


def bare(number: str) -> str:
    return number.removeprefix("+")


@pytest.mark.parametrize("peer", ["npm", "perl", "smpp34"])
def test_a_message_is_sent_then_delivered_and_both_are_told(
    peer: Literal["npm", "perl", "smpp34"], open_way: OpenWay, web_app: WebApp
) -> None:
    with Smsc(peer, system_id=SYSTEM_ID, password=PASSWORD) as smsc:
        way, to = open_way(smsc), drawn_number()
        callback = web_app.answer(f"/told-{peer}", "")
        sid = way.send(to, "Hello [from] €", StatusCallback=callback)
        message = way.wait_for(sid, "delivered", "undelivered", "failed")
        assert (message["status"], message["error_code"], message["num_segments"]) == ("delivered", None, "1")
        (submit,) = smsc.submits()
        assert (submit.from_, submit.to) == (bare(way.number), bare(to))
        assert (submit["source_addr_ton"], submit["source_addr_npi"]) == (1, 1)
        assert (submit["dest_addr_ton"], submit["dest_addr_npi"]) == (1, 1)
        assert (submit["data_coding"], submit["registered_delivery"] & 1) == (0, 1)
        if peer != "smpp34":  # that package knows no alphabet
            assert submit.text == "Hello [from] €"
        told = web_app.wait_for(f"/told-{peer}", 2)
        assert [asked.parameters["MessageStatus"] for asked in told] == ["sent", "delivered"]
        assert {asked.parameters["MessageSid"] for asked in told} == {sid}
        inspected = way.inspection(sid)
        assert [one["carrier_message_id"] for one in inspected["submissions"]] == [smsc.answered()[0].message_id]


def test_a_message_that_no_receipt_is_asked_for_can_be_cleared_and_deleted_once_it_is_sent(
    smsc: Smsc, open_way: OpenWay
) -> None:
    way = open_way(smsc, settings={"receipts": False})
    sid = way.send(drawn_number(), "Hello")
    way.wait_for(sid, "sent")
    assert way.server.rest("POST", f"/Messages/{sid}", Body="")["body"] == ""
    assert way.server.try_rest("DELETE", f"/Messages/{sid}").status_code == 204
    assert smsc.submits()[0]["registered_delivery"] == 0


def test_text_outside_gsm7_goes_as_ucs2(smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc)
    sid = way.send(drawn_number(), "Привет \U0001f642")
    assert way.wait_for(sid, "delivered")["num_segments"] == "1"
    (submit,) = smsc.submits()
    assert (submit["data_coding"], submit.text) == (8, "Привет \U0001f642")


@pytest.mark.parametrize("text", [LONG_GSM, LONG_UCS], ids=["gsm7", "ucs2"])
@pytest.mark.parametrize("manner", ["udh", "sar", "payload"])
def test_a_long_message_goes_in_parts_that_are_the_text(text: str, manner: str, smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc, settings={"long_messages": manner})
    sid = way.send(drawn_number(), text)
    message = way.wait_for(sid, "delivered")
    submits = smsc.submits()
    assert "".join(submit.text for submit in submits) == message["body"]
    if manner == "payload":
        assert len(submits) == 1
        return
    assert len(submits) == int(message["num_segments"]) > 2
    numbers = [_part_of(submit, manner) for submit in submits]
    assert [number for _, _, number in numbers] == list(range(1, len(submits) + 1))
    assert {total for _, total, _ in numbers} == {len(submits)}
    assert len({reference for reference, _, _ in numbers}) == 1


def _part_of(submit: Any, manner: str) -> tuple[int, int, int]:
    if manner == "sar":
        return submit["sar_msg_ref_num"], submit["sar_total_segments"], submit["sar_segment_seqnum"]
    (element,) = submit.udh
    assert element.startswith("0003")
    return int(element[4:6], 16), int(element[6:8], 16), int(element[8:10], 16)


def test_a_throttled_message_goes_out_later_and_once(smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc)
    smsc.set(throttle=2)
    sid = way.send(drawn_number(), "patience")
    way.wait_for(sid, "delivered")
    assert [answer.status for answer in smsc.answered()] == [0x58, 0x58, 0]


def test_a_refused_message_fails_with_the_carriers_word(smsc: Smsc, open_way: OpenWay) -> None:
    way, to = open_way(smsc), drawn_number()
    smsc.set(refuse={bare(to): 0x0B})
    sid = way.send(to, "nobody there")
    message = way.wait_for(sid, "failed", "delivered", "undelivered")
    assert (message["status"], message["error_code"]) == ("failed", 30005)
    assert "0x0000000b" in message["error_message"].lower()
    assert len(smsc.submits()) == 1


@pytest.mark.parametrize("ids", [("decimal", "hex"), ("hex", "decimal")], ids=["hex", "decimal"])
def test_receipts_find_their_message_in_hex_or_decimal(ids: tuple[str, str], smsc: Smsc, open_way: OpenWay) -> None:
    in_answers, in_receipts = ids
    smsc.set(ids=in_answers, receipt_ids=in_receipts)
    way = open_way(smsc, settings={"receipt_ids": in_receipts})
    sid = way.send(drawn_number(), "which one")
    way.wait_for(sid, "delivered")


@pytest.mark.parametrize("style", ["text", "tlv", "both"])
def test_a_receipt_of_any_style_says_why_it_was_not_delivered(style: str, smsc: Smsc, open_way: OpenWay) -> None:
    smsc.set(receipt_style=style, receipt_status="UNDELIV", receipt_error="027")
    way = open_way(smsc)
    sid = way.send(drawn_number(), "lost")
    message = way.wait_for(sid, "undelivered", "delivered", "failed")
    assert (message["status"], message["error_code"]) == ("undelivered", 30003)
    assert "UNDELIVERABLE" in message["error_message"]


@pytest.mark.parametrize("binds", ["transceiver", "transmitter_receiver"])
@pytest.mark.parametrize("moment", ["early", "together"])
def test_a_receipt_that_comes_before_the_answer_is_kept(
    moment: str, binds: str, smsc: Smsc, open_way: OpenWay, web_app: WebApp
) -> None:
    smsc.set(receipts=moment)
    way = open_way(smsc, settings={"bind": binds})
    smsc.wait_for_binds(1 if binds == "transceiver" else 2)
    path = f"/{moment}-{binds}"
    sid = way.send(drawn_number(), "early bird", StatusCallback=web_app.answer(path, ""))
    way.wait_for(sid, "delivered")
    told = web_app.wait_for(path, 2)
    assert [asked.parameters["MessageStatus"] for asked in told] == ["sent", "delivered"]


def test_a_receipt_that_comes_twice_is_told_once(smsc: Smsc, open_way: OpenWay, web_app: WebApp) -> None:
    smsc.set(receipts="double")
    way = open_way(smsc)
    sid = way.send(drawn_number(), "twice", StatusCallback=web_app.answer("/twice", ""))
    way.wait_for(sid, "delivered")
    tag = f"receipt:{smsc.answered()[0].message_id}"
    assert eventually(lambda: smsc.answers(tag), lambda answers: len(answers) == 2) == [0, 0]
    # A later message's news comes after whatever a second receipt could have caused.
    other = way.send(drawn_number(), "later", StatusCallback=web_app.answer("/twice", ""))
    web_app.wait_for("/twice", 4)
    told = [
        (asked.parameters["MessageSid"], asked.parameters["MessageStatus"])
        for asked in web_app.asked
        if asked.path == "/twice"
    ]
    assert sorted(told) == sorted((one, status) for one in (sid, other) for status in ("sent", "delivered"))


def test_a_late_receipt_still_counts(smsc: Smsc, open_way: OpenWay) -> None:
    smsc.set(receipt_delay_ms=1500)
    way = open_way(smsc)
    sid = way.send(drawn_number(), "late")
    assert way.wait_for(sid, "sent", "delivered")["status"] == "sent"
    way.wait_for(sid, "delivered")


def test_without_receipts_a_message_stays_sent(smsc: Smsc, open_way: OpenWay) -> None:
    way = open_way(smsc, settings={"receipts": False})
    sid = way.send(drawn_number(), "no news")
    way.wait_for(sid, "sent")
    assert smsc.submits()[0]["registered_delivery"] == 0


def test_messages_go_over_tls_whose_certificate_is_checked(open_way: OpenWay, tmp_path: Any) -> None:
    made = make_certificate(tmp_path)
    with Smsc(tls=certificate_option(made)) as smsc:
        way = open_way(smsc, settings={"tls": True, "tls_ca_file": str(made[0])})
        sid = way.send(drawn_number(), "sealed")
        way.wait_for(sid, "delivered")
        stranger = open_way(smsc, settings={"tls": True}, ready=False)
        connection = eventually(stranger.connection, lambda seen: "certificate" in (seen["detail"] or ""))
        assert not connection["is_ready"]
        assert "tls_ca_file" in connection["detail"]


def test_a_bad_password_is_shown_with_its_fix(open_way: OpenWay) -> None:
    with Smsc(system_id=SYSTEM_ID, password=PASSWORD) as smsc:
        way = open_way(smsc, password="wrong", ready=False)
        assert smsc.wait_for_binds()[0]["status"] == 0x0E
        connection = eventually(way.connection, lambda seen: "password" in (seen["detail"] or ""))
        assert not connection["is_ready"]
        assert PASSWORD not in str(connection)
