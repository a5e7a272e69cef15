"""What /v1/Messages/{sid} tells about a message."""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi, refusal
from tests.fakes.unit_of_work import START

from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.queued_message import QueuedMessage
from callwright.model.record import position_of
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.feedback import Feedback
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.submission import Submission
from callwright.usecases.ports import CarrierState

ME, YOU = "+15555550100", "+15555550200"
SID = "SM" + "1" * 32
CARRIER = "CR" + "2" * 32
MINE = "AC" + "a" * 32


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


def put(api: ExtensionsApi, **fields: Any) -> Message:
    message = Message.model_construct(
        **{
            "sid": SID, "position": position_of(SID), "account_sid": MINE, "from_": ME, "to": YOU,
            "body": "secret text", "date_created": START, "date_updated": START, **fields,
        }
    )  # fmt: skip
    api.rest.storage.put(message)
    return message


async def inspected(api: ExtensionsApi) -> Any:
    answer = await api("GET", f"/Messages/{SID}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_sent_message_tells_carrier_queue_time_route_and_what_the_carrier_acknowledged(
    api: ExtensionsApi,
) -> None:
    reason = {"rule": "priority", "chose": "carrier", "lost": ["other"]}
    route = {"source": "carriers", "reasons": [reason]}
    put(
        api, status="sent", carrier_sid=CARRIER, queue_time_ms=17, attempts=2, route=route, encoding="UCS-2",
        sending={"max_price": "0.05"}, expires_at=START + timedelta(hours=10),
    )  # fmt: skip
    api.rest.storage.put(
        Carrier.model_construct(sid=CARRIER, account_sid=MINE, friendly_name="Main", kind="smpp"),
        *(
            Submission.model_construct(
                sid=f"SB{part:032}", account_sid=MINE, message_sid=SID, carrier_sid=CARRIER, part=part,
                carrier_message_id=f"id-{part}", status="delivered" if part == 1 else "sent", date_created=START,
            )
            for part in (2, 1)
        ),
    )  # fmt: skip
    shown = await inspected(api)
    assert (shown["from"], shown["to"], shown["status"]) == (ME, YOU, "sent")
    assert (shown["queue_time_ms"], shown["attempts"], shown["encoding"]) == (17, 2, "UCS-2")
    assert (shown["route"]["source"], shown["route"]["method"], shown["route"]["candidates"]) == (
        "carriers",
        "POST",
        [],
    )
    assert shown["route"]["reasons"] == [{"step": "", **reason}]
    assert shown["carrier"] == {"sid": CARRIER, "friendly_name": "Main", "kind": "smpp"}
    assert [(one["part"], one["carrier_message_id"], one["status"]) for one in shown["submissions"]] == [
        (1, "id-1", "delivered"), (2, "id-2", "sent"),
    ]  # fmt: skip
    assert shown["expires_at"] == "2026-11-23T22:00:00Z"
    assert shown["queue"] is None
    assert "secret text" not in str(shown)


async def test_a_waiting_message_tells_its_turn(api: ExtensionsApi) -> None:
    put(api, status="queued")
    waiting = QueuedMessage.model_construct(
        sid="QM" + "1" * 32, account_sid=MINE, message_sid=SID, sender=f"{MINE}:{ME}", to=YOU, due=START,
        expires_at=START, tried=[CARRIER],
    )  # fmt: skip
    other = waiting.model_copy(update={"sid": "QM" + "2" * 32, "message_sid": "SM" + "9" * 32, "attempt": 5})
    api.rest.storage.put(waiting, other)
    shown = await inspected(api)
    assert shown["queue"] == {"due": "2026-11-23T12:00:00Z", "node": None, "attempt": 0, "tried": [CARRIER]}
    assert (shown["carrier"], shown["submissions"]) == (None, [])


async def test_a_waiting_message_tells_what_it_waits_for(api: ExtensionsApi) -> None:
    put(api, status="queued")
    api.rest.storage.put(
        Carrier.model_construct(sid=CARRIER, account_sid=MINE, friendly_name="Main", kind="smpp"),
        QueuedMessage.model_construct(
            sid="QM" + "1" * 32, account_sid=MINE, message_sid=SID, sender=f"{MINE}:{ME}", to=YOU, due=START,
            expires_at=START,
        ),
    )  # fmt: skip
    api.rest.carriers.states[CARRIER] = CarrierState("disconnected", is_ready=False, detail="nobody listens there")
    [awaited] = (await inspected(api))["waits_for"]
    assert (awaited["sid"], awaited["friendly_name"]) == (CARRIER, "Main")
    assert (awaited["state"], awaited["is_ready"]) == ("disconnected", False)
    assert awaited["detail"] == "nobody listens there"


async def test_a_carrier_that_was_deleted_is_still_named_by_its_sid(api: ExtensionsApi) -> None:
    put(api, status="delivered", carrier_sid=CARRIER)
    assert (await inspected(api))["carrier"] == {"sid": CARRIER, "friendly_name": None, "kind": None}


@pytest.mark.parametrize(("direction", "sender", "recipient"), [("outbound-api", ME, YOU), ("inbound", YOU, ME)])
async def test_the_opt_out_of_the_pair_is_told_in_both_directions(
    api: ExtensionsApi, direction: str, sender: str, recipient: str
) -> None:
    put(api, direction=direction, status="delivered")
    assert (await inspected(api))["is_opted_out"] is False
    wrong_way = opt_out_sid(MINE, recipient, sender)
    api.rest.storage.put(OptOut.model_construct(sid=wrong_way, account_sid=MINE, sender=recipient, recipient=sender))
    assert (await inspected(api))["is_opted_out"] is False
    sid = opt_out_sid(MINE, sender, recipient)
    api.rest.storage.put(OptOut.model_construct(sid=sid, account_sid=MINE, sender=sender, recipient=recipient))
    assert (await inspected(api))["is_opted_out"] is True


async def test_notifications_media_and_feedback_of_the_message_are_told(api: ExtensionsApi) -> None:
    put(api, direction="inbound", status="received", opt_out_type="HELP", num_media="2", replies={"0": CARRIER})
    api.rest.storage.put(
        *(
            Notification.model_construct(
                sid=f"NO{number:032}", account_sid=MINE, message_sid=sid, error_code="11200", message_text="refused",
                request_url="http://a.example/", request_method="POST", message_date=START,
            )
            for number, sid in ((1, SID), (2, "SM" + "9" * 32))
        ),
        *(
            Media.model_construct(
                sid=f"ME{number:032}", account_sid=MINE, parent_sid=SID, content_type=kind, number=number, size_bytes=9
            )
            for number, kind in ((1, "image/png"), (0, "text/plain"))
        ),
        Feedback.model_construct(sid="FB" + "1" * 32, account_sid=MINE, message_sid=SID, outcome="unconfirmed"),
    )  # fmt: skip
    shown = await inspected(api)
    assert [(one["error_code"], one["message_text"]) for one in shown["notifications"]] == [("11200", "refused")]
    assert [one["content_type"] for one in shown["media"]] == ["text/plain", "image/png"]
    assert shown["replies"] == [CARRIER]
    assert (shown["feedback"], shown["opt_out_type"]) == ("unconfirmed", "HELP")


async def test_nobody_else_sees_a_message(api: ExtensionsApi) -> None:
    put(api)
    stranger = api.rest.add_account("AC" + "c" * 32)
    assert refusal(await api("GET", f"/Messages/{SID}", account=stranger)) == (404, 20404)
    assert refusal(await api("GET", "/Messages/SM1")) == (404, 20404)
    assert refusal(await api("GET", f"/Messages/{SID}", auth=None)) == (401, 20003)


async def test_credentials_of_urls_are_not_told(api: ExtensionsApi) -> None:
    url = "https://user:secret@app.test/sms"
    route = {"source": "number", "url": url, "reasons": [{"step": "url", "rule": "SmsUrl", "chose": url}]}
    put(api, direction="inbound", status="received", url=url, status_callback=url, route=route)
    shown = await inspected(api)
    assert shown["url"] == shown["route"]["reasons"][0]["chose"] == "https://app.test/sms"
    assert "secret@" not in str(shown)
