"""Run a server: start everything in order, tell where it is, stop everything in order."""

import asyncio
import contextlib
import fcntl
import gc
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import structlog
import uvloop
from starlette.types import ASGIApp

from callwright.config import Settings
from callwright.messaging.kinds import CarrierKinds
from callwright.model.actor import SERVER
from callwright.registry import load_all
from callwright.server.announcement import announce
from callwright.server.first_start import SERVER_FILE, Start, prepare, write_private
from callwright.server.http import HttpServer, PortInUse, build_http, listen
from callwright.server.logs import configure_logs
from callwright.server.messaging import MessagingSide
from callwright.server.secret_box import open_secret_box
from callwright.server.stop_guard import StopGuard
from callwright.server.voice import VoiceSide
from callwright.storage.database import Database, open_database, postgresql_conninfo
from callwright.storage.exchange_log import ExchangeLog
from callwright.storage.media_store import FileMediaStore
from callwright.storage.node_lock import NodeLock, node_held
from callwright.usecases.end_dead_calls import end_dead_calls
from callwright.usecases.event_log import EventLog
from callwright.usecases.jobs import HANDLERS
from callwright.usecases.ports import Ports
from callwright.voice.live_calls import LocalCalls
from callwright.webhooks.client import WebhookClient
from callwright.webhooks.offline import NoWebhooks

log = structlog.get_logger()

_JOBS_STOP_S = 1.5
#: A stop may take that much longer than `shutdown_s`, and threads that still work after it that long.
_STOP_GRACE_S = 4.0
_THREADS_S = 2.0


class StartFailed(Exception):
    """The server cannot start; the text names the cause and the fix."""


def _now() -> datetime:
    return datetime.now(UTC)


class Server:
    """Everything of one server process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        load_all("callwright.usecases")
        self.settings = settings
        self.database = database
        self.calls = LocalCalls()
        self.exchanges = ExchangeLog(database)
        self.webhooks = WebhookClient(
            egress_policy=settings.egress_policy,
            verify_certificates=settings.verify_webhook_certificates,
            record_exchange=self.exchanges.record,
            # The demo's web app lives on our own port, also when the egress guard is strict.
            exempt=[settings.own_http_address] if settings.demo else [],
        )
        secrets = open_secret_box(settings)
        self.events = EventLog(f"{int(_now().timestamp() * 1000):x}")
        database.observe(self.events.add)
        self.messaging = MessagingSide(settings, database, self.webhooks, secrets)
        self.ports = Ports(
            storage=database,
            webhooks=self.webhooks,
            live_calls=self.calls,
            carriers=self.messaging.connections,
            secrets=secrets,
            media=FileMediaStore(settings.data / "media"),
            settings=settings,
            now=_now,
            sleep=asyncio.sleep,
            events=self.events,
        )
        self.voice = VoiceSide(settings, self.ports, self.calls)
        self.worker = database.worker(HANDLERS, self.ports)
        self._is_working = False
        self._undo: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Start all parts; whatever fails, what had started is stopped again."""
        listener = listen(self.settings.http, "--http")
        self.http = HttpServer(build_http(self.ports, self.health, self.messaging.connections.link_of), listener)
        try:
            await self._start_parts()
        except BaseException:
            await self._stop_parts()
            listener.close()
            raise

    async def _start_parts(self) -> None:
        ended = await self.database.write(lambda unit: end_dead_calls(unit, self.settings.node), SERVER)
        if ended:
            log.warning("calls of the last run were ended", calls=ended)
        await self._start(self.exchanges.start, self.exchanges.close)
        await self._start(self.webhooks.start, self.webhooks.close)
        self._undo.append(self.voice.stop)
        await self.voice.start()
        # The HTTP side first: the demo's web app is asked as soon as the first queued job runs.
        await self._start(self.http.start, self.http.stop)
        await self._start(self.worker.start, lambda: self.worker.stop(_JOBS_STOP_S))
        # Undone first: calls and messages end while web apps and jobs still work, so that their final callbacks
        # can go out.
        self._undo.append(self._end_traffic)
        await self.messaging.start()
        self._is_working = True

    async def _start(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        await start()
        self._undo.append(stop)

    async def _end_traffic(self) -> None:
        timeout_s = max(self.settings.shutdown_s - 2 * _JOBS_STOP_S, self.settings.shutdown_s / 2)
        await asyncio.gather(self.voice.end_calls(timeout_s), self.messaging.stop(timeout_s))

    async def stop(self) -> None:
        """No new calls and messages, live calls told goodbye, carriers' answers awaited, all rows of calls final.

        It takes `shutdown_s` and a little at most.
        """
        self._is_working = False
        self.events.close()  # open streams would keep the HTTP side from stopping
        await self._stop_parts()

    async def _stop_parts(self) -> None:
        while self._undo:
            stop = self._undo.pop()
            try:
                async with asyncio.timeout(self.settings.shutdown_s):
                    await stop()
            except Exception:
                log.exception("a part did not stop cleanly")

    def health(self) -> dict[str, bool]:
        """Which parts work; the answer of /healthz."""
        parts = {"storage": self.database.is_open, "jobs": self._is_working}
        return {**parts, **self.voice.health(), **self.messaging.health()}


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. What keeps it from starting is told on stderr."""
    configure_logs(settings.log_level)
    os.umask(0o077)
    _allow_all_file_handles()
    try:
        with _only_server_on(settings.data):
            database = open_database(settings)
            try:
                with node_held(postgresql_conninfo(settings), settings.node) as node:
                    start = prepare(database, settings)
                    uvloop.run(_serve(settings, database, start, node))
                    return 1 if node is not None and node.is_lost else 0
            finally:
                database.close()
    except (StartFailed, PortInUse, OSError, ValueError, RuntimeError) as error:
        print(f"callwright: cannot start: {error}", file=sys.stderr)
        return 1


def _allow_all_file_handles() -> None:
    """Every connection is a file handle; the soft limit of 1024 that systems start with is soon used up."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: Settings, database: Database, start: Start, node: NodeLock | None) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if node is not None:
        node.tell_when_lost(lambda: _from_any_thread(loop, stopping.set))
    guard = StopGuard()
    server = Server(settings, database)
    await server.start()
    place = settings.data / SERVER_FILE
    write_private(
        place,
        {"pid": os.getpid(), "http": settings.http, "sip": settings.sip, "base_url": settings.base_url},
    )
    announce(settings, start)
    # What is there by now stays: the collector need not walk all of it, with everybody waiting, over and over.
    gc.freeze()
    try:
        await stopping.wait()
        log.info("stopping", live_calls=len(server.calls))
    finally:
        guard.limit(settings.shutdown_s + _STOP_GRACE_S, status=1)
        place.unlink(missing_ok=True)
        await server.stop()
        guard.limit(_THREADS_S, status=1 if node is not None and node.is_lost else 0)


def _from_any_thread(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: it has stopped already
        loop.call_soon_threadsafe(callback)


@contextlib.contextmanager
def _only_server_on(data: Path) -> Iterator[None]:
    """Hold the data directory's lock: two servers on one SQLite would run every job twice."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data / "server.lock").open("w")
    except OSError as error:
        message = f"the data directory {data} cannot be used: {error.strerror}; choose another with --data"
        raise StartFailed(message) from error
    with lock:
        _lock(lock, data)
        yield


def _lock(lock: TextIO, data: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another server runs on the data directory {data}; stop it, or choose another directory with --data"
        raise StartFailed(message) from error


def build_offline_app(settings: Settings) -> tuple[ASGIApp, Database]:
    """The HTTP side on the data alone, for the command line while no server runs. Live calls cannot be ordered."""
    load_all("callwright.usecases")
    database = open_database(settings)
    prepare(database, settings)
    ports = Ports(
        storage=database,
        webhooks=NoWebhooks(),
        live_calls=LocalCalls(),
        carriers=CarrierKinds(),
        secrets=open_secret_box(settings),
        media=FileMediaStore(settings.data / "media"),
        settings=settings,
        now=_now,
        sleep=asyncio.sleep,
    )
    return build_http(ports, lambda: {"storage": True}), database
