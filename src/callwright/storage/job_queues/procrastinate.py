"""The queue on PostgreSQL: procrastinate's tables and worker, deferred to inside our own transactions."""

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import procrastinate
import sqlalchemy as sa
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as ProcrastinateJob
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from procrastinate.worker import Worker

from callwright.storage.columns import json_in, moment_in, text_in
from callwright.storage.engine import Connection
from callwright.storage.job_queues.shares import Shares
from callwright.storage.jobs import WorkOrder, error_text
from callwright.storage.tables import meta
from callwright.usecases.jobs import RunAgain
from callwright.usecases.ports import Job

if TYPE_CHECKING:
    from callwright.storage.database import Database

log = logging.getLogger(__name__)

#: Accounts are spread over queues, as procrastinate passes over whole queues alone; the first is the server's own.
_QUEUE = "callwright"
_ACCOUNT_QUEUES = tuple(f"{_QUEUE}-{number}" for number in range(32))
#: While jobs are passed over, others are looked for that often.
_PASS_OVER_EVERY_S = 0.05
_LOOKS = 40
_TASK = "callwright.job"
_SCHEMA_VERSION = "procrastinate_schema"
_CONNECTIONS = 8
#: A worker says this often that it lives; one that has not for the longer time is dead, and its jobs run again.
_HEARTBEAT_S = 3.0
_DEAD_AFTER_S = 12.0
#: Jobs whose time comes (a back-off that ends) are seen this late at most; new ones are notified.
_POLLING_S = 0.5
_RESTART_PAUSE_S = 1.0

_DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(%s::varchar, %s::varchar, 0, %s::text, NULL, %s::jsonb,"
    " %s::timestamptz)::procrastinate_job_to_defer_v1])"
)
#: procrastinate counts every run as an attempt; one that asked to be run again has not failed.
_DO_NOT_COUNT = "UPDATE procrastinate_jobs SET attempts = attempts - 1 WHERE id = %s AND status = 'doing'"


#: procrastinate looks for earlier jobs of a lane by an index that begins with the id, which is all of it for each
#: job: with 2000 jobs waiting, fetching one took 80 ms without this index, and 5 ms (1 ms once analysed) with it.
_INDEX_LANES = (
    "CREATE INDEX IF NOT EXISTS ix_callwright_lanes ON procrastinate_jobs (lock, id) WHERE status IN ('todo', 'doing')"
)


def upgrade_schema(connection: sa.Connection) -> None:
    """Create procrastinate's tables, or apply the migrations its installed version has added since."""
    _upgrade_tables(connection)
    connection.execute(sa.text(_INDEX_LANES))


def _upgrade_tables(connection: sa.Connection) -> None:
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = scripts[-1].name
    present = connection.scalar(sa.select(meta.c.value).where(meta.c.name == _SCHEMA_VERSION))
    if present is None:
        _run_script(connection, SchemaManager.get_schema())
        connection.execute(sa.insert(meta).values(name=_SCHEMA_VERSION, value=newest))
        return
    for script in scripts:
        if script.name > present:
            _run_script(connection, script.read_text(encoding="utf-8"))
    if newest > present:
        connection.execute(sa.update(meta).where(meta.c.name == _SCHEMA_VERSION).values(value=newest))


def _run_script(connection: sa.Connection, script: str) -> None:
    """Several statements at once: on the driver itself, which takes them when there are no parameters."""
    cursor = connection.connection.cursor()
    cursor.execute(script)
    cursor.close()


class ProcrastinateQueue:
    """Implements JobQueue on PostgreSQL."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    def enqueue(self, connection: Connection, job: Job, due: datetime | None, now: datetime) -> None:
        # The arguments travel as text: jsonb would lose the order of keys, and refuses NUL.
        arguments = json_in({"name": text_in(job.name), "arguments": json_in(dict(job.arguments))})
        # What is due already goes without a date: PostgreSQL's clock may be behind ours.
        later = due if due is not None and due > now else None
        connection.query(_DEFER, (_queue_of(job.account_sid), _TASK, text_in(job.lane), arguments, moment_in(later)))

    def committed(self) -> None:
        """PostgreSQL itself notifies the workers, of all processes."""

    def worker(self, database: "Database", order: WorkOrder) -> "ProcrastinateWorker":
        return ProcrastinateWorker(self._conninfo, database, order)


def _queue_of(account_sid: str | None) -> str:
    return _QUEUE if account_sid is None else _ACCOUNT_QUEUES[zlib.crc32(account_sid.encode()) % len(_ACCOUNT_QUEUES)]


class _SharingJobManager(JobManager):
    """Fetches jobs only of queues that have not used up their share of the workers."""

    def __init__(self, connector: procrastinate.BaseConnector, workers: int) -> None:
        super().__init__(connector)
        self._workers = workers
        self._shares = Shares(workers)
        self._ended = asyncio.Event()
        self.is_stopping = False

    def begin(self) -> None:
        """No job runs now."""
        self._shares = Shares(self._workers)

    def end(self, queue: str) -> None:
        self._shares.end(_share_of(queue))
        self._ended.set()

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> ProcrastinateJob | None:
        """The next job. While some are passed over it does not soon answer that there are none: their turn may come.

        The worker would look again only at its next poll, and it sees that it is to stop only between two fetches.
        """
        for _ in range(_LOOKS):
            open_queues = [queue for queue in _ACCOUNT_QUEUES if self._shares.allows(queue)]
            passes_over = len(open_queues) < len(_ACCOUNT_QUEUES)
            self._ended.clear()
            job = await super().fetch_job([_QUEUE, *open_queues] if passes_over else None, worker_id)
            if job is not None:
                self._shares.start(_share_of(job.queue))
            if job is not None or not passes_over or self.is_stopping:
                return job
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PASS_OVER_EVERY_S):
                    await self._ended.wait()
        return None


def _share_of(queue: str) -> str | None:
    return None if queue == _QUEUE else queue


class _Later(Exception):
    """The job is to be run again after that delay."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay.total_seconds():.1f} s")
        self.delay = delay


class _RunLater(procrastinate.BaseRetryStrategy):
    """Everything is run again; giving up is decided where the job runs."""

    def get_retry_decision(
        self, *, exception: BaseException, job: ProcrastinateJob
    ) -> procrastinate.RetryDecision | None:
        delay = exception.delay if isinstance(exception, _Later) else timedelta()
        return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + delay)


class ProcrastinateWorker:
    """Implements JobWorker. procrastinate's worker ends when its connection does; it is started again then."""

    def __init__(self, conninfo: str, database: "Database", order: WorkOrder) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it tells two lines and a trace for each run
        self._database = database
        self._order = order
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=_CONNECTIONS)
        )
        self._jobs = _SharingJobManager(self._app.connector, order.concurrency)
        self._app.job_manager = self._jobs
        self._app.task(name=_TASK, queue=_QUEUE, pass_context=True, retry=_RunLater())(self._run)
        self._worker: Worker | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    async def start(self) -> None:
        await self._app.open_async()
        self._tasks = [
            asyncio.create_task(self._work(), name="jobs"),
            asyncio.create_task(self._rescue_regularly(), name="stalled jobs"),
        ]

    async def stop(self, timeout_s: float) -> None:
        self._is_stopping = self._jobs.is_stopping = True
        if not self._tasks:
            return
        work, rescue = self._tasks
        rescue.cancel()
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = timeout_s
            self._worker.stop()  # type: ignore[no-untyped-call]  # procrastinate annotates it only in part
        else:
            work.cancel()
        await asyncio.gather(work, rescue, return_exceptions=True)
        await self._app.close_async()

    async def _work(self) -> None:
        while not self._is_stopping:
            self._jobs.begin()
            self._worker = Worker(
                app=self._app,
                concurrency=self._order.concurrency,
                fetch_job_polling_interval=_POLLING_S,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=_HEARTBEAT_S,
                stalled_worker_timeout=_DEAD_AFTER_S,
            )
            try:
                await self._worker.run()  # type: ignore[no-untyped-call]  # as above
            except Exception:
                log.exception("the worker of the jobs ended; it is started again")
            self._worker = None
            if not self._is_stopping:
                await asyncio.sleep(_RESTART_PAUSE_S)

    async def _run(self, context: JobContext, name: str, arguments: str) -> None:
        """One job, as procrastinate calls it. Raises _Later when it is to run again."""
        try:
            await self._perform(context, name, arguments)
        finally:
            self._jobs.end(context.job.queue)

    async def _perform(self, context: JobContext, name: str, arguments: str) -> None:
        retrying = self._order.retrying_of(name)
        attempts = context.job.attempts + 1
        try:
            await self._order.perform(name, orjson.loads(arguments))
        except RunAgain as again:
            await self._do_not_count(context.job)
            raise _Later(again.delay or retrying.delay(1)) from None
        except asyncio.CancelledError:  # stopped in the middle: run again at the next start
            await self._do_not_count(context.job)
            raise
        except Exception as error:
            if attempts < retrying.attempts:
                log.warning("job %s %s failed %d times: %s", name, context.job.id, attempts, error_text(error))
                raise _Later(retrying.delay(attempts)) from error
            log.error("job %s %s is given up after %d failures", name, context.job.id, attempts, exc_info=error)
            await self._give_up(Job(name, orjson.loads(arguments), context.job.lock), attempts, error)

    async def _give_up(self, job: Job, attempts: int, error: Exception) -> None:
        now, text = self._database.now(), error_text(error)
        failed_jobs = self._database.failed_jobs
        await self._database.transact(
            lambda connection: failed_jobs.add(connection, job, attempts, text, now), writes=True
        )

    async def _do_not_count(self, job: ProcrastinateJob) -> None:
        await self._database.transact(lambda connection: connection.run(_DO_NOT_COUNT, (job.id,)), writes=True)

    async def _rescue_regularly(self) -> None:
        while True:
            try:
                await self._rescue()
            except Exception:
                log.exception("jobs of dead workers could not be looked for")
            await asyncio.sleep(_HEARTBEAT_S)

    async def _rescue(self) -> None:
        """Let the jobs of workers that died run again."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER_S):
            with contextlib.suppress(procrastinate.exceptions.ConnectorException):  # another node was quicker
                await manager.retry_job(job, retry_at=datetime.now(UTC))
                log.warning("job %s of a dead worker runs again", job.id)
