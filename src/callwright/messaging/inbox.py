"""The inbox: what carriers bring in, many of it in one transaction, and nobody told "done" before its commit."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.usecases.apply_receipt import apply_receipt
from callwright.usecases.carrier_traffic import Incoming, Receipt, Undeliverable
from callwright.usecases.ports import Storage, StorageUnavailable, UnitOfWork
from callwright.usecases.receive_message import receive_message

log = structlog.get_logger()

#: So many share a transaction at most; what comes while it is committed makes up the next.
_BATCH = 100


@dataclass(frozen=True)
class _Item:
    """Something that came in, and who waits until it is stored."""

    content: Incoming | Receipt
    stored: asyncio.Future[None]


class Inbox:
    """Implements messaging.carrier.Traffic on the use cases."""

    def __init__(self, storage: Storage, settings: Settings, changed: Callable[[], None]) -> None:
        """`changed` is called when a link's state or room changed."""
        self._storage = storage
        self._settings = settings
        self._changed = changed
        self._waiting: deque[_Item] = deque()
        self._storing: asyncio.Task[None] | None = None

    async def receive(self, incoming: Incoming) -> None:
        await self._stored(incoming)

    async def report(self, receipt: Receipt) -> None:
        await self._stored(receipt)

    def changed(self) -> None:
        self._changed()

    async def stop(self, timeout_s: float) -> None:
        """Wait that long until all that came in is stored."""
        if self._storing is not None:
            await asyncio.wait([self._storing], timeout=timeout_s)

    async def _stored(self, content: Incoming | Receipt) -> None:
        item = _Item(content, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        if self._storing is None:
            # A task begins after what else is ready now has run: all of it comes along.
            self._storing = asyncio.create_task(self._store_all(), name="inbox")
        await item.stored

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                await self._store(batch)
        finally:
            self._storing = None

    async def _store(self, batch: Sequence[_Item]) -> None:
        contents = [item.content for item in batch]
        try:
            refusals = await self._storage.write(lambda unit: self._apply_all(unit, contents), SERVER)
        except StorageUnavailable as error:
            for item in batch:
                _settle(item, error)
            return
        except Exception as error:
            await self._after_failure(batch, error)
            return
        for item, refusal in zip(batch, refusals, strict=True):
            _settle(item, refusal)

    async def _after_failure(self, batch: Sequence[_Item], error: Exception) -> None:
        """One of them spoils the transaction of all: each gets one of its own. One alone is told the error."""
        if len(batch) == 1:
            _settle(batch[0], error)
            return
        for item in batch:
            await self._store([item])

    def _apply_all(self, unit: UnitOfWork, contents: Sequence[Incoming | Receipt]) -> list[Undeliverable | None]:
        return [self._apply(unit, content) for content in contents]

    def _apply(self, unit: UnitOfWork, content: Incoming | Receipt) -> Undeliverable | None:
        """Store it. A message that nobody here takes is refused before anything of it is written."""
        if isinstance(content, Receipt):
            apply_receipt(unit, content)
            return None
        try:
            receive_message(unit, content, self._settings)
        except Undeliverable as refusal:
            return refusal
        return None


def _settle(item: _Item, error: Exception | None) -> None:
    """Tell who waits, unless they went away."""
    if item.stored.done():
        return
    if error is None:
        item.stored.set_result(None)
    else:
        item.stored.set_exception(error)
