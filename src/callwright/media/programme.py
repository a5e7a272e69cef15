"""What a leg plays: clips and dialled digits, one after the other, with silence between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from callwright.media.clips import ClipCache
from callwright.wire.codec import Codec, find_codec
from callwright.wire.dtmf import GAP_MS, KEYS, PAUSES_MS, TONE_MS, EventPacket, plan_digits
from callwright.wire.tones import key_tone

#: One packet time of a leg: audio in the leg's codec, or a telephone event.
Frame: TypeAlias = bytes | EventPacket


@dataclass(frozen=True, slots=True)
class SendFormat:
    """How a leg sends. `dtmf_payload_type` is None when the peer takes no telephone events."""

    codec: Codec
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int

    @property
    def frame_bytes(self) -> int:
        """Payload of one packet, also the step of its timestamp (G.711: one byte a sample)."""
        return self.codec.sample_rate_hz * self.ptime_ms // 1000

    @property
    def silence(self) -> bytes:
        return self.codec.silence * self.frame_bytes


def send_format(codec: str, payload_type: int, dtmf_payload_type: int | None, ptime_ms: int) -> SendFormat:
    """Raises KeyError for an unknown codec. A packet time that the 5 ms timer cannot keep becomes 20 ms."""
    kept_ms = ptime_ms if ptime_ms in (10, 20, 30, 40, 60) else 20
    return SendFormat(find_codec(codec), payload_type, dtmf_payload_type, kept_ms)


@dataclass(frozen=True, slots=True)
class ClipItem:
    """Play a prepared clip, given by its path without the codec's suffix."""

    play_id: int
    path: str
    cache: ClipCache

    def open(self, form: SendFormat, played: int) -> Iterator[Frame]:
        """The frames after `played` samples; raises OSError when there is no such file."""
        path = self.path + form.codec.file_suffix
        return self.cache.frames(path, form.frame_bytes, form.codec.silence, played)


@dataclass(frozen=True, slots=True)
class DigitsItem:
    """Dial: as telephone events, or as audible tones for a peer that takes none."""

    play_id: int
    digits: str

    def open(self, form: SendFormat, played: int) -> Iterator[Frame]:
        """The frames after `played` samples."""
        frames = self._events(form) if form.dtmf_payload_type is not None else self._tones(form)
        for _ in range(played // form.frame_bytes):
            next(frames, None)
        return frames

    def _events(self, form: SendFormat) -> Iterator[Frame]:
        silence = form.silence
        return (silence if step is None else step for step in plan_digits(self.digits, form.ptime_ms))

    def _tones(self, form: SendFormat) -> Iterator[Frame]:
        audio = b"".join(_audible(digit, form.codec) for digit in self.digits)
        size = form.frame_bytes
        cuts = range(0, len(audio), size)
        return (audio[cut : cut + size].ljust(size, form.codec.silence) for cut in cuts)


Item: TypeAlias = ClipItem | DigitsItem


@cache
def _audible(digit: str, codec: Codec) -> bytes:
    samples_per_ms = codec.sample_rate_hz // 1000
    if digit not in KEYS:
        return codec.silence * (PAUSES_MS[digit] * samples_per_ms)
    return codec.encode(key_tone(digit, TONE_MS, codec.sample_rate_hz)) + codec.silence * (GAP_MS * samples_per_ms)
