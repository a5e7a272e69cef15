"""What a phone heard, sample by sample where the RTP timestamps put it."""

import math
import wave
from pathlib import Path

import numpy as np

from callwright.wire.codec import Samples
from callwright.wire.rtp import timestamp_distance

SAMPLE_RATE_HZ = 8000
_FIRST_CAPACITY_S = 10
#: A step this far is no silence: the sender started its clock anew.
_RESTART_S = 10
_LONGEST_S = 4 * 3600
SILENCE_DBFS = -96.0


class Recording:
    """Samples at 8 kHz. What never arrived is silence; what arrived twice or late goes to its place."""

    def __init__(self) -> None:
        self._buffer = np.zeros(_FIRST_CAPACITY_S * SAMPLE_RATE_HZ, np.int16)
        self._length = 0
        self._origin: int | None = None
        self._ssrc = 0

    @property
    def samples(self) -> Samples:
        """Everything heard until now."""
        return self._buffer[: self._length].copy()

    @property
    def duration_s(self) -> float:
        return self._length / SAMPLE_RATE_HZ

    def add(self, ssrc: int, timestamp: int, samples: Samples) -> None:
        """Place one packet's samples; beyond four hours they are dropped."""
        start = self._place(ssrc, timestamp)
        if start < 0 or start + len(samples) > _LONGEST_S * SAMPLE_RATE_HZ:
            return
        self._reserve(start + len(samples))
        self._buffer[start : start + len(samples)] = samples
        self._length = max(self._length, start + len(samples))

    def level_dbfs(self, window_s: float = 0.1) -> float:
        """Loudness of the last samples, full scale being 0; -96 for silence."""
        window = self._buffer[max(0, self._length - int(window_s * SAMPLE_RATE_HZ)) : self._length].astype(np.float64)
        mean_square = float(np.mean(window**2)) if len(window) else 0.0
        return max(SILENCE_DBFS, 10 * math.log10(mean_square / 32768**2)) if mean_square else SILENCE_DBFS

    def write_wav(self, path: Path) -> None:
        """Store as wav, 16 bits, one channel. Raises OSError."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes(self.samples.astype("<i2").tobytes())

    def _place(self, ssrc: int, timestamp: int) -> int:
        if self._origin is not None and ssrc == self._ssrc:
            start = timestamp_distance(self._origin, timestamp)
            if abs(start - self._length) < _RESTART_S * SAMPLE_RATE_HZ:
                return start
        self._ssrc = ssrc
        self._origin = (timestamp - self._length) & 0xFFFFFFFF
        return self._length

    def _reserve(self, length: int) -> None:
        if length > len(self._buffer):
            grown = np.zeros(max(length, 2 * len(self._buffer)), np.int16)
            grown[: self._length] = self._buffer[: self._length]
            self._buffer = grown
