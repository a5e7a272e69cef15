"""Exchanges: one webhook request with its response, kept for the inspector. Secrets are already redacted."""

from typing import Annotated, Any, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class Exchange(Record):
    """`kind` is document, fallback, status-callback, media or carrier; `attempt` counts from 0 within one request."""

    table: ClassVar[str] = "exchanges"

    call_sid: Annotated[str | None, Indexed()] = None
    message_sid: Annotated[str | None, Indexed()] = None
    application_sid: Annotated[str | None, Indexed()] = None
    kind: str = "document"
    attempt: int = 0
    method: str = "POST"
    url: str = ""
    request_headers: dict[str, Any] = {}
    request_parameters: dict[str, Any] = {}
    status_code: int | None = None
    response_headers: dict[str, Any] = {}
    response_body: str | None = None
    response_bytes: int = 0
    duration_ms: float = 0.0
    error_code: int | None = None
    error: str | None = None
