"""DTMF as RTP events (RFC 4733; `telephone-event/8000` in SDP)."""

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from callwright.wire.error import WireError
from callwright.wire.rtp import timestamp_distance

#: The key of each event code (RFC 4733 §3.2, table 3).
KEYS = "0123456789*#ABCD"
_EVENT = struct.Struct("!BBH")
_VOLUME = 10  # -10 dBm0, within what RFC 4733 §2.3.3 asks of a sender
_SAMPLES_PER_MS = 8
_LONGEST = 0xFFFF
_END_PACKETS = 3  # RFC 4733 §2.5.1.4
#: A timestamp further back than 2 s is no late packet: the sender restarted its clock.
_RESTART = 16000

TONE_MS = 100
GAP_MS = 100
PAUSES_MS = {"w": 500, "W": 1000}


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The payload of one event packet. `duration` in samples at 8 kHz, `volume` as -dBm0 (0 to 63)."""

    code: int
    is_end: bool
    volume: int
    duration: int

    def serialise(self) -> bytes:
        """The four bytes of RFC 4733 §2.3."""
        return _EVENT.pack(self.code, (0x80 if self.is_end else 0) | self.volume, self.duration)


def parse_event(payload: bytes) -> TelephoneEvent:
    """Read the payload of an event packet; raises WireError when it is too short."""
    if len(payload) < _EVENT.size:
        raise WireError(f"a telephone-event has four bytes, not {len(payload)}")
    code, flags, duration = _EVENT.unpack_from(payload)
    return TelephoneEvent(code, flags >= 0x80, flags & 0x3F, duration)


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What to send in one packet time: `offset` counts samples back from now to the event's start."""

    payload: bytes
    marker: bool
    offset: int


def check_digits(digits: str) -> None:
    """Raises WireError naming the first character that is neither a key nor a pause (`w`, `W`)."""
    for character in digits:
        if character not in KEYS and character not in PAUSES_MS:
            raise WireError(f"{character!r} is no DTMF key: use 0-9 * # A-D, w for 0.5 s, W for 1 s")


def plan_digits(digits: str, ptime_ms: int = 20) -> Iterator[EventPacket | None]:
    """What to send in each packet time to dial `digits`; None stands for silence.

    Keys last 100 ms with 100 ms between them; the timestamp of an event stays, its duration rises, and
    the end is told three times (RFC 4733 §2.5.1). Raises WireError for other characters.
    """
    check_digits(digits)
    for character in digits:
        pause_ms = PAUSES_MS.get(character)
        if pause_ms is None:
            yield from _plan_key(KEYS.index(character), ptime_ms)
        else:
            yield from [None] * (pause_ms // ptime_ms)


def _plan_key(code: int, ptime_ms: int) -> Iterator[EventPacket | None]:
    step = ptime_ms * _SAMPLES_PER_MS
    steps = max(1, TONE_MS // ptime_ms)
    for index in range(steps - 1):
        event = TelephoneEvent(code, False, _VOLUME, (index + 1) * step)
        yield EventPacket(event.serialise(), index == 0, index * step)
    end = TelephoneEvent(code, True, _VOLUME, steps * step).serialise()
    for index in range(_END_PACKETS):
        yield EventPacket(end, steps == 1 and index == 0, (steps - 1 + index) * step)
    yield from [None] * max(1, GAP_MS // ptime_ms - _END_PACKETS + 1)


class DigitDecoder:
    """Turns event packets into keys, each once: at its first packet, whichever of them that is.

    One key press has one timestamp (RFC 4733 §2.3.1), so packets repeated, late or in the wrong order
    are told by it; a key held longer than 8.19 s goes on under a new one (§2.5.1.3) and stays one key.
    """

    __slots__ = ("_code", "_duration", "_newest", "_seen")

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=8)
        self._newest = 0
        self._code = -1
        self._duration = 0

    def receive(self, timestamp: int, payload: bytes) -> str | None:
        """The key that this packet is the first of, else None. Raises WireError for a short payload."""
        event = parse_event(payload)
        if timestamp in self._seen:
            if timestamp == self._newest:
                self._duration = max(self._duration, event.duration)
            return None
        if event.code >= len(KEYS):
            return None  # flash, fax and modem tones: no keys
        ahead = timestamp_distance(self._newest, timestamp)
        is_first, is_continued = not self._seen, self._continues(event, ahead)
        self._seen.append(timestamp)
        if not is_first and -_RESTART < ahead < 0:
            return KEYS[event.code]  # all its earlier packets were lost; the newer press stays the newest
        self._newest, self._code, self._duration = timestamp, event.code, event.duration
        return None if is_continued else KEYS[event.code]

    def _continues(self, event: TelephoneEvent, ahead: int) -> bool:
        return bool(self._seen) and event.code == self._code and ahead == self._duration == _LONGEST
