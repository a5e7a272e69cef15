"""Calls of a server that died, and status callbacks on their way out."""

from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on

from callwright.model.resources.call import FINAL_STATUSES, Call
from callwright.model.resources.notification import Notification
from callwright.usecases.deliver_status_callback import deliver_status_callback
from callwright.usecases.end_dead_calls import end_dead_calls
from callwright.usecases.web_ports import WebAnswer, WebhookFailure


def put(storage: FakeStorage, status: str, node: str | None = "one", **fields: Any) -> str:
    sid = storage.sids.make("CA")
    storage.put(Call.model_construct(sid=sid, account_sid=account().sid, status=status, node=node, **fields))
    return sid


def test_every_unfinished_call_of_this_server_ends_and_tells_its_callback() -> None:
    storage = FakeStorage()
    talking = put(storage, "in-progress", answer_time=storage.now, status_callback="http://s.test/")
    ringing, dialled = put(storage, "ringing"), put(storage, "queued")
    waiting, elsewhere = put(storage, "queued", None), put(storage, "in-progress", "two")
    over = [put(storage, status) for status in sorted(FINAL_STATUSES)]
    storage.pass_time(10)
    before = {sid: storage.one(Call, sid) for sid in [waiting, elsewhere, *over]}
    assert storage.write_sync(lambda unit: end_dead_calls(unit, "one")) == 3
    ended = [storage.one(Call, sid) for sid in (talking, ringing, dialled)]
    assert [(call.status, call.duration) for call in ended] == [("completed", "10"), ("failed", "0"), ("failed", "0")]
    assert {sid: storage.one(Call, sid) for sid in before} == before
    assert [notification.error_code for notification in storage.all(Notification)] == ["12400"] * 3
    assert [job.arguments["parameters"]["CallStatus"] for job in storage.jobs] == ["completed"]
    assert storage.write_sync(lambda unit: end_dead_calls(unit, "one")) == 0


def test_more_calls_than_one_batch_end() -> None:
    storage = FakeStorage()
    for _ in range(501):
        put(storage, "ringing")
    assert storage.write_sync(lambda unit: end_dead_calls(unit, "one")) == 501


ARGUMENTS = {
    "call_sid": "CA1",
    "account_sid": account().sid,
    "url": "http://s.test/",
    "method": "GET",
    "parameters": {"CallSid": "CA1", "ApplicationSid": "AP1"},
}


def callback_storage() -> FakeStorage:
    storage = FakeStorage()
    storage.put(account(), Call.model_construct(sid="CA1", account_sid=account().sid, status="completed"))
    return storage


async def test_a_status_callback_is_sent_as_it_was_when_it_was_owed() -> None:
    storage, webhooks = callback_storage(), FakeWebhooks({"http://s.test/": WebAnswer("", 204, "", b"")})
    await deliver_status_callback(ports_on(storage, webhooks), ARGUMENTS)
    [request] = webhooks.requests
    assert (request.url, request.method, request.kind) == ("http://s.test/", "GET", "status-callback")
    assert (request.parameters, request.application_sid) == (ARGUMENTS["parameters"], "AP1")
    assert request.auth_token == account().auth_token
    assert storage.all(Notification) == []


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (WebhookFailure(11200, "500", WebAnswer("http://s.test/", 500, "", b"")), "15003"),
        (WebhookFailure(11205, "connection refused"), "11205"),
    ],
)
async def test_a_callback_that_fails_is_told_to_the_debugger(failure: WebhookFailure, code: str) -> None:
    storage = callback_storage()
    await deliver_status_callback(ports_on(storage, FakeWebhooks({"http://s.test/": failure})), ARGUMENTS)
    [notification] = storage.all(Notification)
    assert (notification.error_code, notification.call_sid) == (code, "CA1")
    assert notification.request_url == "http://s.test/"


async def test_a_callback_of_a_deleted_call_or_account_harms_nobody() -> None:
    storage = callback_storage()
    storage.content.rows[Call].clear()
    await deliver_status_callback(ports_on(storage, FakeWebhooks()), ARGUMENTS)
    webhooks = FakeWebhooks()
    await deliver_status_callback(ports_on(FakeStorage(), webhooks), ARGUMENTS)
    assert storage.all(Notification) == []
    assert webhooks.requests == []
