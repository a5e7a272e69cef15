"""What the speech client and the speech process say to each other: msgpack maps behind their length.

Frame: four bytes length, big-endian, then the map. Requests have `id`, `key` and either `speak`
(ssml, engine voice, pitch) or `audio` and `content_type`. Answers have `id` and one of `started`, `done`
or `failed` (why); the first message of a process is `ready`.
"""

from typing import Any

import msgpack

#: Above the 40 MB that may be downloaded for <Play>.
LONGEST_MESSAGE_BYTES = 64 << 20
LENGTH_BYTES = 4


def pack(message: dict[str, Any]) -> bytes:
    """One frame."""
    body: bytes = msgpack.packb(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def unpack(body: bytes | bytearray) -> dict[str, Any]:
    """The message of a frame's body."""
    message: dict[str, Any] = msgpack.unpackb(body)
    return message


def length_of(head: bytes | bytearray) -> int:
    """Bytes of the body that follows; raises ValueError for one that is too long."""
    length = int.from_bytes(head[:LENGTH_BYTES], "big")
    if length > LONGEST_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes")
    return length


class MessageReader:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Every message that is complete by now. Raises ValueError for nonsense."""
        self._received += data
        messages = []
        while len(self._received) >= LENGTH_BYTES:
            end = LENGTH_BYTES + length_of(self._received)
            if len(self._received) < end:
                break
            messages.append(unpack(memoryview(self._received)[LENGTH_BYTES:end].tobytes()))
            del self._received[:end]
        return messages
