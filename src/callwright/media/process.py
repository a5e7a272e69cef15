"""The media process: packets and nothing else.

`python -m callwright.media.process --socket-fd N --host H --ports LOW-HIGH`; N is one end of a Unix
stream socket that carries orders and events (messages.py). It ends when the other end closes.
"""

import argparse
import contextlib
import gc
import logging
import os
import resource
import select
import signal
import socket
import time
from typing import Any

from callwright.media.engine import Engine
from callwright.media.leg import TICK_MS
from callwright.media.messages import MessageReader, pack_message
from callwright.media.rtp_ports import RtpPorts
from callwright.wire.codec import all_codecs

_TICK_S = TICK_MS / 1000
#: After a stall at most this many ticks are made up for (two packets a leg); the rest of the time is
#: let go: a burst would only overrun the peer's jitter buffer.
_MOST_TICKS_AT_ONCE = 8
_COLLECT_EVERY_S = 60.0
_NICENESS = -10


class ControlClosed(Exception):
    """The server is gone: so is the media process."""


class Control:
    """Our end of the control socket."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        self._socket = connected
        self._reader = MessageReader()
        self._unsent = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def orders(self) -> list[list[Any]]:
        """Orders that have arrived; raises ControlClosed."""
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except OSError as problem:
            raise ControlClosed from problem
        if not data:
            raise ControlClosed
        return list(self._reader.feed(data))

    def tell(self, name: str, leg_id: str, *arguments: Any) -> None:
        """Send an event with the next flush."""
        self._unsent += pack_message(name, leg_id, *arguments)

    def flush(self) -> bool:
        """Send what the socket takes; False when something is left."""
        if self._unsent:
            try:
                del self._unsent[: self._socket.send(self._unsent)]
            except BlockingIOError:
                pass
            except OSError as problem:
                raise ControlClosed from problem
        return not self._unsent


def run(control: Control, engine: Engine) -> None:
    """Serve until the control socket closes (ControlClosed): all from one absolute 5 ms timer."""
    idle = select.poll()
    idle.register(control.fileno(), select.POLLIN)
    next_tick_s = collected_s = time.monotonic()
    while True:
        if not engine.legs:
            # Nothing to pace: sleep until an order comes, after clearing up.
            gc.collect()
            idle.poll(None if control.flush() else 50)
            next_tick_s = collected_s = time.monotonic()
        elif (wait_s := next_tick_s - time.monotonic()) > 0:
            time.sleep(wait_s)
        for order in control.orders():
            engine.order(*order)
        engine.receive()
        next_tick_s = _tick(engine, next_tick_s)
        control.flush()
        if next_tick_s - collected_s > _COLLECT_EVERY_S:
            collected_s = next_tick_s
            gc.collect()


def _tick(engine: Engine, next_tick_s: float) -> float:
    """Do the ticks that are due; answers when the next one is."""
    for _ in range(_MOST_TICKS_AT_ONCE):
        now_s = time.monotonic()
        if next_tick_s > now_s:
            return next_tick_s
        engine.tick()
        next_tick_s += _TICK_S
    return max(next_tick_s, time.monotonic())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="callwright.media.process", description=__doc__)
    parser.add_argument("--socket-fd", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--ports", required=True, help="LOW-HIGH, both included")
    parser.add_argument("--latching", choices=["off", "same-host", "nat"], default="same-host")
    parser.add_argument("--silence-s", type=float, default=30.0)
    return parser.parse_args()


def main() -> None:
    """Set the process up and serve."""
    arguments = _arguments()
    logging.basicConfig(format="media process %(process)d: %(message)s")
    # Ctrl-C reaches every process of the terminal, and service managers send SIGTERM to all of a service:
    # the server says goodbye to its calls first, then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Packets have deadlines, nothing else here has; without the right to it, all are equal.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    low, _, high = arguments.ports.partition("-")
    control = Control(socket.socket(fileno=arguments.socket_fd))
    ports = RtpPorts(arguments.host, int(low), int(high))
    engine = Engine(ports, arguments.latching, arguments.silence_s, control.tell)
    all_codecs()
    # A collection in the middle of a tick would be heard; `run` collects between ticks, and what was
    # made until here stays for good.
    gc.disable()
    gc.freeze()
    control.tell("ready", "")
    with contextlib.suppress(ControlClosed):
        run(control, engine)


if __name__ == "__main__":
    main()
