"""The contract of the job queues: durable work, at least once, in order within a lane.

A job that fails is run again after a back-off; after `Retrying.attempts` failures it is given up and kept in
failed_jobs. A later job of its lane starts only when it has finished or was given up, also while it waits for its
due time or its back-off.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from callwright.storage.columns import Codecs, json_in, json_out, text_in
from callwright.storage.engine import Connection
from callwright.storage.statements import Statement, dialect_of
from callwright.storage.tables import failed_jobs
from callwright.usecases.jobs import JobHandler
from callwright.usecases.ports import Job, Ports

if TYPE_CHECKING:
    from callwright.storage.database import Database

#: How many jobs run at once in one process.
CONCURRENCY = 64
_LONGEST_ERROR = 500


@dataclass(frozen=True)
class Retrying:
    """How often a failing job is tried, and how long between: doubling, with jitter, up to the longest wait."""

    attempts: int = 8
    first_delay_s: float = 1.0
    longest_delay_s: float = 300.0

    def delay(self, failures: int, random_share: Callable[[], float] = random.random) -> timedelta:
        """The wait after that many failures (at least 1): between half and all of the doubled delay."""
        doubled = self.first_delay_s * 2.0 ** min(failures - 1, 30)
        return timedelta(seconds=min(doubled, self.longest_delay_s) * (0.5 + random_share() / 2))


DEFAULT_RETRYING = Retrying()


class JobQueue(Protocol):
    """Where a unit of work puts its jobs."""

    def enqueue(self, connection: Connection, job: Job, due: datetime | None, now: datetime) -> None:
        """Add the job to the transaction of that connection; without `due` it is due now."""

    def committed(self) -> None:
        """A transaction with new jobs was committed by this process; called in any thread."""

    def worker(self, database: "Database", order: "WorkOrder") -> "JobWorker": ...


class JobWorker(Protocol):
    """Runs jobs until it is stopped."""

    async def start(self) -> None: ...

    async def stop(self, timeout_s: float) -> None:
        """Start nothing more; what still runs after the time-out is cancelled, to be run again later."""


@dataclass(frozen=True)
class WorkOrder:
    """What a worker needs besides its database. `retrying` by the name of the job; the default for the rest."""

    handlers: Mapping[str, JobHandler]
    ports: Ports
    retrying: Mapping[str, Retrying]
    concurrency: int = CONCURRENCY

    def retrying_of(self, name: str) -> Retrying:
        return self.retrying.get(name, DEFAULT_RETRYING)

    async def perform(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Run the job's handler; raises LookupError for a name that has none (a newer server enqueued it)."""
        handler = self.handlers.get(name)
        if handler is None:
            raise LookupError(f"no handler for jobs named {name}")
        await handler(self.ports, arguments)


def error_text(error: BaseException) -> str:
    """An error as one short line that can be stored."""
    line = " ".join(f"{type(error).__name__}: {error}".replace("\0", " ").split())
    return line.encode("utf-8", "replace").decode()[:_LONGEST_ERROR]


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up, with the error of its last attempt."""

    id: int
    name: str
    arguments: Mapping[str, Any]
    lane: str | None
    attempts: int
    last_error: str
    at: datetime


_FAILED_COLUMNS = [column.name for column in failed_jobs.c if column.name != "id"]


class FailedJobs:
    """The jobs that were given up, on either engine."""

    def __init__(self, dialect_name: str, codecs: Codecs) -> None:
        dialect = dialect_of(dialect_name)
        self._moment_in, self._moment_out = codecs.into[datetime], codecs.out[datetime]
        insert = sa.insert(failed_jobs).values({name: sa.bindparam(name) for name in _FAILED_COLUMNS})
        self._insert = Statement(insert, dialect, _FAILED_COLUMNS).sql
        select = sa.select(failed_jobs).order_by(failed_jobs.c.id.desc())
        self._select = Statement(select, dialect, []).sql
        delete = sa.delete(failed_jobs).where(failed_jobs.c.at < sa.bindparam("older"))
        self._delete = Statement(delete, dialect, ["older"]).sql

    def add(self, connection: Connection, job: Job, attempts: int, error: str, at: datetime) -> None:
        row = (job.name, json_in(dict(job.arguments)), job.lane, attempts, text_in(error), self._moment_in(at))
        connection.run(self._insert, row)

    def all(self, connection: Connection) -> list[FailedJob]:
        """All of them, newest first."""
        return [
            FailedJob(number, name, json_out(arguments), lane, attempts, error, self._moment_out(at))
            for number, name, arguments, lane, attempts, error, at in connection.query(self._select)
        ]

    def prune(self, connection: Connection, older_than: datetime) -> int:
        """Delete those given up before that moment; how many."""
        return connection.run(self._delete, (self._moment_in(older_than),))
