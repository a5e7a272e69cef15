"""What came of messages is stored here, many in one transaction; nothing of it is forgotten while storage fails."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.model.queued_message import QueuedMessage
from callwright.usecases.carrier_traffic import Outcome, Sending
from callwright.usecases.ports import Storage, StorageUnavailable, UnitOfWork
from callwright.usecases.settle_message import settle_message

log = structlog.get_logger()

_BATCH = 50
_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 5.0


@dataclass(frozen=True)
class Settled:
    """A message whose outcome is stored. `row` and `due` are set when it waits to be tried again."""

    sending: Sending
    row: QueuedMessage | None = None
    due: datetime | None = None


class Settler:
    """Stores outcomes as they come; `settled` is told of each."""

    def __init__(self, storage: Storage, settings: Settings, settled: Callable[[Settled], None]) -> None:
        self._storage = storage
        self._settings = settings
        self._settled = settled
        self._outcomes: deque[tuple[Sending, Outcome]] = deque()
        self._storing: asyncio.Task[None] | None = None

    @property
    def backlog(self) -> int:
        """Outcomes that are not stored yet."""
        return len(self._outcomes)

    def add(self, sending: Sending, outcome: Outcome) -> None:
        self._outcomes.append((sending, outcome))
        if self._storing is None:
            # A task begins after what else is ready now has run: those outcomes come along.
            self._storing = asyncio.create_task(self._store_all(), name="message outcomes")

    async def stop(self, timeout_s: float) -> None:
        """Wait that long until all outcomes are stored, then give up."""
        if self._storing is None:
            return
        _, late = await asyncio.wait([self._storing], timeout=timeout_s)
        for task in late:
            log.error("outcomes of messages could not be stored", messages=self.backlog)
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _store_all(self) -> None:
        delay_s = _FIRST_DELAY_S
        try:
            while self._outcomes:
                batch = [self._outcomes[at] for at in range(min(_BATCH, len(self._outcomes)))]
                try:
                    await self._store(batch)
                except StorageUnavailable as error:
                    log.warning("outcomes of messages wait for the storage", messages=self.backlog, cause=str(error))
                    await asyncio.sleep(delay_s)
                    delay_s = min(2 * delay_s, _LONGEST_DELAY_S)
                else:
                    delay_s = _FIRST_DELAY_S
                    for _ in batch:
                        self._outcomes.popleft()
        finally:
            self._storing = None

    async def _store(self, batch: Sequence[tuple[Sending, Outcome]]) -> None:
        """Raises StorageUnavailable when nothing of it was stored."""
        try:
            settled = await self._storage.write(lambda unit: self._settle_all(unit, batch), SERVER)
        except StorageUnavailable:
            raise
        except Exception:
            await self._store_each(batch)
            return
        for one in settled:
            self._settled(one)

    async def _store_each(self, batch: Sequence[tuple[Sending, Outcome]]) -> None:
        """One of them spoils the transaction of all: each gets one of its own."""
        for number, pair in enumerate(batch):
            try:
                settled = await self._storage.write(partial(self._settle_all, batch=[pair]), SERVER)
            except StorageUnavailable:
                # Those before it are stored: only the rest is to be tried again.
                for _ in range(number):
                    self._outcomes.popleft()
                raise
            except Exception:
                # It stays claimed, and is judged when the server starts again: never handed over twice.
                log.exception("the outcome of a message could not be stored", message=pair[0].message.sid)
            else:
                self._settled(settled[0])

    def _settle_all(self, unit: UnitOfWork, batch: Sequence[tuple[Sending, Outcome]]) -> list[Settled]:
        return [self._settle(unit, sending, outcome) for sending, outcome in batch]

    def _settle(self, unit: UnitOfWork, sending: Sending, outcome: Outcome) -> Settled:
        due = settle_message(unit, sending, outcome, self._settings)
        if due is None:
            return Settled(sending)
        return Settled(sending, unit.get(QueuedMessage, sending.queued_sid), due)
