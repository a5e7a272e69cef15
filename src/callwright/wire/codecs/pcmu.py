"""PCMU: G.711 µ-law, 8 kHz, one byte a sample (ITU-T G.711; RFC 3551 §4.5.14)."""

import numpy as np
import numpy.typing as npt

from callwright.wire.codec import Codec, Samples, register_codec

_BIAS = 0x84  # 33 in the 14-bit scale of G.711, times 4 for 16-bit samples
_CLIP = 32635  # the largest magnitude whose biased value still fits 15 bits


def _encoding_table() -> npt.NDArray[np.uint8]:
    """The byte of each 16-bit sample, indexed by the sample seen as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    code: npt.NDArray[np.int32] = ~(sign | exponent << 4 | mantissa) & 0xFF
    return code.astype(np.uint8)


def _decoding_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = code >> 4 & 0x07, code & 0x0F
    magnitude = ((mantissa << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_ENCODED = _encoding_table()
_DECODED = _decoding_table()


def encode(samples: Samples) -> bytes:
    """One byte per sample."""
    return _ENCODED[samples.view(np.uint16)].tobytes()


def decode(payload: bytes) -> Samples:
    """One sample per byte."""
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


PCMU = register_codec(Codec("PCMU", 0, 8000, ".ulaw", b"\xff", encode, decode))
