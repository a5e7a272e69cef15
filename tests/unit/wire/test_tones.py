import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.wire.codec import Samples
from callwright.wire.dtmf import KEYS
from callwright.wire.tones import ToneDetector, key_frequencies, key_tone


def silence(duration_ms: float) -> Samples:
    return np.zeros(int(duration_ms * 8), np.int16)


def dialled(keys: str, tone_ms: int = 70, gap_ms: int = 70, lead_samples: int = 0) -> Samples:
    parts = [np.zeros(lead_samples, np.int16)]
    for key in keys:
        parts += [key_tone(key, tone_ms), silence(gap_ms)]
    return np.concatenate(parts)


def heard(samples: Samples) -> str:
    return ToneDetector().hear(np.concatenate([samples, silence(60)]))


@pytest.mark.parametrize("key", KEYS)
def test_the_tones_of_a_key_are_those_of_q_23(key: str) -> None:
    spectrum = np.abs(np.fft.rfft(key_tone(key, 1000)))
    assert sorted(np.argsort(spectrum)[-2:]) == list(key_frequencies(key))


@pytest.mark.parametrize("key", ["", "x", "w"])
def test_what_is_no_key_has_no_tones(key: str) -> None:
    with pytest.raises(ValueError, match="no DTMF key"):
        key_frequencies(key)


@settings(max_examples=60)
@given(st.text(KEYS, max_size=8), st.integers(55, 200), st.integers(60, 120), st.integers(0, 160))
def test_what_is_dialled_is_heard_once(keys: str, tone_ms: int, gap_ms: int, lead_samples: int) -> None:
    assert heard(dialled(keys, tone_ms, gap_ms, lead_samples)) == keys


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_how_the_audio_is_cut_does_not_matter(cuts: list[int]) -> None:
    samples, detector, keys = np.concatenate([dialled("147"), silence(60)]), ToneDetector(), ""
    for cut in cuts:
        keys += detector.hear(samples[:cut])
        samples = samples[cut:]
    assert keys + detector.hear(samples) == "147"


def test_noise_of_a_tenth_does_not_hide_a_key() -> None:
    samples = dialled("0123456789*#ABCD")
    noise = np.random.default_rng(3).normal(0, 700, len(samples))
    assert heard((samples + noise).astype(np.int16)) == "0123456789*#ABCD"


@pytest.mark.parametrize("gain", [0.15, 1.0, 2.0])
def test_loud_and_quiet_keys_are_heard(gain: float) -> None:
    assert heard((dialled("5") * gain).astype(np.int16)) == "5"


def test_a_tone_too_short_is_no_key() -> None:
    assert heard(dialled("5", tone_ms=15)) == ""


def test_a_key_that_breaks_off_for_a_moment_is_one_key() -> None:
    assert heard(np.concatenate([key_tone("5", 80), silence(20), key_tone("5", 80)])) == "5"


@pytest.mark.parametrize("frequencies_hz", [(440,), (697,), (1336,), (697, 770), (350, 440), (697, 2000)])
def test_other_tones_are_no_keys(frequencies_hz: tuple[int, ...]) -> None:
    time_s = np.arange(8000) / 8000
    wave = np.sum([np.sin(2 * np.pi * frequency_hz * time_s) for frequency_hz in frequencies_hz], axis=0)
    assert heard((8000 * wave).astype(np.int16)) == ""


def test_noise_is_no_key() -> None:
    assert heard(np.random.default_rng(5).normal(0, 6000, 80_000).astype(np.int16)) == ""
