"""The stream of events: its form, its filters, and coming back."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.fakes.rest_api import RestApi

from callwright.api.app import build_api
from callwright.api.routes.events import Stream, Wanted
from callwright.cli.events import events_in
from callwright.model.actor import SERVER
from callwright.model.event import Commit, RecordChange
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.usecases.event_log import EventLog

AC, OTHER = "AC" + "a" * 32, "AC" + "b" * 32


def ring(log: EventLog, sid: str, account_sid: str = AC, application_sid: str | None = None) -> None:
    call = Call.model_construct(
        sid=sid, account_sid=account_sid, status="ringing", from_="\u2028\n\revil", application_sid=application_sid
    )
    log.add(Commit([RecordChange(None, call)], SERVER, None, datetime(2026, 11, 23, tzinfo=UTC)))


async def yes() -> bool:
    return True


def stream(log: EventLog, kinds: tuple[str, ...] = (), sids: tuple[str, ...] = ()) -> Stream:
    return Stream(log, Wanted(AC, frozenset(kinds), frozenset(sids)), yes)


async def read(stream: Stream, count: int, last_event_id: str | None = None) -> list[tuple[str, str, Any]]:
    """The next events, as the command line reads them."""

    async def lines() -> AsyncIterator[str]:
        async for chunk in stream.lines(last_event_id):
            for line in chunk.decode().split("\n")[:-1]:
                yield line

    found = []
    async for one in events_in(lines()):
        if one[1]:
            found.append(one)
        if len(found) == count:
            return found
    return found


async def test_a_reader_that_comes_back_gets_what_it_missed() -> None:
    log = EventLog("run")
    for sid in ("CA1", "CA2", "CA3"):
        ring(log, sid)
    found = await read(stream(log), 2, last_event_id="run-1")
    assert [(event_id, name, data["sid"]) for event_id, name, data in found] == [
        ("run-2", "call.ringing", "CA2"),
        ("run-3", "call.ringing", "CA3"),
    ]
    assert found[0][2]["from"] == "\u2028\n\revil"
    assert found[0][2]["at"] == "2026-11-23T00:00:00Z"


async def test_after_a_restart_the_reader_is_told_to_read_the_lists_again() -> None:
    log = EventLog("run")
    ring(log, "CA1")
    ((event_id, name, data),) = await read(stream(log), 1, last_event_id="former-17")
    assert (event_id, name) == ("run-1", "reset")
    assert "restarted" in data["reason"]


async def test_who_was_away_for_too_long_is_told_and_gets_what_is_kept() -> None:
    log = EventLog("run", kept=2)
    for at in range(5):
        ring(log, f"CA{at + 1}")
    found = await read(stream(log), 3, last_event_id="run-1")
    assert [name for _, name, _ in found] == ["reset", "call.ringing", "call.ringing"]
    assert [data.get("sid") for _, _, data in found] == [None, "CA4", "CA5"]


async def test_only_the_account_and_what_was_asked_for_is_told() -> None:
    log = EventLog("run")
    ring(log, "CA1", OTHER)
    ring(log, "CA2", AC, "AP1")
    application = Application.model_construct(sid="AP1", account_sid=AC, friendly_name="Callertron")
    log.add(Commit([RecordChange(None, application)], SERVER, "RG1", datetime(2026, 11, 23, tzinfo=UTC)))
    ring(log, "CA3")
    assert [data["sid"] for _, _, data in await read(stream(log), 3, "run-0")] == ["CA2", "AP1", "CA3"]
    assert [data["sid"] for _, _, data in await read(stream(log, sids=("AP1",)), 2, "run-0")] == ["CA2", "AP1"]
    found = await read(stream(log, kinds=("configuration",)), 1, "run-0")
    assert [name for _, name, _ in found] == ["configuration.create"]


async def test_a_stream_ends_when_the_server_stops() -> None:
    log = EventLog("run")
    log.close()
    assert await read(stream(log), 1) == []


async def test_strangers_get_no_stream_and_unknown_kinds_are_refused() -> None:

    api = RestApi()
    app = Starlette(routes=[Mount("/v1", build_api(api.ports))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        assert (await client.get("/v1/Events")).status_code == 401
        refused = await client.get("/v1/Events?Kind=calls", auth=(api.account.sid, api.account.auth_token))
    assert refused.status_code == 400
    assert json.loads(refused.content)["message"].startswith("kind is not valid: give call, message")


async def test_one_account_cannot_take_all_readers() -> None:
    api = RestApi()
    app = Starlette(routes=[Mount("/v1", build_api(api.ports))])
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(api.ports.events.reader(api.account.sid))
        await stack.enter_async_context(api.ports.events.reader(OTHER))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
            refused = await client.get("/v1/Events", auth=(api.account.sid, api.account.auth_token))
    assert (refused.status_code, refused.json()["code"]) == (429, 20429)


async def test_a_reader_gets_a_hundred_events_at_a_time() -> None:
    log = EventLog("run")
    for at in range(250):
        ring(log, f"CA{at}")
    chunks = stream(log).lines("run-0")
    sizes = []
    async with aclosing(chunks):
        await anext(chunks)
        sizes = [(await anext(chunks)).count(b"\n\n") for _ in range(3)]
    assert sizes == [100, 100, 50]
