"""The log of webhook exchanges: filled from the event loop without waiting, written in batches off the hot path."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from callwright.model.actor import SERVER
from callwright.model.exchange import Exchange
from callwright.storage.database import Database
from callwright.storage.tables import TABLES
from callwright.usecases.ports import UnitOfWork

log = structlog.get_logger()

_MOST_WAITING = 20_000
_BATCH = 500
_FLUSH_S = 0.25
_PRUNE_S = 3600.0


class ExchangeLog:
    """`record` never waits and never fails: when writing falls behind, the oldest waiting exchanges are dropped."""

    def __init__(self, database: Database, retention_days: int = 7) -> None:
        self._database = database
        self._retention = timedelta(days=retention_days)
        self._waiting: deque[tuple[datetime, Mapping[str, Any]]] = deque(maxlen=_MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self.dropped = 0

    def record(self, fields: Mapping[str, Any]) -> None:
        """Keep an exchange; `fields` are those of model.exchange without sid and dates."""
        self.dropped += len(self._waiting) == _MOST_WAITING
        self._waiting.append((datetime.now(UTC), fields))

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._flush_regularly()), asyncio.create_task(self._prune_regularly())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()

    async def flush(self) -> None:
        """Write all that waits."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            await self._database.write(lambda unit, batch=batch: _insert(unit, batch), SERVER)  # type: ignore[misc]  # mypy cannot type a lambda's default

    async def prune(self, older_than: datetime) -> int:
        """Delete exchanges from before that moment; how many."""
        table = TABLES[Exchange.table]
        statement = table.delete().where(table.c.date_created < older_than)
        done = await asyncio.wrap_future(self._database.engine.write(lambda connection: connection.execute(statement)))
        return int(done.rowcount)

    async def _flush_regularly(self) -> None:
        while True:
            await asyncio.sleep(_FLUSH_S)
            try:
                await self.flush()
            except Exception:
                log.exception("exchanges could not be written", waiting=len(self._waiting))

    async def _prune_regularly(self) -> None:
        while True:
            with suppress(Exception):
                await self.prune(datetime.now(UTC) - self._retention)
            await asyncio.sleep(_PRUNE_S)


def _insert(unit: UnitOfWork, batch: list[tuple[datetime, Mapping[str, Any]]]) -> None:
    for moment, fields in batch:
        unit.insert(Exchange.model_construct(sid=unit.new_sid("EX"), date_created=moment, **fields))
