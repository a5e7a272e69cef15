"""What a call's web app was asked, and what it answered."""

from typing import Any

from callwright.model.exchange import Exchange
from callwright.model.resource import Operation
from callwright.model.resources.call_event import CALL_EVENTS, CallEvent
from callwright.usecases.operations import Page, Request, performs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.stored import check_parents, page_where
from callwright.usecases.voice_parameters import rfc2822


@performs(CALL_EVENTS, Operation.LIST)
def list_call_events(unit: UnitOfWork, request: Request) -> Page:
    """Exchanges of the call, newest first like every list."""
    check_parents(unit, request)
    conditions = [Condition("account_sid", request.account.sid), Condition("call_sid", request.path["CallSid"])]
    page = page_where(unit, request, Exchange, conditions)
    return Page([_event(exchange) for exchange in page.records], page.has_more)


def _event(exchange: Exchange) -> CallEvent:
    return CallEvent.model_construct(
        sid=exchange.sid,
        account_sid=exchange.account_sid,
        request={
            "method": exchange.method,
            "url": exchange.url,
            "parameters": exchange.request_parameters,
        },
        response=_response(exchange) if exchange.status_code is not None else None,
    )


def _response(exchange: Exchange) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in exchange.response_headers.items()}
    return {
        "response_code": exchange.status_code,
        "request_duration": round(exchange.duration_ms),
        "content_type": headers.get("content-type"),
        "response_body": exchange.response_body,
        "date_created": rfc2822(exchange.date_created) if exchange.date_created else None,
    }
