"""Audible DTMF: the pair of tones of each key (ITU-T Q.23), made and recognised (Q.24)."""

import numpy as np
import numpy.typing as npt

from callwright.wire.codec import Samples

LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
_ROWS = ("123A", "456B", "789C", "*0#D")
_AMPLITUDE = 0.22 * 32768  # of each tone: -10 dBm0, well inside Q.24's limits


_FRAME = 160
_SAMPLE_RATE_HZ = 8000
#: Q.24 has administrations recognise -25 dBm0 and louder; full scale is about 3 dBm0.
_LEAST_AMPLITUDE = 0.02 * 32768
#: The two tones may differ by this factor in power (9 dB): the high one is damped more on long lines.
_MOST_TWIST = 8.0
#: Both tones together hold this part of all power; speech spreads its power wider.
_LEAST_SHARE = 0.7
#: A key is two frames of the same tones; it is over after two frames without (Q.24: pauses of 40 ms).
_FRAMES_TO_BELIEVE = 2


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


class ToneDetector:
    """Recognises keys in audio of 8 kHz: Goertzel's eight filters over frames of 20 ms, done as one product."""

    __slots__ = ("_candidate", "_frames", "_pending", "_pressed")

    def __init__(self) -> None:
        self._pending: Samples = np.empty(0, np.int16)
        self._candidate: str | None = None
        self._frames = 0
        self._pressed: str | None = None

    def hear(self, samples: Samples) -> str:
        """Go on with these samples; the keys (mostly none) recognised in them, each press once."""
        self._pending = np.concatenate([self._pending, samples])
        keys = ""
        while len(self._pending) >= _FRAME:
            frame, self._pending = self._pending[:_FRAME], self._pending[_FRAME:]
            keys += self._follow(_key_in(frame))
        return keys

    def _follow(self, key: str | None) -> str:
        if key != self._candidate:
            self._candidate, self._frames = key, 0
        self._frames += 1
        if self._frames != _FRAMES_TO_BELIEVE or key == self._pressed:
            return ""
        self._pressed = key
        return key or ""


def _filters() -> npt.NDArray[np.complex128]:
    """A column for each of the eight tones, scaled so that a tone of amplitude 1 gives 1."""
    time_s = np.arange(_FRAME) / _SAMPLE_RATE_HZ
    filters = np.exp(-2j * np.pi * np.outer(time_s, LOW_HZ + HIGH_HZ)) * 2 / _FRAME
    return filters.astype(np.complex128)


_FILTERS = _filters()


def _key_in(frame: Samples) -> str | None:
    """The key whose tones make up this frame."""
    wave = frame.astype(np.float64)
    amplitudes = np.abs(wave @ _FILTERS)
    low, high = int(amplitudes[:4].argmax()), int(amplitudes[4:].argmax())
    low_power, high_power = amplitudes[low] ** 2, amplitudes[4 + high] ** 2
    if min(low_power, high_power) < _LEAST_AMPLITUDE**2:
        return None
    if max(low_power, high_power) > _MOST_TWIST * min(low_power, high_power):
        return None
    if low_power + high_power < _LEAST_SHARE * 2 * np.mean(wave**2):
        return None
    return _ROWS[low][high]
