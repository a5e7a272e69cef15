"""PCMA: G.711 A-law, 8 kHz, one byte a sample (ITU-T G.711; RFC 3551 §4.5.14)."""

import numpy as np
import numpy.typing as npt

from callwright.wire.codec import Codec, Samples, register_codec

_EVEN_BITS = 0x55  # G.711 §3.1 inverts every second bit on the line


def _encoding_table() -> npt.NDArray[np.uint8]:
    """The byte of each 16-bit sample, indexed by the sample seen as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(sample < 0, ~sample, sample) >> 4
    # The first two segments have the same step: both are linear (exponent 0 and 1).
    exponent = np.where(magnitude < 16, 0, np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 3)
    mantissa = (magnitude >> np.maximum(exponent - 1, 0)) & 0x0F
    sign = np.where(sample < 0, 0, 0x80)
    code: npt.NDArray[np.int32] = (sign | exponent << 4 | mantissa) ^ _EVEN_BITS
    return code.astype(np.uint8)


def _decoding_table() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ _EVEN_BITS
    exponent, mantissa = code >> 4 & 0x07, code & 0x0F
    step = (mantissa << 4) + np.where(exponent > 0, 0x108, 0x08)
    magnitude = step << np.maximum(exponent - 1, 0)
    samples: Samples = np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
    return samples


_ENCODED = _encoding_table()
_DECODED = _decoding_table()


def encode(samples: Samples) -> bytes:
    """One byte per sample."""
    return _ENCODED[samples.view(np.uint16)].tobytes()


def decode(payload: bytes) -> Samples:
    """One sample per byte."""
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


PCMA = register_codec(Codec("PCMA", 8, 8000, ".alaw", b"\xd5", encode, decode))
