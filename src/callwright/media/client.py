"""The media process as the server sees it: started, supervised, and restarted when it dies."""

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import sys
from itertools import count
from typing import Any, cast

from callwright.media.client_leg import ClientLeg
from callwright.media.latch import Latching
from callwright.media.messages import MessageReader, pack_message
from callwright.usecases.media_plane import MediaGone
from callwright.wire.error import WireError

log = logging.getLogger(__name__)

_START_S = 20.0
_STOP_S = 2.0
_BACK_OFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
#: A process that lived this long was well: the next restart is immediate again.
_WELL_AFTER_S = 10.0
_PING_EVERY_S = 2.0
#: A process that answers nothing for this long is stuck: killed, so that its calls end rather than hang.
_STUCK_AFTER_S = 10.0


class MediaClient:
    """The media plane of one server (the MediaPlane of voice/ports.py).

    `host` is the address that RTP ports are bound on, `port_range` the lowest and the highest of them.
    When the process dies its legs are gone (their pending plays raise MediaGone) and it is started
    again, at once the first time, with growing pauses when it keeps dying.
    """

    def __init__(
        self,
        host: str,
        port_range: tuple[int, int],
        *,
        latching: Latching = "same-host",
        silence_s: float = 30.0,
        stuck_after_s: float = _STUCK_AFTER_S,
    ) -> None:
        self._ip_version = ipaddress.ip_address(host).version
        self._stuck_after_s = stuck_after_s
        self._arguments = [
            "--host",
            host,
            "--ports",
            f"{port_range[0]}-{port_range[1]}",
            "--latching",
            latching,
            "--silence-s",
            str(silence_s),
        ]
        self._leg_ids = count(1)
        self._connection: _Connection | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._restarts = 0

    @property
    def is_running(self) -> bool:
        """Whether calls can have legs now."""
        return self._connection is not None and self._connection.is_ready

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def restarts(self) -> int:
        """How often the process had to be started again."""
        return self._restarts

    async def start(self) -> None:
        """Start the process; returns when it takes orders. Raises MediaGone when it does not get there."""
        await self._launch()
        self._supervisor = asyncio.create_task(self._supervise(), name="media supervisor")

    async def stop(self) -> None:
        """End the process and with it all legs."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        await self._end_process()

    async def open_leg(self) -> ClientLeg:
        """Bind an RTP port; raises MediaGone when no media process runs, NoPortLeft when all are in use."""
        connection = self._connection
        if connection is None or not connection.is_ready:
            raise MediaGone("the media process is not running")
        leg = ClientLeg(f"m{next(self._leg_ids)}", self._ip_version, connection.order, connection.forget)
        connection.legs[leg.leg_id] = leg
        try:
            await leg.open()
        except asyncio.CancelledError:
            connection.forget(leg.leg_id)
            with contextlib.suppress(MediaGone):
                connection.order("close", leg.leg_id)
            raise
        return leg

    async def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                # -P: whatever lies in the current directory is not imported.
                *(sys.executable, "-P", "-m", "callwright.media.process"),
                *("--socket-fd", str(theirs.fileno()), *self._arguments),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        loop = asyncio.get_running_loop()
        _, self._connection = await loop.create_unix_connection(_Connection, sock=ours)
        try:
            await asyncio.wait_for(asyncio.shield(self._connection.ready), _START_S)
        except (TimeoutError, MediaGone) as problem:
            await self._end_process()
            raise MediaGone("the media process did not start") from problem

    async def _supervise(self) -> None:
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            started_s = loop.time()
            if self._connection is not None:
                await self._watch(self._connection)
            status = await self._end_process()
            failures = 0 if loop.time() - started_s > _WELL_AFTER_S else failures
            pause_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
            log.error("the media process ended with status %s; starting it again in %s s", status, pause_s)
            await asyncio.sleep(pause_s)
            failures += 1
            self._restarts += 1
            try:
                await self._launch()
            except (MediaGone, OSError) as problem:
                log.error("the media process cannot be started: %s", problem)  # the text says all

    async def _watch(self, connection: "_Connection") -> None:
        """Returns when the process died or is stuck."""
        answered_s = asyncio.get_running_loop().time()
        while not connection.lost.done():
            connection.ponged.clear()
            with contextlib.suppress(MediaGone):
                connection.order("ping", "")
            await asyncio.wait([connection.lost], timeout=min(_PING_EVERY_S, self._stuck_after_s))
            now_s = asyncio.get_running_loop().time()
            if connection.ponged.is_set():
                answered_s = now_s
            elif now_s - answered_s >= self._stuck_after_s:
                log.error("the media process %s is stuck", self.pid)
                return

    async def _end_process(self) -> int | None:
        """Close the control socket, which ends the process, and see that it does."""
        connection, process = self._connection, self._process
        self._connection = self._process = None
        if connection is not None:
            connection.close()
        if process is None:
            return None
        try:
            return await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            return await process.wait()


class _Connection(asyncio.Protocol):
    """The control socket to one process, and the legs in it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.legs: dict[str, ClientLeg] = {}
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.ponged = asyncio.Event()
        self._reader = MessageReader()
        self._transport: asyncio.Transport | None = None

    @property
    def is_ready(self) -> bool:
        return self.ready.done() and self.ready.exception() is None and not self.lost.done()

    def order(self, name: str, leg_id: str, *arguments: Any) -> None:
        if self._transport is None or self.lost.done() or self._transport.is_closing():
            raise MediaGone("the media process died")
        self._transport.write(pack_message(name, leg_id, *arguments))

    def forget(self, leg_id: str) -> None:
        self.legs.pop(leg_id, None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        try:
            for name, leg_id, *arguments in self._reader.feed(data):
                if name == "ready":
                    self.ready.set_result(None)
                elif name == "pong":
                    self.ponged.set()
                elif leg_id in self.legs:
                    getattr(self.legs[leg_id], f"on_{name}")(*arguments)
        except WireError:
            log.exception("media process out of step")
            self.close()

    def connection_lost(self, problem: Exception | None) -> None:
        if self.lost.done():
            return
        self.lost.set_result(None)
        if not self.ready.done():
            self.ready.set_exception(MediaGone("the media process died while starting"))
            self.ready.exception()
        for leg in list(self.legs.values()):
            leg.on_process_death()
