"""Callertron's music: a short tune of plucked notes, made here, in the band a telephone carries."""

import io
import wave
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 8000
_BEAT_S = 0.24
_A4_HZ, _A4_NOTE = 440.0, 69
_HARMONICS = ((1, 1.0), (2, 0.45), (3, 0.2))
_DECAY_S = 0.35
_ATTACK_S = 0.008
_PEAK = 0.6 * 32767

#: (notes sounding together as MIDI numbers, beats until the next)
_SCORE = [
    *(((67, 76), 1), ((72,), 1), ((76,), 1), ((79,), 1), ((84, 76), 2), ((79,), 2)),
    *(((69, 77), 1), ((72,), 1), ((77,), 1), ((81,), 1), ((84, 77), 2), ((81,), 2)),
    *(((67, 74), 1), ((71,), 1), ((74,), 1), ((79,), 1), ((83, 74), 2), ((79,), 2)),
    *(((72, 76), 1), ((79,), 1), ((76,), 1), ((79,), 1), ((72, 76, 84), 4)),
]


@lru_cache(maxsize=1)
def tune_wav() -> bytes:
    """The tune as a WAV file: 8 kHz, mono, 16 bits, about nine seconds."""
    beats = sum(length for _, length in _SCORE)
    sound = np.zeros(int((beats * _BEAT_S + 1) * SAMPLE_RATE_HZ))
    start = 0
    for notes, length in _SCORE:
        for note in notes:
            plucked = _pluck(_A4_HZ * 2 ** ((note - _A4_NOTE) / 12))
            room = min(len(plucked), len(sound) - start)
            sound[start : start + room] += plucked[:room]
        start += int(length * _BEAT_S * SAMPLE_RATE_HZ)
    return _wav((sound / np.abs(sound).max() * _PEAK).astype("<i2"))


def _pluck(frequency_hz: float) -> npt.NDArray[np.float64]:
    time_s = np.arange(int(1.2 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    envelope = np.minimum(time_s / _ATTACK_S, 1) * np.exp(-time_s / _DECAY_S)
    waves = [level * np.sin(2 * np.pi * frequency_hz * order * time_s) for order, level in _HARMONICS]
    result: npt.NDArray[np.float64] = envelope * np.sum(waves, axis=0)
    return result


def _wav(samples: npt.NDArray[np.int16]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(samples.itemsize)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(samples.tobytes())
    return file.getvalue()
