"""RTP packets, sequence arithmetic and reception statistics (RFC 3550)."""

import struct
from dataclasses import dataclass

from callwright.wire.error import WireError

HEADER = struct.Struct("!BBHII")
VERSION_BITS = 0x80  # version 2 in the two highest bits (RFC 3550 §5.1)

#: A sequence step beyond this is a restarted sender, not loss (RFC 3550 A.1: MAX_DROPOUT).
MAX_DROPOUT = 3000


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet. `timestamp` counts samples of the codec's clock; padding is not part of `payload`."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    #: The extension's profile number and its data (a multiple of four bytes), if it has one.
    extension: tuple[int, bytes] | None = None

    def serialise(self) -> bytes:
        """The packet as on the wire."""
        first = VERSION_BITS | (0x10 if self.extension else 0) | len(self.csrcs)
        second = self.payload_type | (0x80 if self.marker else 0)
        head = HEADER.pack(first, second, self.sequence, self.timestamp, self.ssrc)
        head += struct.pack(f"!{len(self.csrcs)}I", *self.csrcs)
        if self.extension:
            profile, data = self.extension
            head += struct.pack("!HH", profile, len(data) // 4) + data
        return head + self.payload


def parse_rtp(data: bytes) -> RtpPacket:
    """Read one datagram; raises WireError when it is no RTP version 2 packet (RFC 3550 §5.1)."""
    if len(data) < HEADER.size:
        raise WireError(f"an RTP packet has at least 12 bytes, not {len(data)}")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first & 0xC0 != VERSION_BITS:
        raise WireError("not RTP version 2")
    end = len(data) - _padding(data, first)
    start = HEADER.size + 4 * (first & 0x0F)
    _check_room(start, end)
    csrcs = struct.unpack_from(f"!{first & 0x0F}I", data, HEADER.size)
    extension, start = _extension(data, start, end) if first & 0x10 else (None, start)
    payload = bytes(data[start:end])
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, payload, second >= 0x80, csrcs, extension)


def _padding(data: bytes, first: int) -> int:
    """Bytes to leave off the end: the last one tells how many, itself included."""
    if not first & 0x20:
        return 0
    if data[-1] == 0:
        raise WireError("RTP padding of no bytes")
    return data[-1]


def _extension(data: bytes, start: int, end: int) -> tuple[tuple[int, bytes], int]:
    _check_room(start + 4, end)
    profile, words = struct.unpack_from("!HH", data, start)
    after = start + 4 + 4 * words
    _check_room(after, end)
    return (profile, bytes(data[start + 4 : after])), after


def _check_room(wanted: int, end: int) -> None:
    if wanted > end:
        raise WireError(f"RTP header of {wanted} bytes in a packet of {end}")


def sequence_distance(older: int, newer: int) -> int:
    """How far `newer` is ahead of `older`, -32768 to 32767, over the wrap at 65536."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def timestamp_distance(older: int, newer: int) -> int:
    """How far `newer` is ahead of `older` in samples, over the wrap at 2 ** 32."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Reception:
    """Counts what one peer sent: packets, losses and jitter (RFC 3550 A.1, A.3 and A.8)."""

    __slots__ = ("_before_restart", "_first", "_highest", "_transit", "jitter", "received")

    def __init__(self) -> None:
        self.received = 0
        #: Mean deviation of the transit time, in samples of the codec's clock.
        self.jitter = 0.0
        self._first = -1
        self._highest = -1  # extended: counts on over the wrap
        self._before_restart = 0
        self._transit = 0

    def count(self, sequence: int, timestamp: int, arrival: int) -> None:
        """Take one packet; `arrival` is the receiver's clock in samples."""
        self.received += 1
        if self._highest < 0:
            self._begin(sequence, timestamp, arrival)
            return
        step = ((sequence - self._highest + 0x8000) & 0xFFFF) - 0x8000
        if step == 1:
            self._highest += 1
        elif step > MAX_DROPOUT or step < -MAX_DROPOUT:
            self._before_restart += self._highest - self._first + 1
            self._begin(sequence, timestamp, arrival)
            return
        elif step > 0:
            self._highest += step
        transit = arrival - timestamp
        change = abs(((transit - self._transit + 0x80000000) & 0xFFFFFFFF) - 0x80000000)
        self._transit = transit
        self.jitter += (change - self.jitter) / 16

    def _begin(self, sequence: int, timestamp: int, arrival: int) -> None:
        self._first = self._highest = sequence
        self._transit = arrival - timestamp

    @property
    def lost(self) -> int:
        """Packets expected and not received; 0 when duplicates outnumber losses."""
        if self._highest < 0:
            return 0
        return max(0, self._before_restart + self._highest - self._first + 1 - self.received)
