"""The embedded queue: a table of the same SQLite file, worked on by the one server process that owns it.

Which jobs run is known in memory only: after a crash nothing runs, so everything still in the table runs again.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from callwright.storage.columns import json_in, moment_text, text_in
from callwright.storage.engine import Connection
from callwright.storage.job_queues.shares import Nobody, Shares
from callwright.storage.jobs import WorkOrder, error_text
from callwright.usecases.batching import Batches
from callwright.usecases.jobs import RunAgain
from callwright.usecases.ports import Job

if TYPE_CHECKING:
    from callwright.storage.database import Database

log = logging.getLogger(__name__)

#: Jobs that another process (the command line) enqueued are seen this late at most; so are failures to read.
_LONGEST_SLEEP_S = 2.0
_READ_AHEAD = 256

#: While an account has more to do than its share allows, others' jobs are looked for this often at most: the look
#: passes over all that it has waiting (10 ms for 100 000).
_PASS_OVER_EVERY_S = 0.1

_INSERT = "INSERT INTO jobs (name, arguments, lane, due, attempts, account_sid) VALUES (?, ?, ?, ?, 0, ?)"
_DELETE = "DELETE FROM jobs WHERE id = ?"
_POSTPONE = "UPDATE jobs SET attempts = ?, due = ?, last_error = ? WHERE id = ?"
#: The first job of each lane, and all without a lane, that are due; not of the accounts named.
_RUNNABLE = """
SELECT id, name, arguments, lane, attempts, account_sid FROM jobs AS job
WHERE due <= ? AND (account_sid IS NULL OR account_sid NOT IN ({accounts})) AND (lane IS NULL OR NOT EXISTS (
    SELECT 1 FROM jobs AS earlier WHERE earlier.lane = job.lane AND earlier.id < job.id))
ORDER BY due, id LIMIT ?
"""
_NEXT_DUE = "SELECT min(due) FROM jobs WHERE due > ?"


@dataclass(frozen=True)
class _Row:
    id: int
    name: str
    arguments: Mapping[str, Any]
    lane: str | None
    attempts: int
    account_sid: str | None


#: Stores what came of a job.
_Ending = Callable[[Connection], object]


class EmbeddedQueue:
    """Implements JobQueue on SQLite."""

    def __init__(self) -> None:
        self._worker: EmbeddedWorker | None = None

    def enqueue(self, connection: Connection, job: Job, due: datetime | None, now: datetime) -> None:
        arguments = json_in(dict(job.arguments))
        moment = moment_text(due or now)
        row = (text_in(job.name), arguments, text_in(job.lane), moment, text_in(job.account_sid))
        connection.run(_INSERT, row)

    def committed(self) -> None:
        if self._worker is not None:
            self._worker.wake()

    def worker(self, database: "Database", order: WorkOrder) -> "EmbeddedWorker":
        self._worker = EmbeddedWorker(database, order)
        return self._worker


class EmbeddedWorker:
    """Implements JobWorker: as many jobs at once as the order allows, woken by every commit that added some."""

    def __init__(self, database: "Database", order: WorkOrder) -> None:
        self._database = database
        self._order = order
        self._running: dict[int, asyncio.Task[None]] = {}
        self._shares = Shares(order.concurrency)
        #: Read, and to be started as soon as there is room, by account: one look at the table serves many jobs.
        self._ready: dict[str | None, deque[_Row]] = {}
        self._passed_over_s = -math.inf
        self._endings: Batches[_Ending, None] = Batches(self._store)
        self._woken = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look for jobs now; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody works anymore
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._woken.set)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._dispatcher = asyncio.create_task(self._dispatch(), name="jobs")

    async def stop(self, timeout_s: float) -> None:
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            await asyncio.gather(self._dispatcher, return_exceptions=True)
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=timeout_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _dispatch(self) -> None:
        while True:
            self._woken.clear()
            try:
                sleep_s = await self._start_due()
            except Exception:
                log.exception("jobs could not be read")
                sleep_s = _LONGEST_SLEEP_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(sleep_s):
                    await self._woken.wait()

    async def _start_due(self) -> float:
        """Start what is due and not running; seconds until there may be more to do."""
        self._start_ready()
        if len(self._running) >= self._order.concurrency:  # there is no room: a job that ends wakes us
            return _LONGEST_SLEEP_S
        held_back = [account_sid for account_sid in self._ready if account_sid is not None]
        if held_back:  # they have more than their share: what is left is for others
            now_s = time.monotonic()
            if now_s < self._passed_over_s + _PASS_OVER_EVERY_S:
                return self._passed_over_s + _PASS_OVER_EVERY_S - now_s
            self._passed_over_s = now_s
        return await self._read(held_back)

    async def _read(self, held_back: list[str]) -> float:
        """Read and start what is due of all other accounts; seconds until there may be more to do."""
        now = self._database.now()
        # Those that run are still in the table, also those that end while it is read.
        known = set(self._running)
        most = _READ_AHEAD + len(known)
        rows, next_due = await self._database.transact(
            lambda connection: _look(connection, now, most, held_back), writes=False
        )
        for row in rows:
            if row.id not in known:
                self._ready.setdefault(row.account_sid, deque()).append(row)
        self._start_ready()
        if next_due is None:
            return _LONGEST_SLEEP_S
        return min(max((next_due - now).total_seconds(), 0.0), _LONGEST_SLEEP_S)

    def _start_ready(self) -> None:
        while not isinstance(account_sid := self._shares.next_of(self._ready), Nobody):
            rows = self._ready[account_sid]
            self._start(rows.popleft())
            if not rows:
                del self._ready[account_sid]

    def _start(self, row: _Row) -> None:
        task = asyncio.create_task(self._run(row), name=f"job {row.name} {row.id}")
        self._running[row.id] = task
        self._shares.start(row.account_sid)
        task.add_done_callback(lambda _: self._forget(row))

    def _forget(self, row: _Row) -> None:
        del self._running[row.id]
        self._shares.end(row.account_sid)
        self._woken.set()

    async def _run(self, row: _Row) -> None:
        try:
            await self._settle(row, await self._perform(row))
        except Exception:
            # Its row is unchanged, so it runs again; not at once, for the database is in trouble.
            log.exception("the end of job %s %s could not be stored", row.name, row.id)
            await asyncio.sleep(_LONGEST_SLEEP_S)

    async def _perform(self, row: _Row) -> Exception | None:
        try:
            await self._order.perform(row.name, row.arguments)
        except Exception as error:
            return error
        return None

    async def _settle(self, row: _Row, error: Exception | None) -> None:
        """Store what came of it: done, to be run again, or given up."""
        retrying = self._order.retrying_of(row.name)
        attempts = row.attempts + 1
        if error is None:
            await self._endings.add(_delete(row))
        elif isinstance(error, RunAgain):
            await self._postpone(row, row.attempts, error.delay or retrying.delay(1), None)
        elif attempts < retrying.attempts:
            log.warning("job %s %s failed %d times: %s", row.name, row.id, attempts, error_text(error))
            await self._postpone(row, attempts, retrying.delay(attempts), error_text(error))
        else:
            log.error("job %s %s is given up after %d failures", row.name, row.id, attempts, exc_info=error)
            await self._give_up(row, attempts, error)

    async def _postpone(self, row: _Row, attempts: int, delay: timedelta, error: str | None) -> None:
        due = moment_text(self._database.now() + delay)
        await self._endings.add(lambda connection: connection.run(_POSTPONE, (attempts, due, error, row.id)))

    async def _give_up(self, row: _Row, attempts: int, error: Exception) -> None:
        now, job = self._database.now(), Job(row.name, row.arguments, row.lane, row.account_sid)

        def ending(connection: Connection) -> None:
            connection.run(_DELETE, (row.id,))
            self._database.failed_jobs.add(connection, job, attempts, error_text(error), now)

        await self._endings.add(ending)

    async def _store(self, endings: list[_Ending]) -> list[None]:
        """Jobs that end while a commit is on its way share the next one."""

        def work(connection: Connection) -> list[None]:
            for ending in endings:
                ending(connection)
            return [None] * len(endings)

        return await self._database.transact(work, writes=True)


def _delete(row: _Row) -> _Ending:
    return lambda connection: connection.run(_DELETE, (row.id,))


def _look(connection: Connection, now: datetime, most: int, held_back: list[str]) -> tuple[list[_Row], datetime | None]:
    moment = moment_text(now)
    sql = _RUNNABLE.format(accounts=", ".join("?" * len(held_back)))
    rows = [
        _Row(number, name, orjson.loads(arguments), lane, attempts, account_sid)
        for number, name, arguments, lane, attempts, account_sid in connection.query(sql, (moment, *held_back, most))
    ]
    next_due = connection.query(_NEXT_DUE, (moment,))[0][0]
    return rows, None if next_due is None else datetime.fromisoformat(next_due)
