"""What the media plane and those who order it have in common: formats and failures."""

from dataclasses import dataclass
from typing import Literal

Codec = Literal["PCMU", "PCMA"]


@dataclass(frozen=True)
class LegFormat:
    """The negotiated audio of a leg; `dtmf_payload_type` is telephone-event/8000's, None when not offered."""

    codec: Codec
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int = 20


class MediaGone(ConnectionError):
    """The media process died; the call has to end."""


class NoPortLeft(RuntimeError):
    """All RTP ports are in use: widen --rtp-ports."""
