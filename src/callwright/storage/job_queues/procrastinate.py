"""The queue on PostgreSQL: procrastinate's tables and worker, deferred to inside our own transactions."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import procrastinate
import sqlalchemy as sa
import structlog
from procrastinate.jobs import Job as StoredJob

from callwright.storage.engine import Engine
from callwright.storage.jobs import MOST_ATTEMPTS, back_off
from callwright.usecases.jobs import JobHandler, RunAgain
from callwright.usecases.ports import Job, Ports

log = structlog.get_logger()

_QUEUE = "callwright"
_TASK = "callwright.job"
_MOST_AT_ONCE = 64
_RESCUE_S = 10.0
#: A worker that has not been heard of for this long is dead; its jobs run again.
_DEAD_AFTER_S = 30.0

_DEFER = sa.text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), :due)"
    "::procrastinate_job_to_defer_v1])"
)


class ProcrastinateQueue:
    """Implements JobQueue on PostgreSQL; `url` is a libpq URL."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)

    def enqueue(self, connection: sa.Connection, job: Job, due: datetime) -> None:
        args = orjson.dumps({"name": job.name, "arguments": dict(job.arguments)}).decode()
        later = due if due > datetime.now(UTC) else None
        connection.execute(_DEFER, {"queue": _QUEUE, "task": _TASK, "lock": job.lane, "args": args, "due": later})

    def wake(self) -> None:
        """PostgreSQL notifies the workers itself."""

    def worker(self, engine: Engine, handlers: Mapping[str, JobHandler], ports: Ports) -> "ProcrastinateWorker":
        return ProcrastinateWorker(self._url, handlers, ports)


class _Retry(procrastinate.BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: StoredJob) -> procrastinate.RetryDecision | None:
        if isinstance(exception, RunAgain):
            return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + (exception.delay or back_off(1)))
        if job.attempts + 1 >= MOST_ATTEMPTS:
            return None
        return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + back_off(job.attempts + 1))


class ProcrastinateWorker:
    """Implements JobWorker."""

    def __init__(self, url: str, handlers: Mapping[str, JobHandler], ports: Ports) -> None:
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=8))
        self._tasks: list[asyncio.Task[Any]] = []

        @self._app.task(name=_TASK, queue=_QUEUE, retry=_Retry())
        async def run(name: str, arguments: dict[str, Any]) -> None:
            await handlers[name](ports, arguments)

    async def start(self) -> None:
        await self._app.open_async()
        work = self._app.run_worker_async(
            queues=[_QUEUE],
            concurrency=_MOST_AT_ONCE,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=2.0,
        )
        self._tasks = [asyncio.create_task(work), asyncio.create_task(self._rescue_regularly())]

    async def stop(self, timeout_s: float) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        await self._app.close_async()

    async def _rescue_regularly(self) -> None:
        """Jobs whose worker died run again."""
        manager = self._app.job_manager
        while True:
            with suppress(Exception):
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER_S):
                    await manager.retry_job(job)
                    log.warning("job of a dead worker runs again", job=job.task_kwargs.get("name"))
            await asyncio.sleep(_RESCUE_S)
