"""The contract of a speech engine. Each engine is one file in `engines/` that registers itself here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from callwright.registry import load_all

#: Linear audio: 16-bit samples, one channel.
Samples: TypeAlias = npt.NDArray[np.int16]


class EngineFailed(Exception):
    """The engine could not speak that text; the text says why."""


@dataclass(frozen=True)
class EngineVoice:
    """A voice an engine has: its engine's name, the engine's own word for it, and its language (BCP 47)."""

    engine: str
    name: str
    language: str


@dataclass(frozen=True)
class Utterance:
    """What one call of an engine speaks: at most MAX_UTTERANCE_CHARACTERS of plain text.

    `rate` and `pitch` are multiples of the voice's own (0.5 is half as fast, an octave lower).
    """

    text: str
    voice: EngineVoice
    rate: float = 1.0
    pitch: float = 1.0


#: Bounds the time of one call of an engine, and with it how long another request waits.
MAX_UTTERANCE_CHARACTERS = 250


@dataclass(frozen=True)
class SpeechEngine:
    """An engine: `speak` answers samples at `sample_rate_hz` or raises EngineFailed.

    The control process reads `voices` too: an engine's file imports what is heavy inside `speak`.
    """

    name: str
    sample_rate_hz: int
    voices: tuple[EngineVoice, ...]
    speak: Callable[[Utterance], Samples]


_engines: dict[str, SpeechEngine] = {}


def register_engine(engine: SpeechEngine) -> SpeechEngine:
    """Make an engine known by its name; answers it."""
    if engine.name in _engines:
        raise ValueError(f"two speech engines are called {engine.name}")
    _engines[engine.name] = engine
    return engine


@cache
def _load() -> None:
    load_all("callwright.speech.engines")


def find_engine(name: str) -> SpeechEngine:
    """The engine of that name; raises KeyError when there is none."""
    _load()
    return _engines[name]


def all_voices() -> tuple[EngineVoice, ...]:
    """Every voice of every engine."""
    _load()
    return tuple(voice for engine in _engines.values() for voice in engine.voices)
