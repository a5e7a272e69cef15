"""The inbox: what carriers bring in, many of it in one transaction, and nobody told "done" before its commit."""

from collections.abc import Callable, Sequence

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.usecases.apply_receipt import apply_receipt
from callwright.usecases.batching import Batches
from callwright.usecases.carrier_traffic import Incoming, Receipt, Undeliverable
from callwright.usecases.ports import Storage, StorageUnavailable, UnitOfWork
from callwright.usecases.receive_message import receive_message, refuse_message


class Inbox:
    """Implements messaging.carrier.Traffic on the use cases."""

    def __init__(self, storage: Storage, settings: Settings, changed: Callable[[], None]) -> None:
        """`changed` is called when a link's state or room changed."""
        self._storage = storage
        self._settings = settings
        self._changed = changed
        self._batches: Batches[Incoming | Receipt, None] = Batches(self._store)

    async def receive(self, incoming: Incoming) -> None:
        await self._batches.add(incoming)

    async def report(self, receipt: Receipt) -> None:
        await self._batches.add(receipt)

    def changed(self) -> None:
        self._changed()

    async def stop(self, timeout_s: float) -> None:
        """Wait that long until all that came in is stored."""
        await self._batches.drain(timeout_s)

    async def _store(self, contents: Sequence[Incoming | Receipt]) -> list[Exception | None]:
        """What each is told: None when it is stored."""
        try:
            return await self._storage.write(lambda unit: [self._apply(unit, content) for content in contents], SERVER)
        except StorageUnavailable as error:
            return [error] * len(contents)
        except Exception as error:
            if len(contents) == 1:
                return [error]
        # One of them spoils the transaction of all: each gets one of its own.
        return [outcome for content in contents for outcome in await self._store([content])]

    def _apply(self, unit: UnitOfWork, content: Incoming | Receipt) -> Exception | None:
        """Store it. Of a message that nobody here takes, nothing is written but that it was refused."""
        if isinstance(content, Receipt):
            apply_receipt(unit, content)
            return None
        try:
            receive_message(unit, content, self._settings)
        except Undeliverable as refusal:
            refuse_message(unit, content.carrier, content.to, refusal)
            return refusal
        return None
