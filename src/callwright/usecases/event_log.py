"""The latest events, for those who follow them live: a ring that readers walk along, each at its own pace."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callwright.model.event import Commit, Event, events_of

#: How many events are kept for readers that come back.
KEPT = 5000


@dataclass(frozen=True)
class Numbered:
    """An event and its place; `id` is what a reader that was cut off comes back with."""

    id: str
    number: int
    event: Event


@dataclass(frozen=True)
class Batch:
    """What is new. `is_gapless` is False when events before these are not kept any more."""

    events: Sequence[Numbered]
    is_gapless: bool


class EventLog:
    """Filled from any thread, read on the event loop. Numbers count from 1 within one `epoch` (one server's run)."""

    def __init__(self, epoch: str, kept: int = KEPT) -> None:
        self.epoch = epoch
        self.is_closed = False
        self._lock = threading.Lock()
        self._ring: deque[Numbered] = deque(maxlen=kept)
        self._last = 0
        self._wake: dict[Callable[[], None], str] = {}

    @property
    def last_number(self) -> int:
        return self._last

    @property
    def readers(self) -> int:
        return len(self._wake)

    def readers_of(self, account_sid: str) -> int:
        return list(self._wake.values()).count(account_sid)

    def add(self, commit: Commit) -> None:
        """Keep what a commit means to readers; in any thread."""
        events = events_of(commit)
        if not events:
            return
        with self._lock:
            for event in events:
                self._last += 1
                self._ring.append(Numbered(f"{self.epoch}-{self._last}", self._last, event))
            waiting = list(self._wake)
        for wake in waiting:
            wake()

    def number_of(self, event_id: str) -> int | None:
        """Where a reader stopped; None when that was another run of the server, or is no id at all."""
        epoch, _, number = event_id.rpartition("-")
        is_ours = epoch == self.epoch and number.isascii() and number.isdigit() and len(number) < len(str(2**63))
        return min(int(number), self._last) if is_ours else None

    def after(self, number: int) -> Batch:
        """The events behind that number."""
        with self._lock:
            missing = max(self._last - number, 0)
            newest = [self._ring[-place] for place in range(min(missing, len(self._ring)), 0, -1)]
        return Batch(newest, is_gapless=len(newest) == missing)

    def reader(self, account_sid: str) -> "Reader":
        return Reader(self, account_sid)

    def close(self) -> None:
        """End all streams: the server stops."""
        self.is_closed = True
        for wake in list(self._wake):
            wake()

    def attach(self, wake: Callable[[], None], account_sid: str) -> None:
        with self._lock:
            self._wake[wake] = account_sid

    def detach(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._wake.pop(wake, None)


class Reader:
    """`async with log.reader(account_sid) as reader: await reader.wait(timeout_s)`."""

    def __init__(self, log: EventLog, account_sid: str) -> None:
        self._log = log
        self._account_sid = account_sid
        self._loop = asyncio.get_running_loop()
        self._is_new = asyncio.Event()

    async def __aenter__(self) -> "Reader":
        self._log.attach(self._told, self._account_sid)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._log.detach(self._told)

    async def wait(self, timeout_s: float) -> bool:
        """Whether there may be something new; False after the time-out."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._is_new.wait()
        except TimeoutError:
            return False
        self._is_new.clear()
        return True

    def _told(self) -> None:
        if not self._is_new.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._is_new.set)
