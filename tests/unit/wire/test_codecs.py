"""G.711 against formulas of its own: the standard's companding curves, computed in floating point."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from callwright.wire.codec import Codec, Samples, all_codecs, find_codec, register_codec

BOTH = ("PCMU", "PCMA")
ALL_SAMPLES = np.arange(-32768, 32768).astype(np.int16)


def test_both_codecs_are_found_with_the_payload_types_of_rfc_3551() -> None:
    assert [(codec.name, codec.payload_type, codec.sample_rate_hz) for codec in all_codecs()] == [
        ("PCMA", 8, 8000),
        ("PCMU", 0, 8000),
    ]


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="PCMU"):
        register_codec(find_codec("PCMU"))


@pytest.mark.parametrize("name", BOTH)
def test_silence_decodes_to_next_to_nothing(name: str) -> None:
    codec = find_codec(name)
    assert abs(int(codec.decode(codec.silence)[0])) <= 8
    assert codec.encode(np.zeros(1, np.int16)) == codec.silence


@pytest.mark.parametrize("name", BOTH)
def test_every_byte_survives_decoding_and_encoding(name: str) -> None:
    codec = find_codec(name)
    every_byte = bytes(range(256))
    back = codec.encode(codec.decode(every_byte))
    # µ-law has two zeros; 0x7F is the negative one and comes back as the positive one.
    expected = every_byte.replace(b"\x7f", b"\xff") if name == "PCMU" else every_byte
    assert back == expected


@pytest.mark.parametrize(
    ("name", "sample", "byte"),
    [
        ("PCMU", 0, 0xFF),
        ("PCMU", 32767, 0x80),
        ("PCMU", -32768, 0x00),
        ("PCMU", 1000, 0xCE),
        ("PCMU", -1000, 0x4E),
        ("PCMA", 0, 0xD5),
        ("PCMA", -1, 0x55),
        ("PCMA", 32767, 0xAA),
        ("PCMA", -32768, 0x2A),
        ("PCMA", 1000, 0xFA),
        ("PCMA", -1000, 0x7A),
    ],
)
def test_known_codes(name: str, sample: int, byte: int) -> None:
    assert find_codec(name).encode(np.array([sample], np.int16))[0] == byte


def ideal_mu_law(sample: int) -> float:
    """Position on the µ = 255 curve, 0 to 1."""
    return math.log1p(255 * min(abs(sample) / 32635, 1.0)) / math.log1p(255)


def ideal_a_law(sample: int) -> float:
    """Position on the A = 87.6 curve, 0 to 1."""
    level, a = min(abs(sample) / 32768, 1.0), 87.6
    scale = 1 + math.log(a)
    return a * level / scale if level < 1 / a else (1 + math.log(a * level)) / scale


@pytest.mark.parametrize(("name", "curve", "flip"), [("PCMU", ideal_mu_law, 0xFF), ("PCMA", ideal_a_law, 0x55)])
def test_codes_follow_the_logarithmic_curve(name: str, curve: Callable[[int], float], flip: int) -> None:
    codes = np.frombuffer(find_codec(name).encode(ALL_SAMPLES), np.uint8) ^ flip
    positions = (codes & 0x7F) / 128
    ideal = np.array([curve(int(sample)) for sample in ALL_SAMPLES])
    # The standard replaces the curve by straight segments: two or three steps of 128 apart at most.
    assert np.max(np.abs(positions - ideal)) < 3.5 / 128


@pytest.mark.parametrize("name", BOTH)
def test_the_error_is_small_against_the_sample(name: str) -> None:
    codec = find_codec(name)
    decoded = codec.decode(codec.encode(ALL_SAMPLES)).astype(int)
    wanted = np.clip(ALL_SAMPLES.astype(int), -32635, 32635)
    assert np.all(np.abs(decoded - wanted) <= np.maximum(np.abs(wanted) / 16 / 2 + 8, 16) + 8)
    assert np.all(np.diff(decoded) >= 0)


@settings(max_examples=50)
@given(st.sampled_from(BOTH), st_numpy.arrays(np.int16, st.integers(0, 400)))
def test_lengths_are_kept_and_a_second_round_changes_nothing(name: str, samples: Samples) -> None:
    codec: Codec = find_codec(name)
    once = codec.decode(codec.encode(samples))
    assert len(once) == len(samples)
    assert np.array_equal(codec.decode(codec.encode(once)), once)
