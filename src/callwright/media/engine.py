"""The packet engine: legs, their pacing, the orders they take. Single-threaded, without a loop of its own."""

import logging
import select
from collections.abc import Callable, Iterator
from typing import Any

from callwright.media.clips import ClipCache
from callwright.media.latch import Latch, Latching
from callwright.media.leg import TICK_MS, Leg
from callwright.media.programme import ClipItem, DigitsItem, send_format
from callwright.media.rtp_ports import PortsExhausted, RtpPorts

log = logging.getLogger(__name__)

_LARGEST_DATAGRAM = 2048
#: How many packets one leg may have read in one tick: 800 a second, sixteen times the usual. A flood
#: beyond that fills its own socket's buffer only.
_ROUNDS = 4
_TICKS_PER_S = 1000 // TICK_MS
_WITHOUT_LEG = ("open", "ping")


class Pacer:
    """Spreads legs over the ticks of their packet time, so that no tick has to serve all of them."""

    def __init__(self) -> None:
        self._wheels: dict[int, list[list[Leg]]] = {}

    def add(self, leg: Leg, ptime_ms: int) -> None:
        """Serve the leg every `ptime_ms` from now on, moving it when it has another pace already."""
        wheel = self._wheels.get(ptime_ms)
        if wheel is None:
            wheel = self._wheels[ptime_ms] = [[] for _ in range(ptime_ms // TICK_MS)]
        if leg.slot is None or not any(leg.slot is slot for slot in wheel):
            self.remove(leg)
            leg.slot = min(wheel, key=len)
            leg.slot.append(leg)

    def remove(self, leg: Leg) -> None:
        """Serve it no more."""
        if leg.slot is not None:
            leg.slot.remove(leg)
            leg.slot = None

    def due(self, tick: int) -> Iterator[list[Leg]]:
        """The legs to serve in that tick."""
        for wheel in self._wheels.values():
            yield wheel[tick % len(wheel)]


class Engine:
    """All legs of one media process.

    `order` takes the orders of messages.py and `tell` gets the events; `receive` and `tick` are called
    by the loop in process.py. Nothing here blocks longer than a file read.
    """

    def __init__(self, ports: RtpPorts, latching: Latching, silence_s: float, tell: Callable[..., None]) -> None:
        self.poll = select.epoll()
        self.legs: dict[str, Leg] = {}
        self._by_descriptor: dict[int, Leg] = {}
        self._ports = ports
        self._latching = latching
        self._silence_ticks = int(silence_s * _TICKS_PER_S)
        self._tell = tell
        self._clips = ClipCache()
        self._pacer = Pacer()
        self._tick = 0
        self._datagram = bytearray(_LARGEST_DATAGRAM)
        self._orders: dict[str, Callable[..., None]] = {
            "open": self._open,
            "connect": self._connect,
            "play": self._play,
            "digits": self._digits,
            "stop": self._stop,
            "close": self._close,
            "ping": self._ping,
        }

    def order(self, name: str, leg_id: str, *arguments: Any) -> None:
        """Carry out one order. Orders to a leg that was closed meanwhile do nothing."""
        if name in _WITHOUT_LEG or leg_id in self.legs:
            try:
                self._orders[name](leg_id, *arguments)
            except Exception:
                log.exception("order %s of leg %s", name, leg_id)

    def receive(self) -> None:
        """Read what has arrived on all sockets."""
        datagram, legs = self._datagram, self._by_descriptor
        for _ in range(_ROUNDS):
            ready = self.poll.poll(0)
            if not ready:
                return
            for descriptor, _mask in ready:
                leg = legs[descriptor]
                try:
                    length, source = leg.socket.recvfrom_into(datagram)
                except OSError:
                    continue  # an ICMP error of an earlier packet
                try:
                    leg.receive(datagram, length, source, self._tick)
                except Exception:
                    log.exception("packet from %s on port %s", source, leg.port)

    def tick(self) -> None:
        """Send what is due; called every 5 ms."""
        self._tick += 1
        for legs in self._pacer.due(self._tick):
            for leg in legs:
                try:
                    leg.send_frame()
                except Exception as problem:
                    # For one a disk that fails in the middle of a long clip: only this leg may suffer.
                    log.exception("RTP port %s", leg.port)
                    leg.give_up_current(str(problem))
        if self._tick % _TICKS_PER_S == 0:
            self._report_silence()

    def _report_silence(self) -> None:
        for leg_id, leg in self.legs.items():
            if not leg.is_silent and leg.form and self._tick - leg.heard_tick >= self._silence_ticks:
                leg.is_silent = True
                self._tell("silent", leg_id)

    def _open(self, leg_id: str) -> None:
        try:
            bound = self._ports.bind()
        except PortsExhausted as problem:
            self._tell("refused", leg_id, problem.strerror)
            return
        leg = Leg(bound, Latch(self._latching), self._teller(leg_id), self._tick)
        self.legs[leg_id] = self._by_descriptor[bound.fileno()] = leg
        self.poll.register(bound.fileno(), select.EPOLLIN)
        self._tell("opened", leg_id, bound.getsockname()[1])

    def _ping(self, leg_id: str) -> None:
        self._tell("pong", leg_id)

    def _teller(self, leg_id: str) -> Callable[..., None]:
        return lambda name, *arguments: self._tell(name, leg_id, *arguments)

    def _connect(self, leg_id: str, host: str, port: int, form: list[Any], sends: bool) -> None:
        leg, wanted = self.legs[leg_id], send_format(*form)
        leg.connect(host, port, wanted, sends, self._tick)
        self._pacer.add(leg, wanted.ptime_ms)

    def _play(self, leg_id: str, play_id: int, path: str) -> None:
        self.legs[leg_id].add(ClipItem(play_id, path, self._clips))

    def _digits(self, leg_id: str, play_id: int, digits: str) -> None:
        self.legs[leg_id].add(DigitsItem(play_id, digits))

    def _stop(self, leg_id: str, play_id: int) -> None:
        self.legs[leg_id].stop(play_id)

    def _close(self, leg_id: str) -> None:
        leg = self.legs.pop(leg_id)
        self._pacer.remove(leg)
        self.poll.unregister(leg.socket.fileno())
        del self._by_descriptor[leg.socket.fileno()]
        leg.socket.close()
        self._ports.release(leg.port)
        self._tell("closed", leg_id, leg.statistics())
