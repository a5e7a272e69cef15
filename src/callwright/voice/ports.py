"""What call sessions need from the media plane and from speech."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, Protocol

Codec = Literal["PCMU", "PCMA"]


@dataclass(frozen=True)
class LegFormat:
    """The negotiated audio of a leg. `dtmf_payload_type` is that of telephone-event/8000, None when not offered."""

    codec: Codec
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int = 20


@dataclass(frozen=True)
class Clip:
    """Prepared audio: `path` + `.ulaw` and `path` + `.alaw` are raw 8 kHz files; duration in milliseconds."""

    path: str
    duration_ms: int


class MediaGone(ConnectionError):
    """The media process died; the call has to end."""


class MediaLeg(Protocol):
    """One RTP stream pair in the media process."""

    leg_id: str
    local_port: int

    async def connect(self, host: str, port: int, form: LegFormat, *, sends: bool = True) -> None:
        """Where to send and in which format; again after a re-INVITE. `sends` False while held."""

    async def play(self, clip: Clip) -> None:
        """Play once; returns when the last sample was sent. Cancelling stops the sound within 20 ms."""

    async def send_digits(self, digits: str) -> None:
        """Send RFC 4733 events (100 ms each, 100 ms apart); `w` waits 500 ms, `W` 1 s. Cancellable."""

    async def next_digit(self) -> str:
        """The next DTMF key received (RFC 4733), in order, each once."""

    @property
    def gone(self) -> "Awaitable[None]":
        """Resolves when the media process died."""

    async def close(self) -> None:
        """Free the port. Safe to call twice and after the process died."""


class MediaPlane(Protocol):
    async def open_leg(self) -> MediaLeg:
        """Bind an RTP port; raises MediaGone when no media process runs, NoPortLeft when all are in use."""


class NoPortLeft(RuntimeError):
    """All RTP ports are in use: widen --rtp-ports."""


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

    async def decode(self, audio: bytes, content_type: str, cache_key: str | None) -> Clip:
        """Turn wav, mp3, flac or ogg (or raw ulaw) into a cached clip. Raises ClipFailed."""


