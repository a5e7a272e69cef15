"""Cancelling, redacting and deleting messages, and the moment of scheduled ones."""

from typing import Any

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi

from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.feedback import Feedback
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.submission import Submission
from callwright.usecases.jobs import HANDLERS

TO = "+15555550111"
FORM = {"To": TO, "From": NUMBER, "Body": "Hello", "StatusCallback": "http://app.test/status"}
LATER = {"SendAt": "2026-11-23T13:00:00Z", "ScheduleType": "fixed"}


async def created(api: PopulatedApi, **form: Any) -> Message:
    return api.storage.one(Message, (await api.created("/Messages", **{**FORM, **form}))["sid"])


def become(api: PopulatedApi, message: Message, **changes: Any) -> None:
    api.storage.put(api.storage.one(Message, message.sid).model_copy(update=changes))


async def updated(api: PopulatedApi, message: Message, **form: Any) -> Any:
    answer = await api.post(f"/Messages/{message.sid}.json", **form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(api: PopulatedApi, message: Message, **form: Any) -> int:
    return await api.refused(f"/Messages/{message.sid}", **form)


def told(api: PopulatedApi) -> list[str]:
    jobs = [job for job in api.storage.jobs if job.name == "deliver_status_callback"]
    return [job.arguments["parameters"]["MessageStatus"] for job in jobs]


async def run(api: PopulatedApi, name: str) -> None:
    """Run the jobs of that name, each twice, as may happen."""
    for job in api.storage.jobs:
        if job.name == name:
            await HANDLERS[name](api.ports, job.arguments)
            await HANDLERS[name](api.ports, job.arguments)


async def test_a_scheduled_message_can_be_canceled_and_is_never_sent() -> None:
    api = PopulatedApi()
    message = await created(api, **LATER)
    assert (await updated(api, message, Status="canceled"))["status"] == "canceled"
    assert told(api) == ["canceled"]
    await run(api, "queue_scheduled_message")
    assert api.storage.all(QueuedMessage) == []
    assert api.storage.one(Message, message.sid).status == "canceled"


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "failed", "canceled", "received"])
async def test_nothing_else_can_be_canceled(status: str) -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status=status)
    assert await refused(api, message, Status="canceled") == 30409


@pytest.mark.parametrize("status", ["delivered", "undelivered", "failed", "canceled", "received", "read"])
async def test_the_text_of_a_message_that_is_over_can_be_cleared(status: str) -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status=status)
    assert (await updated(api, message, Body=""))["body"] == ""
    assert (await updated(api, message, Body=""))["body"] == ""


@pytest.mark.parametrize("status", ["scheduled", "queued", "sending"])
async def test_it_cannot_be_cleared_before(status: str) -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status=status)
    assert await refused(api, message, Body="") == 20422
    assert (await api.delete(f"/Messages/{message.sid}.json")).json()["code"] == 20009


async def test_a_sent_message_is_over_when_no_receipt_is_to_be_expected() -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status="sent")
    submission = Submission.model_construct(
        sid="SB" + "1" * 32, account_sid="AC", message_sid=message.sid, carrier_sid="CR", carrier_message_id="1"
    )
    api.storage.put(submission)
    until = "wait for its receipt, or until 2026-11-23 22:00:00 UTC"
    clearing = (await api.post(f"/Messages/{message.sid}.json", Body="")).json()
    deleting = (await api.delete(f"/Messages/{message.sid}.json")).json()
    assert (clearing["code"], deleting["code"]) == (20422, 20009)
    assert until in clearing["message"]
    assert until in deleting["message"]
    api.storage.pass_time(36_000)
    assert (await updated(api, message, Body=""))["body"] == ""
    assert (await api.delete(f"/Messages/{message.sid}.json")).status_code == 204
    other = await created(api)
    become(api, other, status="sent")
    assert (await updated(api, other, Body=""))["body"] == ""


async def test_a_text_cannot_be_changed_to_another() -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status="delivered")
    assert await refused(api, message, Body="Something else") == 20422
    assert api.storage.one(Message, message.sid).body == "Hello"


@pytest.mark.parametrize("status", ["queued", "delivered"])
async def test_what_is_not_sent_is_not_changed(status: str) -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status=status)
    assert (await updated(api, message))["body"] == "Hello"
    assert (await updated(api, message, Status=""))["status"] == status


async def test_a_scheduled_message_can_be_canceled_and_cleared_at_once() -> None:
    api = PopulatedApi()
    changed = await updated(api, await created(api, **LATER), Status="canceled", Body="")
    assert (changed["status"], changed["body"]) == ("canceled", "")


async def test_no_other_status_can_be_set() -> None:
    api = PopulatedApi()
    assert await refused(api, await created(api), Status="delivered") == 20422


async def test_deleting_a_message_deletes_what_belongs_to_it() -> None:
    api = PopulatedApi()
    message = await created(api)
    become(api, message, status="delivered")
    kept = {kind: api.storage.all(kind) for kind in (Media, Submission, Feedback)}
    common: dict[str, Any] = {"account_sid": api.account.sid}
    api.storage.put(
        Media.model_construct(sid="ME" + "1" * 32, parent_sid=message.sid, content_sid="ME9", **common),
        Submission.model_construct(
            sid="SB" + "1" * 32, message_sid=message.sid, carrier_sid="CR", carrier_message_id="1", **common
        ),
        Feedback.model_construct(sid="FB" + "1" * 32, message_sid=message.sid, **common),
    )
    assert (await api.delete(f"/Messages/{message.sid}.json")).status_code == 204
    assert {kind: api.storage.all(kind) for kind in kept} == kept
    assert (await api.get(f"/Messages/{message.sid}.json")).status_code == 404
    assert [job.arguments for job in api.storage.jobs if job.name == "delete_media_file"] == [{"content_sid": "ME9"}]


# -- the moment of scheduled messages


async def test_a_scheduled_message_is_queued_once_at_its_moment() -> None:
    api = PopulatedApi()
    message = await created(api, **LATER)
    api.storage.pass_time(3600)
    await run(api, "queue_scheduled_message")
    [row] = api.storage.all(QueuedMessage)
    assert (row.message_sid, row.due) == (message.sid, api.storage.now)
    assert api.storage.one(Message, message.sid).status == "queued"


async def test_its_media_are_fetched_then() -> None:
    api = PopulatedApi()
    message = await created(api, **LATER, MediaUrl="http://files.test/cat.png")
    assert [job.name for job in api.storage.jobs] == ["queue_scheduled_message"]
    await run(api, "queue_scheduled_message")
    fetches = [job.arguments for job in api.storage.jobs if job.name == "fetch_media"]
    assert fetches == [{"message_sid": message.sid}]
    assert api.storage.all(QueuedMessage) == []


async def test_who_has_stopped_meanwhile_is_not_written_to() -> None:
    api = PopulatedApi()
    message = await created(api, **LATER)
    sid = opt_out_sid(api.account.sid, NUMBER, TO)
    api.storage.put(OptOut.model_construct(sid=sid, account_sid=api.account.sid, sender=NUMBER, recipient=TO))
    await run(api, "queue_scheduled_message")
    changed = api.storage.one(Message, message.sid)
    assert (changed.status, changed.error_code) == ("failed", 21610)
    assert told(api) == ["failed"]


async def test_it_fails_when_the_queue_of_its_sender_is_too_long_then() -> None:
    api = PopulatedApi(message_queue_s=1)
    message = await created(api, **LATER)
    for _ in range(2):
        await created(api)
    await run(api, "queue_scheduled_message")
    changed = api.storage.one(Message, message.sid)
    assert (changed.status, changed.error_code) == ("failed", 30001)
    assert len(api.storage.all(QueuedMessage)) == 2


async def test_a_deleted_message_is_not_queued() -> None:
    api = PopulatedApi()
    message = await created(api, **LATER)
    api.storage.write_sync(lambda unit: unit.delete(message))
    await run(api, "queue_scheduled_message")
    assert api.storage.all(QueuedMessage) == []
