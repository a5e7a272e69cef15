"""/v1/Events: what happens, while it happens, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from callwright.api.caller import AsCaller, Caller
from callwright.api.refusal import ERRORS, refused
from callwright.model.errors import ApiError, InvalidParameter, TooManyReaders
from callwright.model.event import KINDS, Event
from callwright.model.resources.account import Account
from callwright.usecases.event_log import EventLog, Numbered, Reader
from callwright.usecases.ports import Ports, Storage, UnitOfWork

_HEARTBEAT_S = 15.0
_MOST_READERS = 200
_MOST_READERS_OF_AN_ACCOUNT = 20
#: So many events are written at once: a reader that does not read holds no more.
_CHUNK = 100
#: Readers are asked to come back after so long.
_RETRY_MS = 2000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MEDIA_TYPE = "text/event-stream"

_DESCRIPTION = (
    "A stream of server-sent events (text/event-stream) that stays open: `id`, `event` (call.ringing, message.sent, "
    "error.11200, warning.14107, configuration.update …) and `data`, which is JSON with `at` and `account_sid`. "
    "A reader that was cut off sends Last-Event-ID and gets what it missed; when that is not kept any more "
    "(the server was restarted, or thousands of events ago) the event `reset` comes first: read the lists again."
)


@dataclass(frozen=True)
class Wanted:
    """Which events a reader wants: its account's, of these kinds, about any of these SIDs; empty means all."""

    account_sid: str
    kinds: frozenset[str]
    sids: frozenset[str]

    def takes(self, event: Event) -> bool:
        return (
            event.account_sid == self.account_sid
            and (not self.kinds or event.kind in self.kinds)
            and (not self.sids or not event.sids or not self.sids.isdisjoint(event.sids))
        )


def routes(ports: Ports) -> APIRouter:
    """The stream."""
    router = APIRouter(prefix="/Events", tags=["Events"])
    responses = {
        **ERRORS,
        **refused(429, "As many readers as the server serves, or 20 of the account, are connected."),
        200: {"content": {_MEDIA_TYPE: {}}, "description": "The stream."},
    }

    @router.get(
        "",
        summary="Follow events",
        description=_DESCRIPTION,
        responses=responses,
        response_class=StreamingResponse,
    )
    async def follow(
        caller: AsCaller,
        kind: Annotated[list[str] | None, Query(description=f"Only these kinds: {', '.join(KINDS)}.")] = None,
        sid: Annotated[
            list[str] | None,
            Query(description="Only about these: a call, a message, an application, a number, a carrier …"),
        ] = None,
        last_event_id: Annotated[
            str | None, Query(description="Go on behind that event, as by the header Last-Event-ID.", max_length=80)
        ] = None,
        last_event_id_header: Annotated[
            str | None,
            Header(alias="Last-Event-ID", description="Go on behind that event; browsers send it.", max_length=80),
        ] = None,
    ) -> StreamingResponse:
        account_sid = await caller.read(ports.storage, _sid_of)
        of_account = ports.events.readers_of(account_sid)
        if ports.events.readers >= _MOST_READERS or of_account >= _MOST_READERS_OF_AN_ACCOUNT:
            raise TooManyReaders()
        wanted = Wanted(account_sid, _kinds(kind), frozenset(sid or ()))
        stream = Stream(ports.events, wanted, lambda: _may_still(caller, ports.storage))
        return StreamingResponse(
            stream.lines(last_event_id_header or last_event_id), media_type=_MEDIA_TYPE, headers=_HEADERS
        )

    return router


def _sid_of(unit: UnitOfWork, account: Account) -> str:
    return account.sid


async def _may_still(caller: Caller, storage: Storage) -> bool:
    try:
        await caller.read(storage, _sid_of)
    except ApiError:
        return False
    return True


def _kinds(given: list[str] | None) -> frozenset[str]:
    kinds = frozenset(part for text in given or () for part in text.split(",") if part)
    if unknown := sorted(kinds - set(KINDS)):
        raise InvalidParameter(f"kind is not valid: give {', '.join(KINDS)}. Got {unknown[0][:40]!r}.")
    return kinds


class Stream:
    """One reader's stream. `may_still` is asked at each heartbeat: a token that was changed ends the stream."""

    def __init__(self, log: EventLog, wanted: Wanted, may_still: Callable[[], Any]) -> None:
        self._log = log
        self._wanted = wanted
        self._may_still = may_still

    async def lines(self, last_event_id: str | None) -> AsyncGenerator[bytes, None]:
        async with self._log.reader(self._wanted.account_sid) as reader:
            place = self._log.last_number
            yield f"retry: {_RETRY_MS}\n: following, {self._log.epoch}-{place}\n\n".encode()
            if last_event_id:
                known = self._log.number_of(last_event_id)
                place = place if known is None else known
                if known is None:
                    yield self._reset(place, "the server has been restarted since that event")
            async for chunk in self._from(reader, place):
                yield chunk

    async def _from(self, reader: Reader, place: int) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        heartbeat_s = loop.time() + _HEARTBEAT_S
        while not self._log.is_closed:
            batch = self._log.after(place)
            if not batch.is_gapless:
                yield self._reset(batch.events[0].number - 1, "more events have come since than are kept")
            if batch.events:
                place = batch.events[-1].number
            wanted = [one for one in batch.events if self._wanted.takes(one.event)]
            for at in range(0, len(wanted), _CHUNK):
                yield b"".join(_line(one) for one in wanted[at : at + _CHUNK])
            if loop.time() >= heartbeat_s:
                if not await self._may_still():
                    return
                heartbeat_s = loop.time() + _HEARTBEAT_S
                yield f"id: {self._log.epoch}-{place}\n: still here\n\n".encode()
            await reader.wait(max(heartbeat_s - loop.time(), 0.0))

    def _reset(self, number: int, reason: str) -> bytes:
        data = orjson.dumps({"reason": f"{reason}: read the lists again, then follow on"}).decode()
        return f"id: {self._log.epoch}-{number}\nevent: reset\ndata: {data}\n\n".encode()


def _line(numbered: Numbered) -> bytes:
    event = numbered.event
    data = orjson.dumps({"at": event.at, "account_sid": event.account_sid, **event.data}, option=orjson.OPT_UTC_Z)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (numbered.id.encode(), event.name.encode(), data)
