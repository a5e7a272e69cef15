"""Exchanges: one web request with its response, kept for the inspector. Secrets are already redacted."""

import re
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record

#: What an exchange was for. `check` and `replay` are asked for by people and belong to no call or message.
KINDS = ("document", "fallback", "status-callback", "media", "carrier", "check", "replay")

#: Longer values of headers and parameters are shortened to that many characters.
LONGEST_VALUE = 2048
#: And bodies.
LONGEST_BODY = 16_384

_CREDENTIALS = re.compile(r"^([^/?#]*//)[^/?#]*@")
_ENDPOINT_DIGITS = 32


class Exchange(Record):
    """One request that went out (or was about to) and what came of it; `kind` is one of KINDS.

    All exchanges of one logical request share its `request_id` (the value of I-Twilio-Idempotency-Token):
    `attempt` counts its retries from 0, `hop` the redirects followed within an attempt. `endpoint` is that of the URL
    asked for at first, redirected or not. `is_failure`: this exchange is why its attempt came to nothing, an answer
    that is no TwiML included (a redirect that was followed and a challenge that was answered are none). `is_cut`: URL
    or parameters are not as they were sent, since something was redacted or shortened: the signature cannot be worked
    out from them.

    `connect_ms` is None on a connection that was open already; with `first_byte_ms` (from the start to the head of
    the answer) and `duration_ms` it tells where the time went.
    """

    table: ClassVar[str] = "exchanges"

    call_sid: Annotated[str | None, Indexed()] = None
    message_sid: Annotated[str | None, Indexed()] = None
    application_sid: Annotated[str | None, Indexed()] = None
    request_id: Annotated[str | None, Indexed()] = None
    endpoint: Annotated[str | None, Indexed()] = None
    #: The exchange that this one repeats; of kind `replay`.
    replay_of: str | None = None
    kind: str = "document"
    attempt: int = 0
    hop: int = 0
    method: str = "POST"
    url: str = ""
    request_headers: dict[str, Any] = {}
    request_parameters: dict[str, Any] = {}
    is_cut: bool = False
    status_code: int | None = None
    response_headers: dict[str, Any] = {}
    response_body: str | None = None
    response_bytes: int = 0
    connect_ms: float | None = None
    first_byte_ms: float | None = None
    duration_ms: float = 0.0
    is_failure: bool = False
    error_code: int | None = None
    error: str | None = None


@lru_cache(maxsize=4096)
def endpoint_of(url: str) -> str:
    """What all exchanges of that URL have in common, its credentials and fragment (overrides) left out."""
    plain = _CREDENTIALS.sub(r"\1", url.strip().partition("#")[0])
    return sha256(plain.encode("utf-8", "replace")).hexdigest()[:_ENDPOINT_DIGITS]
