"""The log of webhook exchanges: filled from the event loop without waiting, written in batches off the hot path."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from callwright.model.actor import SERVER
from callwright.model.exchange import Exchange
from callwright.model.record import Record
from callwright.model.resources.notification import Notification
from callwright.storage.columns import moment_in
from callwright.storage.database import Database
from callwright.storage.engine import Connection
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import TABLES
from callwright.usecases.forget_text import texts_gone, without_text
from callwright.usecases.ports import UnitOfWork

log = logging.getLogger(__name__)

_MOST_WAITING = 20_000
#: Rows in one unit of work: the writer is not to be kept from the calls for long.
_BATCH = 100
_FLUSH_AT = 200
_FLUSH_S = 0.25
_PRUNE_S = 3600.0
_PRUNE_BATCH = 500
_KEEP_FAILED_JOBS = timedelta(days=30)


#: What is to be written: SID, moment, fields.
Waiting = tuple[str, datetime, Mapping[str, Any]]


class ExchangeLog:
    """`record` never waits and never fails: when writing falls behind, the oldest waiting exchanges are dropped.

    `dropped` counts those, and any that cannot be stored at all. What is older than the database's retention is
    deleted every hour, old notifications too; with a retention of zero nothing is kept in the first place.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Waiting] = deque()
        self._is_full = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None
        self._pruner: asyncio.Task[None] | None = None
        self._is_closing = False
        self.dropped = 0

    def record(self, fields: Mapping[str, Any]) -> None:
        """Keep an exchange; `fields` are those of model.exchange without sid and dates. In the loop's thread."""
        if not self._database.keep.exchanges:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        # The SID is made now, not when it is written: lists by time go by it.
        self._waiting.append((self._database.new_sid("EX"), self._database.now(), fields))
        if len(self._waiting) >= _FLUSH_AT:
            self._is_full.set()

    async def start(self) -> None:
        self._is_closing = False
        self._flusher = asyncio.create_task(self._flush_regularly(), name="exchanges")
        self._pruner = asyncio.create_task(self._prune_regularly(), name="retention")

    async def close(self) -> None:
        """Write what still waits, and stop."""
        if self._flusher is not None and self._pruner is not None:
            self._pruner.cancel()
            self._is_closing = True
            self._is_full.set()  # the flusher is not cancelled: what it is writing would be written twice
            await asyncio.gather(self._flusher, self._pruner, return_exceptions=True)
            self._flusher = self._pruner = None
        await self.flush()

    async def flush(self) -> None:
        """Write all that waits. What could not be written (the database is down) waits on, oldest first."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            try:
                await self._write(batch)
            except Exception:
                self._waiting.extendleft(reversed(batch))
                raise

    async def _write(self, batch: list[Waiting]) -> None:
        """Messages may have been deleted or redacted while the exchanges about them waited."""

        def work(unit: UnitOfWork) -> int:
            gone = texts_gone(unit, [fields for _, _, fields in batch])
            return sum(
                not _insert(unit, sid, moment, without_text(fields) if is_gone else fields)
                for (sid, moment, fields), is_gone in zip(batch, gone, strict=True)
            )

        self.dropped += await self._database.write(work, SERVER)

    async def prune(self, older_than: datetime, record_type: type[Record] = Exchange) -> int:
        """Delete exchanges (or others whose SIDs sort by time) from before that moment; how many.

        In small units of work: the writer is not to be kept from the calls for long.
        """
        statements = _prune_statements(record_type, self._database.engine.dialect_name)

        def prune_some(connection: Connection) -> int:
            return self._prune_some(connection, statements, older_than)

        deleted, batch = 0, _PRUNE_BATCH
        while batch == _PRUNE_BATCH:
            batch = await self._database.transact(prune_some, writes=True)
            deleted += batch
        return deleted

    def _prune_some(self, connection: Connection, statements: tuple[str, str], older_than: datetime) -> int:
        """Delete the oldest of them. SIDs sort by time, so only one batch of rows is looked at."""
        select_oldest, delete = statements
        oldest = connection.query(select_oldest, (_PRUNE_BATCH,))
        limit = self._database.engine.codecs.into[datetime](moment_in(older_than))
        return sum(connection.run(delete, (sid, limit)) for (sid,) in oldest)

    async def _flush_regularly(self) -> None:
        while not self._is_closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH_S):
                    await self._is_full.wait()
            self._is_full.clear()
            try:
                await self.flush()
            except Exception:
                log.exception("%d exchanges could not be written yet", len(self._waiting))
                await asyncio.sleep(_FLUSH_S)

    async def _prune_regularly(self) -> None:
        while True:
            try:
                await self._prune_old()
            except Exception:
                log.exception("old exchanges and notifications could not be deleted")
            await asyncio.sleep(_PRUNE_S)

    async def _prune_old(self) -> None:
        now, failed_jobs = self._database.now(), self._database.failed_jobs
        await self.prune(now - self._database.keep.exchanges)
        if self._database.keep.notifications is not None:
            await self.prune(now - self._database.keep.notifications, Notification)
        oldest = now - _KEEP_FAILED_JOBS
        await self._database.transact(lambda connection: failed_jobs.prune(connection, oldest), writes=True)


@cache
def _prune_statements(record_type: type[Record], dialect_name: str) -> tuple[str, str]:
    """SQL that finds the oldest, and that deletes one if it is old enough."""
    table, dialect = TABLES[record_type.table], dialect_of(dialect_name)
    marker = "?" if dialect_name == "sqlite" else "%s"
    oldest = Statement(sa.select(table.c.sid).order_by(table.c.sid), dialect, []).sql + f"\n LIMIT {marker}"
    delete = sa.delete(table).where(table.c.sid == sa.bindparam("sid_"), table.c.date_created < sa.bindparam("limit_"))
    return oldest, Statement(delete, dialect, ["sid_", "limit_"]).sql


def _insert(unit: UnitOfWork, sid: str, moment: datetime, fields: Mapping[str, Any]) -> bool:
    """Store one; whether it could be. One that cannot must not keep the others waiting for ever."""
    printable = {name: _printable(value) for name, value in fields.items()}
    try:
        unit.insert(Exchange.model_construct(sid=sid, date_created=moment, **printable))
    except (ValueError, KeyError):
        log.exception("an exchange of account %s cannot be stored", fields.get("account_sid"))
        return False
    return True


def _printable(value: Any) -> Any:
    """What came from the network may hold NUL or half surrogate pairs, which text columns do not."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _replaced(value)
    if isinstance(value, Mapping):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value


def _replaced(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
