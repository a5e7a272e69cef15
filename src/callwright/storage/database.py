"""The database as the rest of the program sees it: units of work, durable jobs, one engine beneath."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from callwright.config import Settings
from callwright.model.actor import SERVER, Actor
from callwright.storage.engine import Engine, StorageError
from callwright.storage.engines.postgresql import PostgresqlEngine
from callwright.storage.engines.sqlite import SqliteEngine
from callwright.storage.job_queues.embedded import EmbeddedQueue
from callwright.storage.job_queues.procrastinate import ProcrastinateQueue
from callwright.storage.jobs import JobQueue, JobWorker
from callwright.storage.migrate import upgrade
from callwright.storage.unit_of_work import Sids, SqlUnitOfWork
from callwright.usecases.jobs import JobHandler
from callwright.usecases.ports import Ports, UnitOfWork

T = TypeVar("T")


class Database:
    """Implements usecases.ports.Storage."""

    def __init__(self, engine: Engine, queue: JobQueue) -> None:
        self.engine = engine
        self._queue = queue
        self._sids = Sids()
        self.is_open = True

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await asyncio.wrap_future(self.engine.read(lambda connection: work(self._unit(connection, None))))

    async def write(self, work: Callable[[UnitOfWork], T], actor: Actor) -> T:
        result, has_jobs = await asyncio.wrap_future(self.engine.write(self._writing(work, actor)))
        if has_jobs:
            self._queue.wake()
        return result

    def read_sync(self, work: Callable[[UnitOfWork], T]) -> T:
        return self.engine.read(lambda connection: work(self._unit(connection, None))).result()

    def write_sync(self, work: Callable[[UnitOfWork], T], actor: Actor = SERVER) -> T:
        return self.engine.write(self._writing(work, actor)).result()[0]

    def _writing(self, work: Callable[[UnitOfWork], T], actor: Actor) -> Callable[[sa.Connection], tuple[T, bool]]:
        def run(connection: sa.Connection) -> tuple[T, bool]:
            unit = self._unit(connection, actor)
            return work(unit), unit.has_jobs

        return run

    def _unit(self, connection: sa.Connection, actor: Actor | None) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, self._sids, self._queue.enqueue, actor)

    def worker(self, handlers: Mapping[str, JobHandler], ports: Ports) -> JobWorker:
        """The worker that runs this database's jobs."""
        return self._queue.worker(self.engine, handlers, ports)

    def close(self) -> None:
        self.is_open = False
        self.engine.close()


def open_database(settings: Settings) -> Database:
    """Open (and create, and migrate) the database of the settings. Raises StorageError with cause and fix."""
    url = settings.database_url
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sqlite = SqliteEngine(path)
        return _opened(sqlite, EmbeddedQueue())
    if url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        url = url.replace("postgres://", "postgresql://", 1)
        return _opened(PostgresqlEngine(url), ProcrastinateQueue(url))
    raise StorageError(f"--database {url.partition(':')[0]}: is not supported; give postgresql://user@host/name")


def _opened(engine: Engine, queue: JobQueue) -> Database:
    try:
        upgrade(engine.sql)
    except BaseException:
        engine.close()
        raise
    return Database(engine, queue)
