"""SVOX Pico through py-nanotts: six languages, one voice each, 16 kHz.

The engine reads markup of its own inside the text (one of its tags writes files) and does not return
from some endless words, so it is handed nothing but plain words of bounded length.
"""

import re
import unicodedata

import numpy as np

from callwright.speech.engine import (
    EngineFailed,
    EngineVoice,
    Samples,
    SpeechEngine,
    Utterance,
    register_engine,
)

_NAME = "nanotts"
_LANGUAGES = ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "it-IT")
_SAMPLE_RATE_HZ = 16_000
#: Headroom: the engine's peaks reach full scale, and resampling overshoots them.
_GAIN = 0.7

_LONGEST_WORD = 40
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD}}}(?=\S)")
_LONG_NUMBER = re.compile(r"\d{16,}")
#: Runs of signs are spoken one by one, half a second each, or hang the engine.
_SIGNS = re.compile(r"([^\w\s])(?:\s*[^\w\s])+(\s*[^\w\s])")


def plain_words(text: str) -> str:
    """Text without anything the engine would take for markup, its words of bounded length."""
    printable = "".join(" " if _is_unspeakable(sign) else sign for sign in text)
    spelled = _LONG_NUMBER.sub(lambda number: " ".join(number.group()), printable)
    return " ".join(_LONG_WORD.sub(r"\g<0> ", _SIGNS.sub(r"\1\2", spelled)).split())


def _is_unspeakable(sign: str) -> bool:
    return sign in "<>[]{}\\|~^_" or unicodedata.category(sign)[0] == "C"


def speak(utterance: Utterance) -> Samples:
    """Samples at 16 kHz; none when there is nothing in the text that the voice can pronounce."""
    from py_nanotts import NanoTTS  # heavy: only the speech process loads it

    words = plain_words(utterance.text)
    if not any(sign.isalnum() for sign in words):
        return np.zeros(0, np.int16)
    try:
        audio = NanoTTS().speak(words, voice=utterance.voice.name, speed=utterance.rate, pitch=utterance.pitch)
    except (RuntimeError, ValueError) as error:
        raise EngineFailed(f"the voice {utterance.voice.name} cannot speak this text: {error}") from error
    return (np.frombuffer(audio, "<i2") * _GAIN).astype(np.int16)


register_engine(
    SpeechEngine(
        _NAME,
        _SAMPLE_RATE_HZ,
        tuple(EngineVoice(_NAME, language, language) for language in _LANGUAGES),
        speak,
    )
)
