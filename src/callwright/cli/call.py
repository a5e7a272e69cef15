"""`callwright call`: a real SIP phone that calls the running server."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from callwright.cli.connection import reachable, running_server
from callwright.cli.failure import CommandFailed
from callwright.cli.settings import read_settings
from callwright.config import parse_host_port

if TYPE_CHECKING:
    from callwright.voice.phone import Phone, PhoneCall

_METER_WIDTH = 40
_METER_FLOOR_DBFS = -60.0
_REFRESH_S = 0.1
_NOT_ANSWERED = 3


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    to: str
    from_number: str
    digits: str
    record: Path | None
    ring_s: float
    hang_up_after_s: float | None


def call(
    to: Annotated[str, typer.Argument(metavar="TO", help="The number to call.")],
    from_number: Annotated[
        str, typer.Option("--from", metavar="NUMBER", help="The number that calls.")
    ] = "+15555550199",
    digits: Annotated[
        str, typer.Option(metavar="KEYS", help="Keys to press once it is answered; w waits half a second.")
    ] = "",
    record: Annotated[Path | None, typer.Option(metavar="FILE.wav", help="Keep what is heard.")] = None,
    server: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="SIP address [that of the server on --data].")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to let it ring.")] = 60,
    hang_up_after: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="End it so long after the answer.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Data directory of the running server [data].")] = None,
) -> None:
    """Call a number of the running server, as any SIP phone would. Ctrl-C hangs up.

    Ends with 0 when the call was answered, 3 when it was not.
    """
    _check_digits(digits)
    _check_place(record)
    wish = Wish("".join(to.split()), from_number, digits, record, timeout, hang_up_after)
    raise typer.Exit(asyncio.run(_call(wish, server, data)))


def _check_digits(digits: str) -> None:
    from callwright.wire.dtmf import check_digits
    from callwright.wire.error import WireError

    try:
        check_digits(digits)
    except WireError as error:
        raise CommandFailed(f"--digits: {error}", 2) from error


def _check_place(record: Path | None) -> None:
    """A recording that cannot be written is told before the call, not after it."""
    if record is None:
        return
    if not record.parent.is_dir():
        raise CommandFailed(f"--record: there is no directory {record.parent}", 2)
    if record.is_dir() or not os.access(record if record.exists() else record.parent, os.W_OK):
        raise CommandFailed(f"--record: {record} cannot be written; name another file", 2)


async def _call(wish: Wish, server: str | None, data: Path | None) -> int:
    from callwright.voice.phone import Phone, local_host_toward

    address = await _sip_address(server, data)
    try:
        host = local_host_toward(address)
    except OSError as error:
        raise CommandFailed(f"there is no way to {address[0]}: {error.strerror}") from error
    async with Phone(host) as phone:
        return await _Conversation(phone, address, wish).run()


async def _sip_address(server: str | None, data: Path | None) -> tuple[str, int]:
    """The numeric address of the server's SIP side."""
    if server is None:
        directory = read_settings(data=data).data
        running = running_server(directory)
        if running is None:
            raise CommandFailed(
                f"no server runs on the data directory {directory}. Start one with `callwright serve`, "
                "or say where one is: --data DIR or --server HOST:PORT."
            )
        server = reachable(running["sip"])
    try:
        host, port = parse_host_port(server)
    except ValueError as error:
        raise CommandFailed(f"--server: {error}", 2) from error
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise CommandFailed(f"--server: {host!r} is not known: {error.strerror}") from error
    return str(found[0][4][0]), port


class _Conversation:
    """One call at the terminal, from the first ring to the last line."""

    def __init__(self, phone: "Phone", address: tuple[str, int], wish: Wish) -> None:
        self._phone = phone
        self._address = address
        self._wish = wish
        self._console = Console(highlight=False, soft_wrap=True)
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """The exit code."""
        from callwright.voice.phone import CallRejected

        self._say(f"Calling {self._wish.to} at {self._address[0]}:{self._address[1]} …")
        with _on_ctrl_c(self._stopping):
            try:
                call = await self._phone.call(self._wish.to, self._address, from_number=self._wish.from_number)
                await self._wait_for_answer(call)
            except CallRejected as rejected:
                self._say(f"Not answered: {_explained(rejected.status, str(rejected), self._address)}")
                return _NOT_ANSWERED
            except ValueError as error:
                numbers = f"{self._wish.to!r} cannot be called from {self._wish.from_number!r}"
                raise CommandFailed(f"{numbers}: {error}", 2) from error
            self._say("Answered.")
            await self._talk(call)
        return self._finish(call)

    async def _wait_for_answer(self, call: "PhoneCall") -> None:
        answering = asyncio.ensure_future(call.answered(self._wish.ring_s))
        telling = asyncio.ensure_future(self._tell_ringing(call))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([answering, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                await call.hang_up()
            await answering
        finally:
            telling.cancel()
            stopping.cancel()

    async def _tell_ringing(self, call: "PhoneCall") -> None:
        await call.ringing()
        self._say("Ringing …")

    async def _talk(self, call: "PhoneCall") -> None:
        tasks: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._show_level(call)),
            asyncio.ensure_future(self._stopping.wait()),
        ]
        if self._wish.hang_up_after_s is not None:
            tasks.append(asyncio.ensure_future(asyncio.sleep(self._wish.hang_up_after_s)))
        dialling = asyncio.ensure_future(self._dial(call))
        try:
            await asyncio.wait([call.ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, dialling):
                task.cancel()
            results = await asyncio.gather(*tasks, dialling, return_exceptions=True)
            await call.hang_up()
        for result in results:
            if isinstance(result, Exception):
                raise CommandFailed(str(result)) from result

    async def _dial(self, call: "PhoneCall") -> None:
        if self._wish.digits:
            await call.send_digits(self._wish.digits)
            self._say(f"Pressed {self._wish.digits}.")

    async def _show_level(self, call: "PhoneCall") -> None:
        if not self._console.is_terminal:
            await asyncio.Event().wait()
        with Live(console=self._console, transient=True, auto_refresh=False) as live:
            while True:
                live.update(_meter(call.duration_s, call.audio.level_dbfs), refresh=True)
                await asyncio.sleep(_REFRESH_S)

    def _finish(self, call: "PhoneCall") -> int:
        statistics = call.audio.statistics
        by = {"remote": "the other side hung up", "timeout": "the other side is gone"}
        ended = call.ended.result().by if call.is_over else "local"
        self._say(f"Ended: 200 OK, {call.duration_s:.1f} s, {by.get(ended, 'hung up')}.")
        self._say(
            f"Heard {statistics.packets_received} packets, {statistics.packets_lost} lost, "
            f"longest gap {statistics.longest_gap_ms:.0f} ms."
        )
        if self._wish.record:
            try:
                call.audio.recording.write_wav(self._wish.record)
            except OSError as error:
                raise CommandFailed(f"{self._wish.record} cannot be written: {error.strerror}") from error
            self._say(f"Recorded {call.audio.recording.duration_s:.1f} s to {self._wish.record}.")
        return 0

    def _say(self, line: str) -> None:
        self._console.print(Text(line))


def _meter(duration_s: float, level_dbfs: float) -> Text:
    full = (1 - level_dbfs / _METER_FLOOR_DBFS) * _METER_WIDTH
    bar = "█" * max(0, min(_METER_WIDTH, round(full)))
    level = f"{level_dbfs:6.1f} dBFS" if level_dbfs > _METER_FLOOR_DBFS else "    silence"
    return Text.assemble(f"{duration_s:6.1f} s ", (bar.ljust(_METER_WIDTH, "·"), "green"), f" {level}")


def _explained(status: int, answer: str, address: tuple[str, int]) -> str:
    """The SIP answer and, where there is one, what to do about it."""
    advice = {
        403: "no trunk allows calls from this address: `callwright trunks add NAME --allow CIDR`",
        404: "there is no such number, or its web app rejected the call: `callwright numbers list`",
        480: "the number has no web app, or that failed: `callwright numbers show NUMBER`, "
        "and the Notifications of the call",
        408: f"if it did not even ring, no SIP server listens on {address[0]}:{address[1]}",
    }.get(status)
    return f"{answer}; {advice}" if advice else answer


@contextlib.contextmanager
def _on_ctrl_c(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stopping.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
