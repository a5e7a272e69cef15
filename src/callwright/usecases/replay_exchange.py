"""Replay an exchange: the same parameters once more, freshly signed, and what the web app answers to them now."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from callwright.model.actor import SERVER
from callwright.model.errors import ApiError
from callwright.model.exchange import LONGEST_BODY, LONGEST_VALUE, Exchange
from callwright.model.redaction import REDACTED
from callwright.model.resources.account import Account
from callwright.model.webhook_failure import fix_of
from callwright.usecases.check_url import CheckResult, beginning, judge_answer
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.report_problem import without_credentials
from callwright.usecases.reserve_request import reserve_request
from callwright.usecases.show_exchange import configured_url, own_exchange
from callwright.usecases.web_ports import WebAnswer, WebhookFailure, WebRequest

log = structlog.get_logger()

KIND = "replay"
#: Kinds of exchanges whose answers are documents.
_DOCUMENTS = ("document", "fallback")
_MOST_AT_ONCE, _EVERY_S = 10, 1.0
_NAME = "replays"
#: Files are larger than documents, and read into memory.
_MOST_MEDIA_BYTES = 5_000_000


class NotReplayable(ApiError):
    """Requests to carriers cannot be replayed: they would send a message once more. Send a new message instead."""

    code = 20409
    status = 409


class ExchangeCut(ApiError):
    """The exchange is not as it was sent: parts of it were redacted or shortened. Give anyway=true to send the rest."""

    code = 20409
    status = 409


class TooManyReplays(ApiError):
    """Too many replays: 10 at once and 60 a minute are allowed for an account. Wait, then try again."""

    code = 20429
    status = 429


@dataclass(frozen=True)
class ReplayOrder:
    """`url` and `method` None: those of the exchange. `anyway`: also if its parameters are not whole."""

    url: str | None = None
    method: str | None = None
    anyway: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Replayed:
    """What was asked and answered; `request_id` finds the exchanges that were made by it. Times in milliseconds.

    `status` is None when no answer came. The three about errors are None where the answer is of status 2xx; `body`
    is its beginning, as text; None for what is no text.
    """

    replay_of: str
    url: str
    method: str
    parameters: Mapping[str, str]
    duration_ms: float
    request_id: str | None = None
    status: int | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    is_body_cut: bool = False
    final_url: str | None = None
    redirects: tuple[str, ...] = ()
    error_code: int | None = None
    error: str | None = None
    fix: str | None = None
    #: What the answer would be good for, where a document was asked for.
    verdict: CheckResult | None = None


async def replay_exchange(ports: Ports, account: Account, sid: str, order: ReplayOrder) -> Replayed:
    """Send it and wait for the answer, which nothing happens with: the call or message goes on as if it were not.

    It goes through the egress guard and is kept as an exchange of kind `replay`. Raises NotFound, NotReplayable,
    ExchangeCut and TooManyReplays; a web app that fails is told in the answer.
    """
    exchange, configured = await ports.storage.read(lambda unit: _exchange_of(unit, account, sid))
    _check(exchange, order)
    request_id = await ports.storage.write(lambda unit: _reserve(unit, account.sid), SERVER)
    request = replace(_request(account, exchange, order, configured), request_id=request_id)
    log.info("exchange is replayed", exchange=sid, account=account.sid, reason=order.reason)
    started = ports.now()
    answer: WebAnswer | None = None
    failed: dict[str, Any] = {}
    try:
        answer = await ports.webhooks.request(request)
    except WebhookFailure as failure:
        answer = failure.answer
        fix = fix_of(failure.code, answer.status if answer else None)
        failed = {"error_code": failure.code, "error": failure.message, "fix": fix}
    return Replayed(
        replay_of=sid,
        url=without_credentials(request.url),
        method=request.method,
        parameters=request.parameters,
        duration_ms=round((ports.now() - started) / timedelta(milliseconds=1), 1),
        request_id=request.request_id,
        **_answered(answer),
        verdict=_verdict(ports, account, exchange, answer),
        **failed,
    )


def _exchange_of(unit: UnitOfWork, account: Account, sid: str) -> tuple[Exchange, str | None]:
    exchange = own_exchange(unit, account, sid)
    return exchange, configured_url(unit, exchange) if exchange.hop == 0 else None


def _check(exchange: Exchange, order: ReplayOrder) -> None:
    if exchange.kind == "carrier":
        raise NotReplayable()
    if exchange.is_cut and not order.anyway:
        cut = [name for name, value in exchange.request_parameters.items() if _is_cut(str(value))]
        raise ExchangeCut(details={"parameters": cut})


def _is_cut(value: str) -> bool:
    return REDACTED in value or len(value) >= LONGEST_VALUE


def _request(account: Account, exchange: Exchange, order: ReplayOrder, configured: str | None) -> WebRequest:
    method = order.method or exchange.method
    parameters = {name: str(value) for name, value in exchange.request_parameters.items()}
    return WebRequest(
        url=order.url or configured or _without_parameters(exchange, parameters),
        method=method,
        parameters=parameters,
        account_sid=account.sid,
        auth_token=account.auth_token,
        kind=KIND,
        most_bytes=_MOST_MEDIA_BYTES if exchange.kind == "media" else None,
        replay_of=exchange.sid,
    )


def _without_parameters(exchange: Exchange, parameters: Mapping[str, str]) -> str:
    """The URL as it was before the parameters of a GET were appended to it: they are appended again."""
    appended = urlencode(parameters, errors="replace")
    if exchange.method != "GET" or not appended:
        return exchange.url
    before = exchange.url.removesuffix(appended)
    return before[:-1] if before != exchange.url else before


def _reserve(unit: UnitOfWork, account_sid: str) -> str:
    """Take one of the account's replays; answers what the request will be known by."""
    if not reserve_request(unit, account_sid, _NAME, every_s=_EVERY_S, most_at_once=_MOST_AT_ONCE):
        raise TooManyReplays()
    return str(uuid.UUID(hex=unit.new_sid("RQ")[2:]))


def _answered(answer: WebAnswer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    body, is_cut = beginning(answer.text, LONGEST_BODY)
    return {
        "status": answer.status,
        "content_type": answer.content_type or None,
        "headers": {str(name): value for name, value in answer.headers.items()},
        "body": body if _is_text(answer.content_type) else None,
        "is_body_cut": is_cut,
        "final_url": without_credentials(answer.url),
        "redirects": tuple(without_credentials(url) for url in answer.redirects),
    }


def _is_text(content_type: str) -> bool:
    """Audio and pictures are not shown."""
    return not content_type.strip().lower().startswith(("audio/", "image/", "video/", "application/octet-stream"))


def _verdict(ports: Ports, account: Account, exchange: Exchange, answer: WebAnswer | None) -> CheckResult | None:
    """Only of answers that a call or message would have looked at."""
    is_about_something = exchange.call_sid or exchange.message_sid
    if answer is None or exchange.kind not in _DOCUMENTS or not is_about_something or not 200 <= answer.status < 300:
        return None
    return judge_answer(ports, account, answer, exchange.method, "voice" if exchange.call_sid else "sms")
