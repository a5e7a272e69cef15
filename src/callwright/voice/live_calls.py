"""The calls this server runs, by SID: where orders from the API reach them (the embedded bus)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Protocol

import structlog

from callwright.usecases.jobs import RunAgain
from callwright.voice.events import CallEvent, HangUpOrdered, RedirectOrdered

log = structlog.get_logger()

#: How long calls that did not end in time may take to be dropped.
_DROP_S = 0.5


class LiveCall(Protocol):
    """A call that is ringing or talking."""

    @property
    def is_answered(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...

    def post(self, event: CallEvent) -> None: ...


class LocalCalls:
    """Implements usecases.ports.LiveCalls for the calls of this process."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._place: Callable[[str], Awaitable[None]] | None = None
        self._is_ending = False

    def place_with(self, place: Callable[[str], Awaitable[None]]) -> None:
        """Who dials queued calls."""
        self._place = place

    def __len__(self) -> int:
        return len(self._calls)

    def __contains__(self, call_sid: str) -> bool:
        return call_sid in self._calls

    def add(self, call_sid: str, call: LiveCall) -> None:
        """The call is live, or (an outgoing one that was answered) goes on as another object."""
        self._calls[call_sid] = call
        if self._is_ending:
            call.post(HangUpOrdered())

    def remove(self, call_sid: str) -> None:
        self._calls.pop(call_sid, None)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a call in a task of its own that is waited for at shutdown."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("a call's task failed", exc_info=error)

    async def place(self, call_sid: str) -> None:
        if self._is_ending:
            raise RunAgain(timedelta(seconds=1))  # it stays queued, for the next start or another server
        if self._place is None:
            raise RuntimeError("calls cannot be placed before the voice side has started")
        await self._place(call_sid)

    async def hang_up(self, call_sid: str) -> bool:
        call = self._calls.get(call_sid)
        if call is not None:
            call.post(HangUpOrdered())
        return call is not None

    async def cancel(self, call_sid: str) -> bool:
        call = self._calls.get(call_sid)
        if call is None or call.is_answered:
            return False
        call.post(HangUpOrdered())
        return True

    async def redirect(self, call_sid: str, url: str | None, method: str, twiml: str | None) -> bool:
        call = self._calls.get(call_sid)
        if call is None or call.is_over or not call.is_answered:
            return False
        call.post(RedirectOrdered(url, method, twiml))
        return True

    async def end_all(self, timeout_s: float) -> None:
        """Tell every live call goodbye, those that begin meanwhile too, and wait until their final status is stored."""
        self._is_ending = True
        for call in list(self._calls.values()):
            call.post(HangUpOrdered())
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + timeout_s
        while self._tasks and (left_s := deadline_s - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left_s)
        late = set(self._tasks)
        for task in late:
            log.warning("call did not end in time", task=task.get_name())
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_DROP_S)
