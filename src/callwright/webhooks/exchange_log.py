"""What the inspector keeps of each request: fields of model.exchange, secrets redacted, bodies shortened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.exchange import LONGEST_BODY, LONGEST_VALUE, endpoint_of
from callwright.model.redaction import REDACTED, forms_of, redacted
from callwright.usecases.web_ports import WebRequest
from callwright.webhooks.bodies import is_text
from callwright.webhooks.failures import HopFailed
from callwright.webhooks.transport import RawAnswer, Timing

_SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization", "www-authenticate"})
#: What an exchange is found by and sorted by: our own words, in which a secret may occur by chance.
_OUR_OWN = frozenset(
    {"account_sid", "call_sid", "message_sid", "application_sid", "kind", "method"}
    | {"request_id", "endpoint", "replay_of"}
)


@dataclass(frozen=True)
class Hop:
    """One request with what came of it: `answer` is None if none came, `failure` if all is well.

    `request_id` and `attempt` as in model.exchange; `number` is its `hop`.
    """

    request: WebRequest
    request_id: str
    attempt: int
    number: int
    method: str
    url: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    timing: Timing
    duration_ms: float
    answer: RawAnswer | None = None
    failure: HopFailed | None = None


def exchange_of(hop: Hop, secrets: Collection[str] = ()) -> dict[str, Any]:
    """The fields of an Exchange, without sid and dates: those are the log's.

    Each secret is replaced wherever it occurs, and before anything is cut: half a secret would not be found.
    """
    fields = _without_secrets(_fields(hop), secrets)
    body, parameters = fields["response_body"], _cut(fields["request_parameters"])
    return {
        **fields,
        "request_headers": _cut(fields["request_headers"]),
        "request_parameters": parameters,
        "is_cut": fields["url"] != hop.url or parameters != hop.parameters,
        "response_headers": _cut(fields["response_headers"]),
        "response_body": body[:LONGEST_BODY] if body is not None else None,
    }


def _cut(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:LONGEST_VALUE] for name, value in values.items()}


def _fields(hop: Hop) -> dict[str, Any]:
    answer = hop.answer
    error_code, error = _fault(hop)
    return {
        "account_sid": hop.request.account_sid,
        "call_sid": hop.request.call_sid,
        "message_sid": hop.request.message_sid,
        "application_sid": hop.request.application_sid,
        "request_id": hop.request_id,
        "endpoint": endpoint_of(hop.request.url),
        "replay_of": hop.request.replay_of,
        "kind": hop.request.kind,
        "attempt": hop.attempt,
        "hop": hop.number,
        "method": hop.method,
        "url": hop.url,
        "request_headers": _redacted(hop.headers),
        "request_parameters": dict(hop.parameters),
        "status_code": answer.status if answer else None,
        "response_headers": _redacted(answer.headers) if answer else {},
        "response_body": _readable(answer) if answer else None,
        "response_bytes": len(answer.body) if answer else 0,
        "connect_ms": hop.timing.connect_ms,
        "first_byte_ms": hop.timing.first_byte_ms,
        "duration_ms": round(hop.duration_ms, 3),
        "is_failure": error_code is not None,
        "error_code": error_code,
        "error": error,
    }


def _fault(hop: Hop) -> tuple[int | None, str | None]:
    """Why it came to nothing: no answer, an answer that is an error, or one that was of no use."""
    if hop.failure is not None:
        return hop.failure.code, hop.failure.message
    return hop.answer.refusals[0] if hop.answer is not None and hop.answer.refusals else (None, None)


def _without_secrets(fields: Mapping[str, Any], secrets: Collection[str]) -> Mapping[str, Any]:
    """Fields of an exchange with each secret replaced wherever it occurs, in forms of URLs and JSON as well."""
    if not secrets:
        return fields
    forms = forms_of(secrets)
    return {name: value if name in _OUR_OWN else redacted(value, forms) for name, value in fields.items()}


def _redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by name, repeated ones joined; the signature stays, since it is what people come to check."""
    shown: dict[str, str] = {}
    for key, value in headers.items():
        name = str(key)  # aiohttp's names are a subclass of str, which is refused where exchanges are stored
        safe = REDACTED if name.lower() in _SECRET_HEADERS else value
        shown[name] = f"{shown[name]}, {safe}" if name in shown else safe
    return shown


def _readable(answer: RawAnswer) -> str | None:
    if not answer.body or not is_text(answer.content_type or "text/plain"):
        return None
    return answer.body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
