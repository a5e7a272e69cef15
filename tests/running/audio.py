"""Making tones, and telling what is in a recording."""

import io
import wave
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float64]]
_WINDOW_S = 0.1


def tone_wav(frequency_hz: float, duration_s: float, rate_hz: int = 8000) -> bytes:
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    samples = (np.sin(2 * np.pi * frequency_hz * time_s) * 12_000).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def windows(samples: Samples, rate_hz: int) -> list[Samples]:
    size = int(rate_hz * _WINDOW_S)
    return [samples[start : start + size] for start in range(0, len(samples) - size + 1, size)]


def loudness(samples: Samples, rate_hz: int) -> list[float]:
    """RMS of each tenth of a second, full scale being 1."""
    return [float(np.sqrt(np.mean(window**2))) for window in windows(samples, rate_hz)]


def seconds_with_tone(samples: Samples, rate_hz: int, frequency_hz: float) -> float:
    """How long that tone is to be heard (to a tenth of a second): most of a window's energy is at it."""
    return sum(_is_tone(window, rate_hz, frequency_hz) for window in windows(samples, rate_hz)) * _WINDOW_S


def _is_tone(window: Samples, rate_hz: int, frequency_hz: float) -> bool:
    spectrum = np.abs(np.fft.rfft(window * np.hanning(len(window)))) ** 2
    if spectrum.sum() < 1e-3:
        return False
    nearby = np.abs(np.fft.rfftfreq(len(window), 1 / rate_hz) - frequency_hz) <= 30
    return bool(spectrum[nearby].sum() > 0.8 * spectrum.sum())


def seconds_of_sound(samples: Samples, rate_hz: int, floor: float = 0.01) -> float:
    return sum(level > floor for level in loudness(samples, rate_hz)) * _WINDOW_S
