"""What an API's answer means: taken (with which identifier), refused, or not now."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

from callwright.messaging.http.paths import read_json, storable, text_at
from callwright.messaging.http.settings import HttpSettings
from callwright.model.delivery_error import UNKNOWN_ERROR
from callwright.usecases.carrier_traffic import Accepted, Outcome, Postponed, Refused, Unacknowledged
from callwright.usecases.web_ports import WebAnswer

_NO_ERROR = frozenset({"0", "false", "none", "null", "ok"})
#: The carrier does not let this server in: it is nothing about the message.
_FORBIDDEN = 403
_NOT_ADMITTED = frozenset({401, _FORBIDDEN})
_DELAY_S = 5.0
_LONGEST_DELAY_S = 3600.0
_LONGEST_REASON = 200
_LONGEST_ID = 255


def outcome_of(answer: WebAnswer, settings: HttpSettings, now: datetime) -> Outcome:
    """What came of the request that this answers."""
    if answer.status in settings.retry_statuses:
        return Postponed(f"the carrier answered {answer.status}", _delay_s(answer.headers, now))
    body = _body(answer)
    error = text_at(body, settings.error_path)
    if not _is_success(answer.status, settings):
        return _refused(answer, error, settings)
    if error is not None and error.lower() not in _NO_ERROR:
        code = settings.error_code(error, UNKNOWN_ERROR)
        return Refused(code, f"The carrier refused it: {error[:_LONGEST_REASON]}")
    return _accepted(answer, body, settings)


def _is_success(status: int, settings: HttpSettings) -> bool:
    return status in settings.success_statuses if settings.success_statuses else 200 <= status < 300


def _refused(answer: WebAnswer, error: str | None, settings: HttpSettings) -> Outcome:
    words = f": {error[:_LONGEST_REASON]}" if error else ""
    if answer.status >= 500:  # it broke off, or a gateway got no answer of the API (RFC 9110 section 15.6)
        return Unacknowledged(f"the carrier answered {answer.status}{words}")
    if answer.status in _NOT_ADMITTED:
        if answer.status == _FORBIDDEN and error is not None and error in settings.error_codes:
            return Refused(settings.error_codes[error], f"The carrier answered {answer.status}{words}")
        hint = "it does not admit this server, check the carrier's auth, username and secret"
        return Refused(UNKNOWN_ERROR, f"The carrier answered {answer.status}{words}: {hint}", try_elsewhere=True)
    if 300 <= answer.status < 400:
        hint = "redirects are not followed, set the carrier's url to where it leads"
        return Refused(UNKNOWN_ERROR, f"The carrier answered {answer.status}: {hint}", try_elsewhere=True)
    code = settings.error_code(error, settings.error_code(str(answer.status), UNKNOWN_ERROR))
    return Refused(code, f"The carrier answered {answer.status}{words}")


def _accepted(answer: WebAnswer, body: Any, settings: HttpSettings) -> Outcome:
    place = settings.id_path
    if place is None:
        return Accepted(("",))
    identifier = _identifier(answer, body, place)
    if not identifier or len(identifier) > _LONGEST_ID:
        return Unacknowledged(f"the carrier answered {answer.status}, but has no identifier at {place}")
    # Without webhook_auth every receipt is refused: waiting for one would keep the message from being cleared.
    return Accepted((identifier if settings.webhook_auth is not None else "",))


def _identifier(answer: WebAnswer, body: Any, place: str) -> str | None:
    kind, _, rest = place.partition(":")
    if kind == "header" and rest:
        return storable(answer.headers.get(rest.strip(), "").strip())
    if kind == "text" and rest:
        return _inside_text(storable(answer.text), rest)
    return text_at(body, place)


def _inside_text(text: str, pattern: str) -> str | None:
    """What stands at `{id}`: after the text before it, up to the text after it, else up to a blank."""
    before, _, after = pattern.partition("{id}")
    _, found, rest = text.partition(before) if before else ("", "start", text)
    end = rest.find(after) if after else -1
    words = (rest[:end] if end >= 0 else rest).split(maxsplit=1)
    return words[0] if found and words else None


def _body(answer: WebAnswer) -> Any:
    """JSON, else the fields of a form; empty when it is neither."""
    if not answer.body:
        return {}
    try:
        return read_json(answer.body)
    except ValueError:
        return dict(parse_qsl(answer.text, max_num_fields=100)) if answer.text.count("&") < 100 else {}


def _delay_s(headers: Mapping[str, str], now: datetime) -> float:
    """Retry-After in seconds (RFC 9110 section 10.2.3), within bounds."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(max(int(text[:9]), 1), _LONGEST_DELAY_S))
    try:
        return min(max((parsedate_to_datetime(text) - now).total_seconds(), 1.0), _LONGEST_DELAY_S)
    except (ValueError, TypeError, OverflowError):  # none, no date, or one without its zone
        return _DELAY_S
