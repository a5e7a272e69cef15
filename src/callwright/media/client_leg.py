"""One leg as call sessions see it (the MediaLeg of voice/ports.py)."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from callwright.usecases.media_plane import LegFormat, MediaGone, NoPortLeft
from callwright.usecases.speaker import Clip, ClipFailed
from callwright.wire.dtmf import check_digits
from callwright.wire.error import WireError

_CLOSE_S = 1.0

#: Sends one order (name, leg id, arguments); raises MediaGone when the process died.
Order = Callable[..., None]


@dataclass(frozen=True)
class LegStatistics:
    """What a leg did, told when it closes. `refused` packets were no RTP or came from a stranger."""

    packets_sent: int
    packets_received: int
    packets_lost: int
    packets_refused: int
    send_errors: int
    jitter_ms: float


class ClientLeg:
    """One RTP stream pair. All methods but `close` raise MediaGone once the process died."""

    def __init__(self, leg_id: str, ip_version: int, order: Order, forget: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        self.leg_id = leg_id
        self.local_port = 0
        #: None until the leg was closed in order.
        self.statistics: LegStatistics | None = None
        self._ip_version = ip_version
        self._order = order
        self._forget = forget
        self._play_ids = count(1)
        self._plays: dict[int, asyncio.Future[None]] = {}
        self._digits: asyncio.Queue[str | None] = asyncio.Queue()
        self._silent = asyncio.Event()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._opened: asyncio.Future[int] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._is_closing = False

    async def open(self) -> None:
        """Have the port bound; raises NoPortLeft or MediaGone."""
        self._order("open", self.leg_id)
        self.local_port = await self._opened

    async def connect(self, host: str, port: int, form: LegFormat, *, sends: bool = True) -> None:
        """Where to send and in which format; again after a re-INVITE. `sends` False while held.

        Raises WireError for what is no unicast address (of our IP version) and port: names are never resolved.
        0.0.0.0, the hold of RFC 2543, sends nothing.
        """
        address = _checked_address(host, port)
        if address.version != self._ip_version:
            raise WireError(f"{host} cannot be reached from IPv{self._ip_version}")
        sends = sends and not address.is_unspecified
        wanted = [form.codec, form.payload_type, form.dtmf_payload_type, form.ptime_ms]
        self._order("connect", self.leg_id, str(address), port, wanted, sends)

    async def play(self, clip: Clip) -> None:
        """Play once, after what plays already; returns when the last sample was sent.

        Raises ClipFailed when the file is not there. Cancelling stops the sound within 20 ms.
        """
        await self._run("play", str(clip.path))

    async def send_digits(self, digits: str) -> None:
        """Send RFC 4733 events (100 ms each, 100 ms apart), or tones to a peer that takes none.

        `w` waits 500 ms, `W` 1 s. Raises WireError for other characters. Cancellable.
        """
        check_digits(digits)
        await self._run("digits", digits)

    async def next_digit(self) -> str:
        """The next DTMF key received (RFC 4733), in order, each once."""
        digit = await self._digits.get()
        if digit is None:
            self._digits.put_nowait(None)  # for whoever asks next
            raise MediaGone("the media stream has ended")
        return digit

    async def became_silent(self) -> None:
        """Returns when nothing was received for the configured time (30 s), once each time that happens.

        What to do about it is the session's decision: a held peer is silent rightly.
        """
        await self._silent.wait()
        self._silent.clear()

    @property
    def gone(self) -> Awaitable[None]:
        """Resolves when the media process died."""
        return asyncio.shield(self._gone)

    async def close(self) -> None:
        """Free the port. Safe to call twice and after the process died."""
        if not self._is_closing:
            self._is_closing = True
            with contextlib.suppress(MediaGone):
                self._order("close", self.leg_id)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._closed), _CLOSE_S)
        self._end(MediaGone("the leg was closed"))

    async def _run(self, name: str, argument: str) -> None:
        play_id = next(self._play_ids)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order(name, self.leg_id, play_id, argument)
        self._plays[play_id] = done
        try:
            await done
        except asyncio.CancelledError:
            with contextlib.suppress(MediaGone):
                self._order("stop", self.leg_id, play_id)
            raise
        finally:
            self._plays.pop(play_id, None)

    # Events of the process: one method each, called by name ----------------------------------------

    def on_opened(self, port: int) -> None:
        _resolve(self._opened, port)

    def on_refused(self, text: str) -> None:
        _fail(self._opened, NoPortLeft(text))
        self._end(MediaGone("the leg never opened"))

    def on_finished(self, play_id: int) -> None:
        if play_id in self._plays:
            _resolve(self._plays[play_id], None)

    def on_failed(self, play_id: int, text: str) -> None:
        if play_id in self._plays:
            _fail(self._plays[play_id], ClipFailed(text))

    def on_digit(self, key: str) -> None:
        self._digits.put_nowait(key)

    def on_silent(self) -> None:
        self._silent.set()

    def on_closed(self, statistics: dict[str, Any]) -> None:
        self.statistics = LegStatistics(**statistics)
        _resolve(self._closed, None)

    def on_process_death(self) -> None:
        """Not an event of the process, for a good reason."""
        gone = MediaGone("the media process died")
        _resolve(self._gone, None)
        _fail(self._opened, gone)
        self._end(gone)

    def _end(self, reason: MediaGone) -> None:
        """Nothing comes any more: wake up all who wait."""
        self._forget(self.leg_id)
        _resolve(self._closed, None)
        for done in self._plays.values():
            _fail(done, reason)
        self._digits.put_nowait(None)


def _checked_address(host: str, port: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(host)
    except ValueError as problem:
        raise WireError(f"{host!r} is no IP address") from problem
    if address.is_multicast or str(address) == "255.255.255.255":
        raise WireError(f"{host} is no unicast address")
    if not 0 < port < 65536:
        raise WireError(f"{port} is no UDP port")
    return address


def _resolve(future: "asyncio.Future[Any]", value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: "asyncio.Future[Any]", problem: Exception) -> None:
    if not future.done():
        future.set_exception(problem)
        future.exception()  # nobody may be waiting any more: that is no error of its own
