"""Reference: `python -m bench.smpp_loop PORT SECONDS WINDOW`, a raw client that submits and takes receipts.

It stores nothing, asks nobody and knows one message: what a bind can carry in Python at best. Prints receipts per
second.
"""

import asyncio
import subprocess
import sys
import time
from typing import Any

import uvloop

from bench.smsc import BIND_TRANSCEIVER, DELIVER_SM, HEADER, RESPONSE, SUBMIT_SM, frame

_BIND = b"bench\x00bench\x00\x00\x34\x00\x00\x00"
_SUBMIT = (
    b"\x00\x01\x0115553330001\x00\x01\x0115554440001\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00" + bytes([40]) + b"x" * 40
)


class Loop(asyncio.Protocol):
    """Keeps the window full until the time is up."""

    def __init__(self, seconds: float, window: int) -> None:
        self._seconds, self._window = seconds, window
        self._buffer, self._sequence, self.receipts = b"", 1, 0
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:  # uvloop's transport is no subclass of asyncio's
        self._transport = transport
        transport.write(frame(BIND_TRANSCEIVER, 1, _BIND))

    def data_received(self, data: bytes) -> None:
        buffer, answers = self._buffer + data, []
        while len(buffer) >= 16 and len(buffer) >= (length := int.from_bytes(buffer[:4])):
            _, command, _, sequence = HEADER.unpack_from(buffer)
            answers += self._answers(command, sequence)
            buffer = buffer[length:]
        self._buffer = buffer
        self._transport.write(b"".join(answers))

    def _answers(self, command: int, sequence: int) -> list[bytes]:
        if command == BIND_TRANSCEIVER | RESPONSE:
            self._began_s = time.monotonic()
            return [self._submit() for _ in range(self._window)]
        if command == DELIVER_SM:
            self.receipts += 1
            self._look_at_the_clock()
            return [frame(command | RESPONSE, sequence, b"\x00")]
        return [self._submit()] if command == SUBMIT_SM | RESPONSE else []

    def _submit(self) -> bytes:
        self._sequence += 1
        return frame(SUBMIT_SM, self._sequence, _SUBMIT)

    def _look_at_the_clock(self) -> None:
        passed_s = time.monotonic() - self._began_s
        if passed_s >= self._seconds and not self.done.done():
            self.done.set_result(self.receipts / passed_s)


async def main(port: int, seconds: float, window: int) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(lambda: Loop(seconds, window), "127.0.0.1", port)
    print(await protocol.done)
    transport.close()


def per_second(port: int, seconds: float, window: int) -> float:
    """Run it in a process of its own."""
    command = [sys.executable, "-m", "bench.smpp_loop", str(port), str(seconds), str(window)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 30)
    return float(done.stdout)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
