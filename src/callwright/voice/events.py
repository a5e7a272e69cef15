"""What can happen to a running call from outside its document."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ScriptDone:
    """The document ran to its end (and has hung up or refused the call)."""


@dataclass(frozen=True)
class LegEnded:
    """The SIP dialog is over, whoever ended it."""


@dataclass(frozen=True)
class HangUpOrdered:
    """End the call: ordered through the API, by the time limit, or by the server's shutdown."""


@dataclass(frozen=True)
class MediaLost:
    """The media process died: nobody hears anything any more."""


@dataclass(frozen=True)
class RedirectOrdered:
    """Drop the running verb and go on with that document."""

    url: str | None
    method: str
    twiml: str | None


CallEvent = ScriptDone | LegEnded | HangUpOrdered | MediaLost | RedirectOrdered
