"""CallControl and MessageControl: all that verbs may do to a call, and in answer to a message.

A SIP, a browser and a simulated call implement the first; the use case that answers a message the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from callwright.twiml.document import Document, MessageDocument


@dataclass(frozen=True)
class Warned:
    """A problem met in a document: Twilio's debugger code, text, place (line and column from 1).

    Errors are what the debugger calls so: they ended the document, or made a prompt fail.
    """

    code: int
    message: str
    line: int | None = None
    column: int | None = None
    is_error: bool = False


@dataclass(frozen=True)
class Speech:
    """Text to be spoken: `ssml` is the inner XML of <Say> (plain text included), language as BCP 47."""

    ssml: str
    voice: str
    language: str


@dataclass(frozen=True)
class DocumentRequest:
    """Ask the web app for the next document. `url` is absolute; `parameters` are the verb's (Digits …)."""

    url: str
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A message that a document sends. None: `to` is the other party, `from_` the number here.

    URLs are absolute. Numbers and texts are as written, to be checked by whoever sends.
    """

    body: str = ""
    media_urls: tuple[str, ...] = ()
    to: str | None = None
    from_: str | None = None
    status_callback: str | None = None


@dataclass(frozen=True)
class SentReply:
    """What came of a reply: its numbers as they were used, its SID and status (queued …).

    Refused: no SID, status failed, and why in `error_code` and `error_message`, which the verb tells the debugger.
    """

    sid: str | None
    status: str
    to: str
    from_: str
    error_code: int | None = None
    error_message: str | None = None


class CallEnded(Exception):
    """The other side is gone; the document stops here."""


class RepliesStopped(Exception):
    """Nothing more is sent in answer to the message; the document stops here."""


class DocumentFailed(Exception):
    """Neither the document nor its fallback could be had; `code` and `url` are of the request that failed last.

    A caller hears an error and the call ends; a message stays as it is, with the replies sent so far.
    """

    def __init__(self, message: str, code: int | None = None, url: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.url = url


class PromptFailed(Exception):
    """A prompt could not be prepared (unreachable audio, unknown format): code and text for the debugger."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CallControl(Protocol):
    """Every method raises CallEnded once the call is over. Cancelling a prompt silences it at once."""

    @property
    def is_answered(self) -> bool: ...

    async def answer(self) -> None:
        """Answer an inbound call; does nothing when it is answered already."""

    async def say(self, speech: Speech) -> None:
        """Speak; returns when the last sample has been sent. Raises PromptFailed."""

    async def play(self, url: str) -> None:
        """Play the audio at the URL once. Raises PromptFailed."""

    async def play_digits(self, digits: str) -> None:
        """Send DTMF; `w` waits half a second, `W` one second."""

    async def pause(self, duration_s: float) -> None:
        """Let the time pass in silence."""

    async def next_digit(self, timeout_s: float | None) -> str | None:
        """The next key pressed since the last `forget_digits`, or None after the time-out.

        Cancelling it loses no key: the next call of this method answers it.
        """

    def forget_digits(self) -> None:
        """Drop keys pressed until now."""

    async def hang_up(self) -> None:
        """End the call from our side."""

    async def reject(self, reason: str) -> None:
        """Refuse a call that has not been answered; `reason` is rejected or busy."""

    async def send_sms(self, reply: Reply) -> SentReply:
        """Send a message beside the call; a refusal is an answer too, not an exception."""

    async def warn(self, warned: Warned) -> None:
        """Tell the debugger."""


class MessageControl(Protocol):
    """Answers one incoming message."""

    async def send(self, reply: Reply) -> SentReply:
        """Send a message in reply; a refusal is an answer too, not an exception.

        Raises RepliesStopped when an earlier one was refused because there were too many.
        """

    async def warn(self, warned: Warned) -> None:
        """Tell the debugger."""


class MessageDocuments(Protocol):
    """Fetches the documents that answer a message, fallback included."""

    async def fetch(self, request: DocumentRequest) -> "MessageDocument":
        """Ask, parse and validate; on failure the same of the fallback URL. Raises DocumentFailed."""


class Documents(Protocol):
    """Fetches documents, fallback included."""

    async def fetch(self, request: DocumentRequest) -> "Document":
        """Ask, parse and validate; on failure the same of the fallback URL. Raises DocumentFailed."""
