"""Where a call or message to a number goes, and why: one pure function per channel.

Used by answering, by the console and by Explain alike. Source of the rules: reference, webhooks "Which URL".
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode

INVALID_APPLICATION = 21218
BAD_URL = 11100


@dataclass(frozen=True)
class Reason:
    """One step of the decision: the rule that decided, what it chose and what it passed over."""

    rule: str
    chose: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """The web app a call or message goes to. `error_code` is set when there is nothing usable to go to."""

    source: str
    url: str | None = None
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    application_sid: str | None = None
    application_revision: int | None = None
    trunk_sid: str | None = None
    caller_id_lookup: bool = False
    error_code: int | None = None
    error: str | None = None
    reasons: tuple[Reason, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def route_voice(number: IncomingPhoneNumber, application: Application | None) -> Route:
    """Route a call to a number; `application` is the row its voice_application_sid names, None if it is gone."""
    if number.trunk_sid:
        return _to_trunk(number)
    if number.voice_application_sid:
        return _to_application(number, application)
    return _to_number(number)


def _to_trunk(number: IncomingPhoneNumber) -> Route:
    lost = _named(number.voice_application_sid, number.voice_url)
    reason = Reason("trunk_sid beats application and URL", f"trunk {number.trunk_sid}", lost)
    return Route(source="trunk", trunk_sid=number.trunk_sid, reasons=(reason,))


def _to_application(number: IncomingPhoneNumber, application: Application | None) -> Route:
    sid = number.voice_application_sid
    lost = _named(number.voice_url, number.voice_fallback_url, number.status_callback)
    reason = Reason("voice_application_sid beats every voice URL of the number", f"application {sid}", lost)
    if application is None or application.account_sid != number.account_sid:
        return _to_missing_application(number, sid, reason)
    return voice_route_of_application(application, (reason,))


def _to_missing_application(number: IncomingPhoneNumber, sid: str | None, reason: Reason) -> Route:
    gone = Reason("the application is gone; the number's own URLs stay unused", "nothing")
    return Route(
        source="application",
        application_sid=sid,
        error_code=INVALID_APPLICATION,
        error=f"Application {sid} of {number.phone_number} does not exist anymore: attach another one.",
        reasons=(reason, gone),
    )


def voice_route_of_application(application: Application, reasons: tuple[Reason, ...] = ()) -> Route:
    """The voice side of an application as a route; a call may name the application itself."""
    has_target = bool(application.voice_url or application.voice_fallback_url)
    return Route(
        source="application",
        url=application.voice_url,
        method=application.voice_method,
        fallback_url=application.voice_fallback_url,
        fallback_method=application.voice_fallback_method,
        status_callback=application.status_callback,
        status_callback_method=application.status_callback_method,
        application_sid=application.sid,
        application_revision=application.revision,
        caller_id_lookup=application.voice_caller_id_lookup,
        error_code=None if has_target else BAD_URL,
        error=None if has_target else f"Application {application.sid} has no VoiceUrl: set one.",
        reasons=reasons,
    )


def _to_number(number: IncomingPhoneNumber) -> Route:
    has_target = bool(number.voice_url or number.voice_fallback_url)
    return Route(
        source="number",
        url=number.voice_url,
        method=number.voice_method,
        fallback_url=number.voice_fallback_url,
        fallback_method=number.voice_fallback_method,
        status_callback=number.status_callback,
        status_callback_method=number.status_callback_method,
        caller_id_lookup=number.voice_caller_id_lookup,
        error_code=None if has_target else BAD_URL,
        error=None if has_target else f"{number.phone_number} has neither VoiceUrl nor application: set one.",
        reasons=(Reason("no trunk and no application: the number's own VoiceUrl", number.voice_url or "nothing"),),
    )


def route_message(number: IncomingPhoneNumber | ShortCode, application: Application | None) -> Route:
    """Route a message to a number; `application` is the row its sms_application_sid names, None if it is gone.

    Without a URL nobody is asked and the message is kept: that is no error, and no fallback is asked either.
    `status_callback` is the application's, for the replies.
    """
    if isinstance(number, ShortCode):  # has no application
        own = Reason("a short code: its SmsUrl", number.sms_url or "nothing: the message is only kept")
        return _messages_to_number("short code", number, own)
    sid = number.sms_application_sid
    if not sid:
        own = Reason("no application: the number's own SmsUrl", number.sms_url or "nothing: the message is only kept")
        return _messages_to_number("number", number, own)
    lost = _named(number.sms_url, number.sms_fallback_url)
    reason = Reason("sms_application_sid beats every message URL of the number", f"application {sid}", lost)
    if application is None or application.account_sid != number.account_sid:
        return _to_missing_application(number, sid, reason)
    return _messages_to_application(application, reason)


def _messages_to_application(application: Application, reason: Reason) -> Route:
    empty = Reason("the application has no SmsUrl; the number's own URLs stay unused", "nothing")
    return Route(
        source="application",
        url=application.sms_url,
        method=application.sms_method,
        fallback_url=application.sms_fallback_url,
        fallback_method=application.sms_fallback_method,
        status_callback=application.message_status_callback or application.sms_status_callback,
        application_sid=application.sid,
        application_revision=application.revision,
        reasons=(reason,) if application.sms_url else (reason, empty),
    )


def _messages_to_number(source: str, number: IncomingPhoneNumber | ShortCode, reason: Reason) -> Route:
    return Route(
        source=source,
        url=number.sms_url,
        method=number.sms_method,
        fallback_url=number.sms_fallback_url,
        fallback_method=number.sms_fallback_method,
        reasons=(reason,),
    )


def _named(*candidates: str | None) -> tuple[str, ...]:
    return tuple(candidate for candidate in candidates if candidate)
