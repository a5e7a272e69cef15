"""One speech process and the requests it has been given."""

import asyncio
import contextlib
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callwright.speech.messages import LENGTH_BYTES, length_of, pack, unpack
from callwright.usecases.speaker import Clip, ClipFailed

_READY_WITHIN_S = 30.0
_STOPPED_WITHIN_S = 2.0


@dataclass
class Request:
    """A request, from the moment it is made until it is answered, across processes."""

    message: dict[str, Any]
    answer: asyncio.Future[Clip] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def request_id(self) -> int:
        identifier: int = self.message["id"]
        return identifier

    def fail(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(ClipFailed(reason))


class SpeechConnection:
    """A running speech process; made by `open_connection`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        waiting: dict[int, Request],
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._waiting = waiting
        self._working_on: int | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: Request) -> None:
        """Hand over a request; a process that is gone is noticed by `run`."""
        if not self._writer.is_closing():
            self._writer.write(pack(request.message))

    async def ready(self) -> None:
        """Wait until it can work. Raises ConnectionError when it died instead, TimeoutError."""
        async with asyncio.timeout(_READY_WITHIN_S):
            if await self._receive() is None:
                raise ConnectionError("the speech process ended while starting")

    async def run(self) -> int | None:
        """Settle requests until the process is gone; answers the request it was working on then."""
        while (message := await self._receive()) is not None:
            self._take(message)
        return self._working_on

    def _take(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._working_on = message["id"]
            return
        self._working_on = None
        request = self._waiting.pop(message["id"], None)
        if request is None or request.answer.done():
            return
        if "done" in message:
            path, duration_ms = message["done"]
            request.answer.set_result(Clip(path, duration_ms))
        else:
            request.fail(message["failed"])

    async def _receive(self) -> dict[str, Any] | None:
        try:
            head = await self._reader.readexactly(LENGTH_BYTES)
            return unpack(await self._reader.readexactly(length_of(head)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close(self) -> None:
        """Close the socket, which ends the process; kill it if it does not."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        try:
            async with asyncio.timeout(_STOPPED_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def open_connection(cache_dir: Path, waiting: dict[int, Request]) -> SpeechConnection:
    """Start a speech process that answers the requests in `waiting`. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "callwright.speech.process",
                "--socket", str(theirs.fileno()), "--cache", str(cache_dir),
                stdin=asyncio.subprocess.DEVNULL, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours)
    except BaseException:
        ours.close()
        raise
    return SpeechConnection(process, reader, writer, waiting)
