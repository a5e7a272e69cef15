"""Orders to the media process and its events: msgpack arrays, each behind its length in four bytes.

Orders: `[name, leg id, *arguments]`

    open                                   bind a port                → opened or refused
    connect  host port format sends        where to send, and how (`format` = codec, payload type,
                                           telephone-event payload type or nil, ptime in ms)
    play     play_id path                  play `path` + the codec's suffix → finished or failed
    digits   play_id digits                dial                       → finished or failed
    stop     play_id                       stop either; no event follows
    close                                  free the port              → closed
    ping                                   (leg id "")                → pong

Events: `[name, leg id, *arguments]`

    ready                                  (leg id "") orders are taken from now on
    pong                                   (leg id "") the loop turns
    opened   port
    refused  text                          no port could be had
    finished play_id                       the last sample has been sent
    failed   play_id text
    digit    key
    silent                                 nothing was received for the configured time
    closed   statistics                    see client.LegStatistics
"""

import struct
from collections.abc import Iterator
from typing import Any

import msgpack

from callwright.wire.error import WireError

_LENGTH = struct.Struct("!I")
_LONGEST = 1 << 20


def pack_message(*parts: Any) -> bytes:
    """One message as sent over the socket."""
    body = msgpack.packb(parts)
    return _LENGTH.pack(len(body)) + bytes(body)


class MessageReader:
    """Collects bytes and answers the messages that are complete."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[list[Any]]:
        """Messages completed by `data`; raises WireError when the other end is out of step."""
        self._pending += data
        while len(self._pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending)
            if length > _LONGEST:
                raise WireError(f"a media message of {length} bytes")
            end = _LENGTH.size + length
            if len(self._pending) < end:
                return
            message = msgpack.unpackb(bytes(self._pending[_LENGTH.size : end]))
            del self._pending[:end]
            yield message
