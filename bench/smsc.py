"""A bare SMSC for bench runs: `python -m bench.smsc PORT`. Accepts all, sends each message's receipt at once.

Frames are put together with struct (SMPP 3.4, sections 4 and 5), so that it shares nothing with the product's client.
"""

import asyncio
import struct
import sys
from itertools import count
from typing import Any

import uvloop

HEADER = struct.Struct(">IIII")
BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, ENQUIRE_LINK, UNBIND = 0x09, 0x04, 0x05, 0x15, 0x06
RESPONSE = 0x80000000


def frame(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def receipt(message_id: bytes, source: bytes, destination: bytes) -> bytes:
    """The body of a deliver_sm with a delivery receipt."""
    dates = b"submit date:2611231200 done date:2611231200"
    text = b"id:" + message_id + b" sub:001 dlvrd:001 " + dates + b" stat:DELIVRD err:000 text:"
    start = b"\x00" + b"\x01\x01" + destination + b"\x00" + b"\x01\x01" + source + b"\x00"
    return start + b"\x04\x00\x00" + b"\x00\x00" + b"\x00\x00\x00\x00" + bytes([len(text)]) + text


class Smsc(asyncio.Protocol):
    """One bind."""

    numbers = count(1)

    def connection_made(self, transport: Any) -> None:  # uvloop's transport is no subclass of asyncio's
        self._transport = transport
        self._buffer = b""
        self._sequences = count(1)

    def data_received(self, data: bytes) -> None:
        buffer, answers = self._buffer + data, []
        while len(buffer) >= 16 and len(buffer) >= (length := int.from_bytes(buffer[:4])):
            _, command, _, sequence = HEADER.unpack_from(buffer)
            answers += self._answers(command, sequence, buffer[16:length])
            buffer = buffer[length:]
        self._buffer = buffer
        self._transport.write(b"".join(answers))

    def _answers(self, command: int, sequence: int, body: bytes) -> list[bytes]:
        if command == SUBMIT_SM:
            message_id = b"%08d" % next(self.numbers)
            source, destination = addresses(body)
            deliver = frame(DELIVER_SM, next(self._sequences), receipt(message_id, source, destination))
            return [frame(command | RESPONSE, sequence, message_id + b"\x00"), deliver]
        if command == BIND_TRANSCEIVER:
            return [frame(command | RESPONSE, sequence, b"bench\x00")]
        return [frame(command | RESPONSE, sequence)] if command in (ENQUIRE_LINK, UNBIND) else []


def addresses(body: bytes) -> tuple[bytes, bytes]:
    """Source and destination of a submit_sm's body."""
    _, _, rest = body.partition(b"\x00")  # service_type
    source, _, rest = rest[2:].partition(b"\x00")
    destination, _, _ = rest[2:].partition(b"\x00")
    return source, destination


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Smsc, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
