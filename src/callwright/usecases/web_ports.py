"""Ports of the web: requests to web apps and to the APIs of carriers. webhooks/ implements them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class WebRequest:
    """A request to a web app, before it is signed.

    `url` is as configured (credentials and #overrides included). `kind` as in model.exchange.
    `session` keys the cookie jar and the remembered credentials (the call's SID). `most_bytes` limits the answer to a
    download further than the client does by itself, and that of a request in place of 64 kB. `secrets` are left out of
    the exchange log wherever they occur.
    `replay_of` is the exchange that this repeats, `request_id` what it is known by (None: the client makes that up).
    """

    url: str
    method: str
    parameters: Mapping[str, str]
    account_sid: str
    auth_token: str
    kind: str = "document"
    call_sid: str | None = None
    message_sid: str | None = None
    application_sid: str | None = None
    session: str | None = None
    most_bytes: int | None = None
    secrets: tuple[str, ...] = ()
    replay_of: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class WebAnswer:
    """What the web app answered; `url` is the final one, after redirects. `body` is at most 64 kB.

    `redirects` are the URLs it was redirected to, in order. Header names are found in any case.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    redirects: tuple[str, ...] = ()
    #: Call it before anything is awaited to have the log say that the answer was of no use: code and text.
    refuse: Callable[[int, str], None] = field(default=lambda code, text: None, compare=False, repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class WebhookFailure(Exception):
    """The web app could not be asked, or answered with an error; `code` is the debugger's (11200 family)."""

    def __init__(self, code: int, message: str, answer: WebAnswer | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.answer = answer


@dataclass(frozen=True)
class ApiRequest:
    """A request to somebody's API (a carrier's): not signed, sent once, redirects not followed.

    `url` has its query already. In the exchange log are kept `shown_url` (None: the URL), the headers and `shown` (the
    fields of the body), wherever one of the `secrets` occurs redacted.
    """

    url: str
    method: str
    account_sid: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    shown_url: str | None = None
    secrets: tuple[str, ...] = ()
    message_sid: str | None = None
    kind: str = "carrier"
    timeout_s: float = 15.0


class NotReached(WebhookFailure):
    """There was no connection: nothing of the request was sent."""


class Webhooks(Protocol):
    """The webhook client."""

    async def call(self, request: ApiRequest) -> WebAnswer:
        """Ask an API; answers whatever its status is.

        Raises NotReached, and WebhookFailure when the request may have arrived but no answer came.
        """

    async def request(self, request: WebRequest) -> WebAnswer:
        """Ask the web app, retries and redirects included. Raises WebhookFailure on any status ≥ 400."""

    async def download(self, request: WebRequest) -> WebAnswer:
        """Fetch audio for <Play>: no parameters, up to 40 MB, cached as its headers allow."""

    def end_session(self, session: str) -> None:
        """Forget the cookies and credentials of a call that ended."""
