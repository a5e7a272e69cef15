"""What call sessions need from the media plane and from speech."""

from collections.abc import Awaitable
from typing import Protocol

from callwright.usecases.media_plane import Codec, LegFormat, MediaGone, NoPortLeft
from callwright.usecases.speaker import Clip, ClipFailed, Speaker, SpokenClip

__all__ = [
    "Clip",
    "ClipFailed",
    "Codec",
    "LegFormat",
    "MediaGone",
    "MediaLeg",
    "MediaPlane",
    "NoPortLeft",
    "Speaker",
    "SpokenClip",
]


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
