"""The contract of an audio codec. Each codec is one file in `codecs/` that registers itself here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from callwright.registry import load_all

#: Linear audio: 16-bit samples, one channel.
Samples: TypeAlias = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Codec:
    """How linear samples become RTP payload and back.

    `name` is SDP's encoding name, `payload_type` RFC 3551's static number, `file_suffix` the ending of
    prepared clips in this codec, `silence` the payload of one sample of silence.
    """

    name: str
    payload_type: int
    sample_rate_hz: int
    file_suffix: str
    silence: bytes
    encode: Callable[[Samples], bytes]
    decode: Callable[[bytes], Samples]


_codecs: dict[str, Codec] = {}


def register_codec(codec: Codec) -> Codec:
    """Make a codec known by its name; answers it."""
    if codec.name in _codecs:
        raise ValueError(f"two codecs are called {codec.name}")
    _codecs[codec.name] = codec
    return codec


@cache
def _load() -> None:
    load_all("callwright.wire.codecs")


def find_codec(name: str) -> Codec:
    """The codec of that SDP encoding name; raises KeyError when there is none."""
    _load()
    return _codecs[name]


def all_codecs() -> tuple[Codec, ...]:
    """Every codec, in the order of its name."""
    _load()
    return tuple(_codecs[name] for name in sorted(_codecs))
