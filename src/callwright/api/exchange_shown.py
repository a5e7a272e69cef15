"""Exchanges as /v1 shows them: in lists, and one with all about it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.model.exchange import LONGEST_BODY, Exchange
from callwright.usecases.show_exchange import Inspection


class ExchangeListed(BaseModel):
    """One request that went out, in short."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="EX…")
    account_sid: str = Field(description="Whose it is.")
    date_created: datetime | None = Field(description="When the request ended.")
    kind: str = Field(
        description="document, fallback, status-callback, media, carrier; check and replay were asked for by people."
    )
    method: str = Field(description="GET or POST.")
    url: str = Field(description="As it was sent: without credentials and #overrides; of a GET with its parameters.")
    status_code: int | None = Field(description="HTTP status of the answer; null when none came.")
    is_failure: bool = Field(description="Whether this is why the attempt came to nothing.")
    error_code: int | None = Field(description="The debugger's code for what went wrong.")
    error: str | None = Field(description="What went wrong.")
    connect_ms: float | None = Field(description="Until the connection was open; null on one that was open already.")
    first_byte_ms: float | None = Field(description="Until the head of the answer had come.")
    duration_ms: float = Field(description="Until all of it had come, or the request was given up.")
    request_id: str | None = Field(
        description="Shared by all retries and redirects of one request; sent as I-Twilio-Idempotency-Token."
    )
    attempt: int = Field(description="0, then counting the retries.")
    hop: int = Field(description="How many redirects were followed before it.")
    call_sid: str | None = Field(description="The call it was about.")
    message_sid: str | None = Field(description="The message it was about.")
    application_sid: str | None = Field(description="The application whose URL it was.")
    replay_of: str | None = Field(description="The exchange that it repeated.")


class ExchangePage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    exchanges: list[ExchangeListed] = Field(description="The exchanges of this page.")
    next_before: str | None = Field(description="`before` of the next page.")


class RequestShown(BaseModel):
    """What was sent."""

    method: str = Field(description="GET or POST.")
    url: str = Field(description="The URL that was sent and signed.")
    headers: dict[str, Any] = Field(description="Headers; cookies and credentials are redacted.")
    parameters: dict[str, Any] = Field(description="Parameters: the form of a POST; of a GET they are in the URL.")
    is_cut: bool = Field(description="Whether URL or parameters were redacted or shortened before they were kept.")


class SignatureShown(BaseModel):
    """What was signed. The key is the account's AuthToken."""

    header: str | None = Field(description="X-Twilio-Signature as it was sent; null: this request is not signed.")
    signed_text: str | None = Field(
        description="The text it was made of: HMAC-SHA1, then base64. null where parts of it are not kept."
    )


class ResponseShown(BaseModel):
    """What came back."""

    status_code: int = Field(description="HTTP status.")
    headers: dict[str, Any] = Field(description="Headers; cookies are redacted.")
    body: str | None = Field(description="The first 16384 characters of a text; null for what is no text.")
    bytes: int = Field(description="How long the body was.")
    is_body_cut: bool = Field(description="Whether it is longer than what is kept.")


class CauseShown(BaseModel):
    """Why it failed and what to do."""

    code: int = Field(description="The debugger's code.")
    message: str = Field(description="The cause.")
    fix: str | None = Field(description="What to do about it.")


class ProblemOfExchange(BaseModel):
    """What the debugger was told about this request, for example a document that could not be used."""

    sid: str = Field(description="NO…, the notification.")
    code: str | None = Field(description="The debugger's code.")
    message: str | None = Field(description="Cause, place and fix.")


class BelongsTo(BaseModel):
    """The call or message it was about."""

    sid: str = Field(description="CA…, SM… or MM….")
    status: str = Field(description="Its status now.")
    from_: str | None = Field(serialization_alias="from", description="From.")
    to: str | None = Field(description="To.")


class ApplicationOfExchange(BaseModel):
    """The application whose URL it was."""

    sid: str = Field(description="AP…")
    friendly_name: str | None = Field(description="Its name.")
    revision: int | None = Field(description="The revision that the call or message started on.")
    current_revision: int = Field(description="The revision now.")


class ExchangeShown(ExchangeListed):
    """One exchange with all about it."""

    request: RequestShown = Field(description="The request as it was sent.")
    signature: SignatureShown = Field(description="What was signed.")
    response: ResponseShown | None = Field(description="What came back; null when nothing did.")
    cause: CauseShown | None = Field(description="Why it failed; null when it did not.")
    problems: list[ProblemOfExchange] = Field(description="What the debugger was told about this URL of the call.")
    related: list[ExchangeListed] = Field(description="All attempts and redirects of this request, in order.")
    replays: list[ExchangeListed] = Field(description="Its replays, newest first.")
    call: BelongsTo | None = Field(description="The call it was about, if there still is one.")
    message: BelongsTo | None = Field(description="The message it was about, if there still is one.")
    application: ApplicationOfExchange | None = Field(description="Its application, if there still is one.")


def listed(exchange: Exchange) -> ExchangeListed:
    return ExchangeListed.model_validate(exchange)


def shown(inspection: Inspection) -> ExchangeShown:
    exchange = inspection.exchange
    code, error = exchange.error_code, exchange.error or ""
    application = inspection.application
    return ExchangeShown(
        **listed(exchange).model_dump(),
        request=RequestShown(
            method=exchange.method,
            url=exchange.url,
            headers=exchange.request_headers,
            parameters=exchange.request_parameters,
            is_cut=exchange.is_cut,
        ),
        signature=SignatureShown(header=inspection.signature, signed_text=inspection.signed_text),
        response=_response(exchange),
        cause=CauseShown(code=code, message=error, fix=inspection.fix) if code is not None else None,
        problems=[
            ProblemOfExchange(sid=one.sid, code=one.error_code, message=one.message_text) for one in inspection.problems
        ],
        related=[listed(one) for one in inspection.related],
        replays=[listed(one) for one in inspection.replays],
        call=_belongs_to(inspection.call),
        message=_belongs_to(inspection.message),
        application=ApplicationOfExchange(
            sid=application.sid,
            friendly_name=application.friendly_name,
            revision=inspection.application_revision,
            current_revision=application.revision,
        )
        if application is not None
        else None,
    )


def _response(exchange: Exchange) -> ResponseShown | None:
    if exchange.status_code is None:
        return None
    body = exchange.response_body
    return ResponseShown(
        status_code=exchange.status_code,
        headers=exchange.response_headers,
        body=body,
        bytes=exchange.response_bytes,
        is_body_cut=body is not None and len(body) == LONGEST_BODY < exchange.response_bytes,
    )


def _belongs_to(subject: Any) -> BelongsTo | None:
    if subject is None:
        return None
    return BelongsTo(sid=subject.sid, status=subject.status, from_=subject.from_, to=subject.to)
