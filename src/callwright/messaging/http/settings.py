"""Settings of HTTP carriers: how a message is sent, and how the carrier's webhooks are read."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from callwright.messaging.carrier import CarrierSettings
from callwright.messaging.http.paths import check_path
from callwright.messaging.http.template import check_template

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
#: Made by whoever sends the request; set here they would break it.
_OWN_HEADERS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})

Status = Literal["sent", "delivered", "undelivered", "failed", "read", "ignored"]

#: Words of carriers for how a message went, in small letters; `statuses` adds to these and overrides them.
USUAL_STATUSES: dict[str, Status] = {
    "accepted": "sent",
    "acceptd": "sent",
    "enroute": "sent",
    "sent": "sent",
    "submitted": "sent",
    "delivered": "delivered",
    "delivrd": "delivered",
    "read": "read",
    "seen": "read",
    "undelivered": "undelivered",
    "undeliverable": "undelivered",
    "undeliv": "undelivered",
    "expired": "undelivered",
    "deleted": "undelivered",
    "failed": "failed",
    "error": "failed",
    "rejected": "failed",
    "rejectd": "failed",
    "unknown": "failed",
}


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError(f"{text[:200]!r} is no address of an API: give for example https://api.example.com/messages")
    if parts.username is not None:
        raise ValueError("credentials do not belong into the url: give auth, username and secret")
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no name of a header")
    return text


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if _header_name(name).lower() in _OWN_HEADERS:
            raise ValueError(f"the header {name} is set by the server")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"the header {name} has to be printable ASCII")
    return headers


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    check_template(fields)
    return fields


def _answer_place(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if colon and kind == "header":
        _header_name(rest.strip())
    elif colon and kind == "text":
        if rest.count("{id}") != 1:
            raise ValueError(f"{text[:80]!r} has to hold {{id}} once, for example text:OK {{id}}")
    else:
        check_path(text)
    return text


Path = Annotated[str, AfterValidator(check_path)]
AnswerPlace = Annotated[str, AfterValidator(_answer_place)]
HttpStatus = Annotated[int, Field(ge=200, le=599)]
HeaderName = Annotated[str, AfterValidator(_header_name)]


class HttpSettings(CarrierSettings):
    """The API is described by templates and paths: any that takes a message in one request can be used."""

    url: Annotated[str, AfterValidator(_url)] = Field(description="Address that a message is sent to.")
    method: Literal["POST", "PUT", "GET"] = Field(default="POST", description="Method of that request.")
    content: Literal["form", "json", "query"] = Field(
        default="form", description="How the fields are sent: as a form, as JSON, or in the query of the url."
    )
    fields: Annotated[dict[str, Any], AfterValidator(_fields)] = Field(
        default={"from": "{from}", "to": "{to}", "body": "{body}"},
        min_length=1,
        description="What is sent. Values may hold {from} {to} {body} {sid} {media_urls} {callback_url} {segments} "
        "{username} {secret}; as JSON they may be objects and lists.",
    )
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default={}, description="Further headers; nothing secret, that is what secret is for."
    )
    auth: Literal["none", "basic", "bearer", "header"] = Field(
        default="none", description="How the secret is sent, unless a field holds it."
    )
    username: str = Field(default="", max_length=200, description="User name for basic, or for {username}.")
    secret: SecretStr | None = Field(default=None, description="Password, token or API key.")
    auth_header: HeaderName = Field(default="X-API-Key", description="The header that auth=header puts it into.")
    numbers: Literal["e164", "digits"] = Field(
        default="e164", description="Phone numbers with + in front (e164), or without (digits)."
    )
    timeout_s: float = Field(default=15.0, gt=0, le=60, description="Longest wait for an answer, in seconds.")
    concurrency: int = Field(default=20, ge=1, le=500, description="Most requests at the same time.")

    success_statuses: list[HttpStatus] = Field(default=[], description="HTTP statuses of success; empty: every 2xx.")
    retry_statuses: list[HttpStatus] = Field(
        default=[429, 503], description="HTTP statuses that mean: not now. Retry-After is obeyed."
    )
    id_path: AnswerPlace | None = Field(
        default=None,
        description="Where the answer has the message's identifier: a path as messages[0].id, header:NAME, or "
        "text:OK {id}. Without it receipts find no message.",
    )
    error_path: Path | None = Field(
        default=None,
        description="Where the answer has an error's code or text. In an answer with a status of success, something "
        "there other than 0, false or nothing means refused.",
    )
    error_codes: dict[str, Annotated[int, Field(ge=30001, le=30999)]] = Field(
        default={}, description="The carrier's error codes and what they are here (30003 …); else 30008."
    )

    webhook_auth: Literal["header", "basic", "hmac-sha256"] | None = Field(
        default=None,
        description="How the carrier proves that a webhook is its own: the secret in a header, HTTP Basic, or an "
        "HMAC-SHA256 of the body in a header. Without it webhooks are refused.",
    )
    webhook_secret: SecretStr | None = Field(default=None, description="The secret of webhooks.")
    webhook_username: str = Field(default="", max_length=200, description="User name for webhook_auth=basic.")
    webhook_header: HeaderName = Field(
        default="X-Webhook-Secret", description="The header with the secret, or with the HMAC in hex or Base64."
    )
    inbound_list: Path | None = Field(
        default=None, description="Where several messages stand in one webhook, for example messages[]."
    )
    inbound_from: Path = Field(default="from", description="Where the sender is, in a webhook of a message.")
    inbound_to: Path = Field(default="to", description="Where the number written to is.")
    inbound_body: Path = Field(default="body", description="Where the text is.")
    inbound_media: Path | None = Field(
        default=None, description="Where URLs of files are: media[].url, or MediaUrl{n} for fields with numbers."
    )
    inbound_part_reference: Path | None = Field(
        default=None, description="Where parts of a long message have what they have in common."
    )
    inbound_part_number: Path | None = Field(default=None, description="Where a part has its number, from 1.")
    inbound_part_total: Path | None = Field(default=None, description="Where a part tells how many there are.")

    receipt_list: Path | None = Field(default=None, description="Where several receipts stand in one webhook.")
    receipt_id: Path = Field(default="id", description="Where a receipt has the message's identifier.")
    receipt_status: Path = Field(default="status", description="Where a receipt has the status.")
    receipt_error: Path | None = Field(default=None, description="Where a receipt has an error code or text.")
    statuses: dict[str, Status] = Field(
        default={},
        description="The carrier's words for statuses, in any case, and ours: sent, delivered, undelivered, failed, "
        "read; ignored for those to be passed over. The usual words are known.",
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.method == "GET" and self.content != "query":
            raise ValueError("a GET has no body: set content to query, or method to POST")
        if self.auth != "none" and self.secret is None:
            raise ValueError(f"auth is {self.auth}, but there is no secret: give one, or set auth to none")
        if self.auth in ("bearer", "header") and not _is_header_value(self.secret):
            raise ValueError("the secret has to be printable ASCII to be sent in a header")
        if self.webhook_auth is not None and (
            self.webhook_secret is None or not self.webhook_secret.get_secret_value()
        ):
            raise ValueError(f"webhook_auth is {self.webhook_auth}, but there is no webhook_secret: give one")
        if self.content != "json" and any(isinstance(value, dict) for value in self.fields.values()):
            raise ValueError("fields with objects can only be sent with content set to json")
        parts = (self.inbound_part_reference, self.inbound_part_number, self.inbound_part_total)
        if any(parts) and not all(parts):
            raise ValueError("the three settings inbound_part_… belong together: give all, or none")
        return self

    def error_code(self, carriers_code: str | None, default: int) -> int:
        """Our code for the carrier's."""
        return self.error_codes.get(carriers_code or "", default)

    def status_of(self, word: str) -> Status | None:
        """Our word for the carrier's; None when it is not known."""
        wanted = word.strip().lower()
        own = {name.lower(): status for name, status in self.statuses.items()}
        return own.get(wanted) or USUAL_STATUSES.get(wanted)


def opened(secret: SecretStr | None) -> str:
    """The secret's text; empty when there is none."""
    return secret.get_secret_value() if secret is not None else ""


def _is_header_value(secret: SecretStr | None) -> bool:
    text = opened(secret)
    return bool(text) and text.isascii() and text.isprintable()
