"""The speech port: prepared audio, and who prepares it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Clip:
    """Prepared audio: `path` + `.ulaw` and `path` + `.alaw` are raw 8 kHz files; duration in milliseconds."""

    path: str
    duration_ms: int


class ClipFailed(Exception):
    """The audio could not be prepared; the text says why."""


@dataclass(frozen=True)
class SpokenClip:
    clip: Clip
    #: Why the voice or language actually used differs from the one asked for; None if it does not.
    substitution: str | None = None


class Speaker(Protocol):
    """The speech process."""

    async def synthesize(self, ssml: str, voice: str, language: str) -> SpokenClip:
        """Speak the inner XML of <Say> (plain text, or the SSML subset) into a cached clip."""

    async def decode(self, audio: bytes, content_type: str) -> Clip:
        """Turn wav, mp3, flac or ogg (or raw ulaw) into a clip cached by its bytes. Raises ClipFailed."""
