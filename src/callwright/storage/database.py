"""The database as the rest of the program sees it: units of work, durable jobs, one engine beneath."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from callwright.config import Settings
from callwright.model.actor import SERVER, Actor
from callwright.model.event import Commit
from callwright.model.record import Record
from callwright.storage.bulk_update import BulkUpdates
from callwright.storage.columns import POSTGRESQL, SQLITE
from callwright.storage.engine import Completion, Connection, Engine
from callwright.storage.engines import postgresql, sqlite
from callwright.storage.errors import BadDatabaseUrl, CannotOpen, DatabaseFailed
from callwright.storage.history import History
from callwright.storage.job_queues.embedded import EmbeddedQueue
from callwright.storage.job_queues.procrastinate import ProcrastinateQueue, upgrade_schema
from callwright.storage.jobs import CONCURRENCY, FailedJobs, JobQueue, JobWorker, Retrying, WorkOrder
from callwright.storage.migration import upgrade
from callwright.storage.search import Searches, refresh
from callwright.storage.statements import Statements
from callwright.storage.unit_of_work import Sids, SqlUnitOfWork, Tools
from callwright.usecases.jobs import JobHandler
from callwright.usecases.ports import Ports, UnitOfWork

T = TypeVar("T")

_POSTGRESQL = ("postgresql://", "postgres://", "postgresql+psycopg://")


@dataclass(frozen=True)
class _Written:
    """What a unit of work answered, and the unit."""

    result: Any
    unit: SqlUnitOfWork


@dataclass(frozen=True)
class Retention:
    """How long what is only looked at is kept; `notifications` None: for ever."""

    exchanges: timedelta
    notifications: timedelta | None


class Database:
    """Implements usecases.ports.Storage. Made by `open_database`."""

    def __init__(self, engine: Engine, queue: JobQueue, now: Callable[[], datetime], keep: Retention) -> None:
        statements = Statements(engine.dialect_name, engine.codecs)
        history = History(engine.dialect_name, engine.codecs)
        self.engine = engine
        self.now = now
        self.keep = keep
        self.failed_jobs = FailedJobs(engine.dialect_name, engine.codecs)
        self.is_open = True
        self._queue = queue
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._observer: Callable[[Commit], None] | None = None
        bulk_updates, searches = BulkUpdates(engine.dialect_name), Searches(statements)
        self._tools = Tools(statements, history, bulk_updates, searches, queue, Sids(), now)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        result: T = await self._awaited(self.engine.read, lambda connection: work(self._unit(connection, None)))
        return result

    async def write(self, work: Callable[[UnitOfWork], T], actor: Actor) -> T:
        result: T = await self._awaited(self._write, lambda connection: self._done(work, connection, actor))
        return result

    def read_sync(self, work: Callable[[UnitOfWork], T]) -> T:
        """As `read`, for threads without an event loop (command line, first start)."""
        result: T = self._waited(self.engine.read, lambda connection: work(self._unit(connection, None)))
        return result

    def write_sync(self, work: Callable[[UnitOfWork], T], actor: Actor = SERVER) -> T:
        """As `write`, for threads without an event loop (command line, first start)."""
        result: T = self._waited(self._write, lambda connection: self._done(work, connection, actor))
        return result

    def new_sid(self, prefix: str) -> str:
        """A SID outside a unit of work, for what is written later."""
        return self._tools.sids.make(prefix)

    def listen(self, record_type: type[Record], changed: Callable[[], None]) -> None:
        """Have `changed` called after each commit of this process that wrote such records; in any thread."""
        self._listeners.setdefault(record_type.table, []).append(changed)

    def observe(self, observer: Callable[[Commit], None]) -> None:
        """Have the observer told of each commit of this process that events may be made of; in any thread."""
        self._observer = observer
        self._tools = replace(self._tools, tells=True)

    async def transact(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Run a function of the bare connection as one transaction; for the other modules of storage."""
        result: T = await self._awaited(self.engine.write if writes else self.engine.read, work)
        return result

    def _unit(self, connection: Connection, actor: Actor | None) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, self._tools, actor)

    def _done(self, work: Callable[[UnitOfWork], T], connection: Connection, actor: Actor) -> "_Written":
        unit = self._unit(connection, actor)
        result = work(unit)
        unit.finish()
        return _Written(result, unit)

    def _write(self, work: Callable[[Connection], "_Written"], completed: Completion) -> None:
        """As the engine's write; after the commit of new jobs the worker is woken, and listeners are told."""

        def committed(result: Any, error: BaseException | None) -> None:
            written: _Written | None = result
            completed(written.result if written else None, error)
            if written is not None:
                self._tell(written.unit)

        self.engine.write(work, committed)

    def _tell(self, unit: SqlUnitOfWork) -> None:
        if unit.has_jobs:
            self._queue.committed()
        commit = unit.commit()
        if commit is not None and self._observer is not None:
            self._observer(commit)
        for table in unit.changed & self._listeners.keys():
            for changed in self._listeners[table]:
                changed()

    async def _awaited(self, submit: Callable[..., None], work: Callable[[Connection], Any]) -> Any:
        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def completed(result: Any, error: BaseException | None) -> None:
            loop.call_soon_threadsafe(_settle, future, result, error)

        submit(work, completed)
        return await future

    def _waited(self, submit: Callable[..., None], work: Callable[[Connection], Any]) -> Any:
        self._refuse_when_closed()
        is_done = threading.Event()
        outcome: list[Any] = []

        def completed(result: Any, error: BaseException | None) -> None:
            outcome.extend((result, error))
            is_done.set()

        submit(work, completed)
        is_done.wait()
        result, error = outcome
        if error is not None:
            raise error
        return result

    def _refuse_when_closed(self) -> None:
        if not self.is_open:
            raise DatabaseFailed("the database is closed: the server is stopping")

    def worker(
        self,
        handlers: Mapping[str, JobHandler],
        ports: Ports,
        *,
        retrying: Mapping[str, Retrying] | None = None,
        concurrency: int = CONCURRENCY,
    ) -> JobWorker:
        """The worker that runs this database's jobs, at most `concurrency` at once in this process."""
        return self._queue.worker(self, WorkOrder(handlers, ports, retrying or {}, concurrency))

    def close(self) -> None:
        """Finish what is queued and close. Units asked for later raise DatabaseFailed."""
        if self.is_open:
            self.is_open = False
            self.engine.close()


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """Hand the outcome to whoever awaits it, unless they were cancelled."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _retention(settings: Settings) -> Retention:
    days = settings.notification_retention_days
    return Retention(timedelta(days=settings.exchange_retention_days), timedelta(days=days) if days else None)


def open_database(settings: Settings, now: Callable[[], datetime] = _utc_now) -> Database:
    """Open the database of the settings, created and migrated as needed. Raises CannotOpen with cause and fix."""
    url = settings.database_url
    keep = _retention(settings)
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        sqlite.create_file(path)
        with sqlite_connection(path) as connection:
            upgrade(connection, _refresh_searches)
        return Database(sqlite.SqliteEngine(path), EmbeddedQueue(), now, keep)
    conninfo = postgresql_conninfo(settings)
    if conninfo is not None:
        with postgresql_connection(conninfo) as connection:
            upgrade(connection, _upgrade_postgresql)
        return Database(postgresql.PostgresEngine(conninfo), ProcrastinateQueue(conninfo), now, keep)
    scheme = url.partition(":")[0]
    raise BadDatabaseUrl(f"--database {scheme}:… is not supported: give postgresql://USER@HOST/NAME or sqlite:///FILE")


def _refresh_searches(connection: sa.Connection) -> None:
    refresh(connection, SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL)


def _upgrade_postgresql(connection: sa.Connection) -> None:
    upgrade_schema(connection)
    _refresh_searches(connection)


def postgresql_conninfo(settings: Settings) -> str | None:
    """How libpq finds the database of the settings; None for SQLite."""
    url = settings.database_url
    return "postgresql://" + url.partition("://")[2] if url.startswith(_POSTGRESQL) else None


@contextlib.contextmanager
def sqlite_connection(path: Path) -> Iterator[sa.Connection]:
    """A SQLAlchemy connection, which Alembic wants. It begins no transaction by itself."""
    with _connection(sa.create_engine("sqlite://", creator=lambda: sqlite.connect(path))) as connection:
        yield connection


@contextlib.contextmanager
def postgresql_connection(conninfo: str) -> Iterator[sa.Connection]:
    """A SQLAlchemy connection, which Alembic wants."""
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: postgresql.connect_to_migrate(conninfo))
    with _connection(engine) as connection:
        yield connection


@contextlib.contextmanager
def _connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        cause = " ".join(str(error.orig).split())
        raise CannotOpen(f"the database could not be brought to this version: {cause}") from error
    finally:
        engine.dispose()
