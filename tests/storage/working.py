"""Job workers in tests: handlers that note what they did, ports that hold nothing but the database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from callwright.model.actor import SERVER
from callwright.storage.database import Database
from callwright.storage.jobs import Retrying
from callwright.usecases.jobs import JobHandler
from callwright.usecases.ports import Job, Ports

PATIENCE_S = 40.0
#: Retries so short that a test need not wait.
QUICK = Retrying(attempts=3, first_delay_s=0.01)


class Notes:
    """What handlers noted, in order; `until` waits for as many as a test expects."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._changed = asyncio.Condition()

    async def add(self, note: Any) -> None:
        async with self._changed:
            self.all.append(note)
            self._changed.notify_all()

    async def until(self, how_many: int) -> list[Any]:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.all) >= how_many)
        return self.all


def ports_of(database: Database) -> Ports:
    return cast("Ports", database)  # the handlers of these tests ask for nothing else


@asynccontextmanager
async def working(database: Database, handlers: Mapping[str, JobHandler], **options: Any) -> AsyncIterator[None]:
    """A started worker, stopped at the end."""
    retrying = dict.fromkeys(handlers, QUICK)
    worker = database.worker(handlers, ports_of(database), **{"retrying": retrying, **options})
    await worker.start()
    try:
        yield
    finally:
        await worker.stop(0.2)


async def enqueue(database: Database, *jobs: Job) -> None:
    """Each in a unit of work of its own."""
    for job in jobs:
        await _enqueue(database, job)


async def _enqueue(database: Database, job: Job) -> None:
    await database.write(lambda unit: unit.enqueue(job), SERVER)


async def waiting_jobs(database: Database) -> int:
    """How many jobs are stored, running ones included."""
    name = "jobs" if database.engine.dialect_name == "sqlite" else "procrastinate_jobs"
    sql = f"SELECT count(*) FROM {name}"
    count: int = (await database.transact(lambda connection: connection.query(sql), writes=False))[0][0]
    return count


async def until_no_jobs_wait(database: Database) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await waiting_jobs(database):
            await asyncio.sleep(0.01)


async def until_listening(database: Database) -> None:
    """procrastinate's worker hears of new jobs only once it has said LISTEN."""
    if database.engine.dialect_name == "sqlite":
        return
    sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
    async with asyncio.timeout(PATIENCE_S):
        while not (await database.transact(lambda connection: connection.query(sql), writes=False))[0][0]:
            await asyncio.sleep(0.01)
