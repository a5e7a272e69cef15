"""What drives an outgoing call once it is answered: ApplicationSid beats Url, Url beats Twiml.

With an application the request's Url, Method, fallback and status callback parameters are not used: the
application's are (reference: resources, Calls).
"""

from typing import Any

from callwright.model.errors import StatusCallbackEventInvalid, TwimlTooLong
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import PROGRESS_EVENTS, CallCreation, InvalidApplicationSid, UrlRequired
from callwright.model.routing import Reason, Route, of_revision, voice_route_of_application
from callwright.usecases.ports import UnitOfWork

LONGEST_TWIML = 4000
_DEFAULT_EVENTS = ["completed"]


def instructions_of(unit: UnitOfWork, account: Account, asked: CallCreation, callee: str) -> dict[str, Any]:
    """The fields of a Call that say what drives it; `callee` is who is called, in E.164 or as a SIP URI.

    Raises InvalidApplicationSid (21218), UrlRequired (21205), TwimlTooLong (32018) or
    StatusCallbackEventInvalid (21626).
    """
    if asked.application_sid:
        return _by_application(unit, account, asked, callee)
    if asked.url:
        return _by_request(asked, Reason("url", "Url drives the call", asked.url, _given(asked.twiml and "Twiml")))
    if asked.twiml:
        check_twiml(asked.twiml)
        return _by_request(asked, Reason("url", "Twiml drives the call", "Twiml")) | {"twiml": asked.twiml}
    raise UrlRequired()


def check_twiml(twiml: str) -> None:
    """Raises TwimlTooLong (32018) beyond 4000 characters. Whether it is TwiML shows when it runs."""
    if len(twiml) > LONGEST_TWIML:
        raise TwimlTooLong()


def _by_application(unit: UnitOfWork, account: Account, asked: CallCreation, callee: str) -> dict[str, Any]:
    sid = asked.application_sid or ""
    application = unit.get(Application, sid)
    if application is None or application.account_sid != account.sid:
        raise InvalidApplicationSid(f"Invalid ApplicationSid {sid}: the account {account.sid} has no such application.")
    lost = _given(asked.url, asked.twiml and "Twiml")
    reason = Reason("application", "ApplicationSid beats Url and Twiml", of_revision(application), lost)
    route = voice_route_of_application(application, reason, callee=callee)
    if route.error_code is not None:
        raise InvalidApplicationSid(f"Invalid ApplicationSid {sid}. {route.error}: {route.fix}.")
    return _fields(route, _DEFAULT_EVENTS) | {
        "application_sid": sid,
        "application_revision": route.application_revision,
        "api_version": application.api_version,
    }


def _by_request(asked: CallCreation, reason: Reason) -> dict[str, Any]:
    route = Route(
        source="request",
        url=asked.url,
        method=asked.method,
        fallback_url=asked.fallback_url,
        fallback_method=asked.fallback_method,
        status_callback=asked.status_callback,
        status_callback_method=asked.status_callback_method,
        reasons=(reason,),
    )
    return _fields(route, _events(asked.status_callback_event))


def _fields(route: Route, events: list[str]) -> dict[str, Any]:
    return {
        "url": route.url,
        "method": route.method,
        "fallback_url": route.fallback_url,
        "fallback_method": route.fallback_method,
        "status_callback": route.status_callback,
        "status_callback_method": route.status_callback_method,
        "status_callback_events": events,
        "route": route.as_dict(),
    }


def _events(given: list[str]) -> list[str]:
    wanted = [event for event in given if event]
    for event in wanted:
        if event not in PROGRESS_EVENTS:
            raise StatusCallbackEventInvalid(
                f"Invalid StatusCallbackEvent {event!r}: give initiated, ringing, answered or completed; "
                "repeat the parameter for several."
            )
    return [event for event in PROGRESS_EVENTS if event in wanted] or _DEFAULT_EVENTS


def _given(*candidates: str | None) -> tuple[str, ...]:
    return tuple(candidate for candidate in candidates if candidate)
