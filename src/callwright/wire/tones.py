"""Audible DTMF: the pair of tones of each key (ITU-T Q.23)."""

import numpy as np

from callwright.wire.codec import Samples

LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
_ROWS = ("123A", "456B", "789C", "*0#D")
_AMPLITUDE = 0.22 * 32768  # of each tone: -10 dBm0, well inside Q.24's limits


def key_frequencies(key: str) -> tuple[int, int]:
    """The low and the high tone of a key in Hz; raises ValueError for what is no key."""
    for low_hz, row in zip(LOW_HZ, _ROWS, strict=True):
        if key and key in row:
            return low_hz, HIGH_HZ[row.index(key)]
    raise ValueError(f"{key!r} is no DTMF key")


def key_tone(key: str, duration_ms: int, sample_rate_hz: int = 8000) -> Samples:
    """The two tones of a key."""
    time_s = np.arange(sample_rate_hz * duration_ms // 1000) / sample_rate_hz
    low_hz, high_hz = key_frequencies(key)
    wave = np.sin(2 * np.pi * low_hz * time_s) + np.sin(2 * np.pi * high_hz * time_s)
    return (_AMPLITUDE * wave).astype(np.int16)
