"""The embedded queue: a table of the same SQLite file, worked on by the one server process that owns it.

Which jobs run is known in memory only: after a crash nothing runs, so everything still in the table runs again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from callwright.storage.engine import Engine
from callwright.storage.jobs import MOST_ATTEMPTS, back_off
from callwright.storage.tables import jobs
from callwright.usecases.jobs import JobHandler, RunAgain
from callwright.usecases.ports import Job, Ports

log = structlog.get_logger()

_MOST_AT_ONCE = 64
#: Jobs of other processes on the same file (the command line) are seen this late at most.
_LONGEST_SLEEP_S = 2.0

_earlier = jobs.alias("earlier")
_INSERT = jobs.insert()
_DELETE = jobs.delete().where(jobs.c.id == sa.bindparam("id_"))
#: The first job of every lane and all without one, as far as they are due.
_RUNNABLE = (
    sa.select(jobs)
    .where(jobs.c.due <= sa.bindparam("now"), jobs.c.id.not_in(sa.bindparam("running", expanding=True)))
    .where(
        sa.or_(
            jobs.c.lane.is_(None),
            ~sa.exists().where(_earlier.c.lane == jobs.c.lane, _earlier.c.id < jobs.c.id),
        )
    )
    .order_by(jobs.c.id)
    .limit(_MOST_AT_ONCE)
)
_NEXT_DUE = sa.select(sa.func.min(jobs.c.due)).where(jobs.c.due > sa.bindparam("now"))


class EmbeddedQueue:
    """Implements JobQueue on SQLite."""

    def __init__(self) -> None:
        self._wake: Callable[[], None] | None = None

    def enqueue(self, connection: sa.Connection, job: Job, due: datetime) -> None:
        row = {"name": job.name, "arguments": dict(job.arguments), "lane": job.lane, "due": due, "attempts": 0}
        connection.execute(_INSERT, row)

    def wake(self) -> None:
        if self._wake is not None:
            self._wake()

    def worker(self, engine: Engine, handlers: Mapping[str, JobHandler], ports: Ports) -> "EmbeddedWorker":
        worker = EmbeddedWorker(engine, handlers, ports)
        self._wake = worker.wake
        return worker


class EmbeddedWorker:
    """Implements JobWorker."""

    def __init__(self, engine: Engine, handlers: Mapping[str, JobHandler], ports: Ports) -> None:
        self._engine = engine
        self._handlers = handlers
        self._ports = ports
        self._running: dict[int, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._is_stopping = False

    def wake(self) -> None:
        self._woken.set()

    async def start(self) -> None:
        self._loop_task = asyncio.create_task(self._work())

    async def stop(self, timeout_s: float) -> None:
        self._is_stopping = True
        self._woken.set()
        if self._loop_task is not None:
            with suppress(Exception):
                await self._loop_task
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            try:
                sleep_s = await self._start_due()
            except Exception:
                log.exception("jobs cannot be read")
                sleep_s = _LONGEST_SLEEP_S
            with suppress(TimeoutError):
                async with asyncio.timeout(sleep_s):
                    await self._woken.wait()

    async def _start_due(self) -> float:
        """Start what is due; seconds until something more may be."""
        if len(self._running) >= _MOST_AT_ONCE:
            return _LONGEST_SLEEP_S
        running, now = list(self._running), datetime.now(UTC)

        def look(connection: sa.Connection) -> tuple[list[Any], datetime | None]:
            rows = connection.execute(_RUNNABLE, {"now": now, "running": running}).all()
            return list(rows), connection.execute(_NEXT_DUE, {"now": now}).scalar()

        rows, next_due = await asyncio.wrap_future(self._engine.read(look))
        for row in rows[: _MOST_AT_ONCE - len(self._running)]:
            self._start(row)
        if next_due is None:
            return _LONGEST_SLEEP_S
        return min(max((next_due - now).total_seconds(), 0.001), _LONGEST_SLEEP_S)

    def _start(self, row: Any) -> None:
        task = asyncio.create_task(self._run(row))
        self._running[row.id] = task

        def forget(_: asyncio.Task[None]) -> None:
            self._running.pop(row.id, None)
            self.wake()

        task.add_done_callback(forget)

    async def _run(self, row: Any) -> None:
        try:
            handler = self._handlers[row.name]
            await handler(self._ports, row.arguments)
        except RunAgain as again:
            await self._later(row, row.attempts, again.delay or back_off(1), None)
        except Exception as error:
            log.exception("job failed", job=row.name, attempts=row.attempts + 1, lane=row.lane)
            await self._failed(row, error)
        else:
            await self._write(_DELETE, {"id_": row.id})

    async def _failed(self, row: Any, error: Exception) -> None:
        attempts = row.attempts + 1
        if attempts >= MOST_ATTEMPTS:
            log.error("job given up", job=row.name, attempts=attempts, lane=row.lane)
            await self._write(_DELETE, {"id_": row.id})
        else:
            await self._later(row, attempts, back_off(attempts), f"{type(error).__name__}: {error}")

    async def _later(self, row: Any, attempts: int, delay: timedelta, error: str | None) -> None:
        values = {"attempts": attempts, "due": datetime.now(UTC) + delay, "last_error": error}
        await self._write(jobs.update().where(jobs.c.id == row.id).values(**values), None)

    async def _write(self, statement: Any, parameters: Any) -> None:
        await asyncio.wrap_future(self._engine.write(lambda connection: connection.execute(statement, parameters)))
