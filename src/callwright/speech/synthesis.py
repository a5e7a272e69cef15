"""Turns the text of <Say> into samples at 8 kHz, a piece at a time."""

import re
from collections.abc import Iterator

import numpy as np
import soxr

from callwright.speech.engine import (
    MAX_UTTERANCE_CHARACTERS,
    EngineFailed,
    EngineVoice,
    Samples,
    Utterance,
    all_voices,
    find_engine,
)
from callwright.speech.ssml import Silence, Spoken, parse_ssml
from callwright.speech.voices import find_voice

SAMPLE_RATE_HZ = 8000
#: A caller would have hung up long before: bounds what hostile text costs.
LONGEST_SPEECH_S = 1800


def synthesize(ssml: str, voice: EngineVoice, pitch: float) -> Iterator[Samples]:
    """Samples at 8 kHz, piece by piece: each step takes at most about half a second of work.

    What an engine cannot pronounce is left out. Ends after half an hour of speech.
    """
    spoken_samples = 0
    for segment in parse_ssml(ssml):
        if isinstance(segment, Silence):
            pieces: Iterator[Samples] = iter([np.zeros(segment.duration_ms * SAMPLE_RATE_HZ // 1000, np.int16)])
        else:
            pieces = _speak(segment, voice, pitch)
        for piece in pieces:
            yield piece
            spoken_samples += len(piece)
            if spoken_samples > LONGEST_SPEECH_S * SAMPLE_RATE_HZ:
                return


def _speak(segment: Spoken, voice: EngineVoice, pitch: float) -> Iterator[Samples]:
    manner = segment.manner
    if manner.language and manner.language.lower() != voice.language.lower():
        voice = find_voice(manner.language, all_voices())
    for text in split_text(segment.text):
        samples = _pronounce(Utterance(text, voice, manner.rate, pitch * manner.pitch))
        yield samples if manner.volume == 1.0 else _amplified(samples, manner.volume)


def _pronounce(utterance: Utterance) -> Samples:
    """Samples at 8 kHz; words the engine fails on are left out."""
    engine = find_engine(utterance.voice.engine)
    try:
        spoken = engine.speak(utterance)
    except EngineFailed:
        halves = _halves(utterance)
        return np.concatenate([_pronounce(half) for half in halves]) if halves else np.zeros(0, np.int16)
    if not len(spoken):
        return spoken
    narrow: Samples = soxr.resample(spoken, engine.sample_rate_hz, SAMPLE_RATE_HZ).astype(np.int16)
    return narrow


def _halves(utterance: Utterance) -> list[Utterance]:
    words = utterance.text.split()
    middle = len(words) // 2
    return [
        Utterance(" ".join(half), utterance.voice, utterance.rate, utterance.pitch)
        for half in (words[:middle], words[middle:])
        if middle
    ]


def _amplified(samples: Samples, volume: float) -> Samples:
    amplified: Samples = np.clip(samples * volume, -32768, 32767).astype(np.int16)
    return amplified


def split_text(text: str) -> Iterator[str]:
    """Pieces an engine takes at once, cut at the end of a sentence, else at a comma, else at a space."""
    rest = " ".join(text.split())
    while len(rest) > MAX_UTTERANCE_CHARACTERS:
        cut = _best_cut(rest[: MAX_UTTERANCE_CHARACTERS + 1])
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest


def _best_cut(text: str) -> int:
    for ends in (".!?", ";:,", None):
        places = [place.end() for place in re.finditer(r" ", text) if ends is None or text[place.start() - 1] in ends]
        if places:
            return places[-1]
    return MAX_UTTERANCE_CHARACTERS
