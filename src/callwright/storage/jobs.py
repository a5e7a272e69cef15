"""The contract of a job queue: durable work, enqueued in the transaction of the row it serves, at least once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Protocol

import sqlalchemy as sa

from callwright.storage.engine import Engine
from callwright.usecases.jobs import JobHandler
from callwright.usecases.ports import Job, Ports

#: A job that fails this often is given up (and logged); its lane goes on.
MOST_ATTEMPTS = 8
_LONGEST_WAIT_S = 600.0
_random = SystemRandom()


class JobWorker(Protocol):
    """Runs jobs while it is started."""

    async def start(self) -> None: ...

    async def stop(self, timeout_s: float) -> None:
        """Take no more jobs; those still running after the time-out run again at the next start."""


class JobQueue(Protocol):
    """`job_queues/` holds one for each engine."""

    def enqueue(self, connection: sa.Connection, job: Job, due: datetime) -> None:
        """Add the job inside the connection's transaction."""

    def wake(self) -> None:
        """Jobs were committed by this process: look at once."""

    def worker(self, engine: Engine, handlers: Mapping[str, JobHandler], ports: Ports) -> JobWorker: ...


def back_off(attempts: int) -> timedelta:
    """How long a job waits after its n-th failure: 1, 2, 4 … seconds, with jitter, at most ten minutes."""
    longest_s = min(2.0 ** (attempts - 1), _LONGEST_WAIT_S)
    return timedelta(seconds=longest_s * _random.uniform(0.5, 1.0))
