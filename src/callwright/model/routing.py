"""Where a call or message to a number goes, and why: one pure function per channel.

Used by answering, by the console and by Explain alike. The way, a step each: number, trunk, application (or the
number's own settings), opening hours, variant, URL, method, fallback, callbacks.
Source of the rules: reference, webhooks "Which URL"; opening hours and variants are ours.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from callwright.model.number_search import own_target
from callwright.model.opening_hours import closed_target, described, is_open
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk
from callwright.model.variants import SLOTS, Channel, choose_variant, is_withheld, slot_of, take_all

INVALID_APPLICATION = 21218
BAD_URL = 11100
#: What a step chose that found nothing to choose.
NOTHING = "nothing"
#: Routes are kept with every call and message: a step names so many of what lost, and so much of each URL.
_MOST_LOST = 3
_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the decision: which one, the rule that decided, what it chose and what it passed over.

    For people: long URLs are cut, and of many that lost three are named. The whole ones are in the route.
    """

    step: str
    rule: str
    chose: str
    lost: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"step": self.step, "rule": self.rule, "chose": self.chose}
        return told | {"lost": list(self.lost)} if self.lost else told


@dataclass(frozen=True, slots=True)
class Route:
    """The web app a call or message goes to. When there is nothing usable, `error_code`, `error` and `fix` say so.

    `variant` is the index of the application's variant that was chosen; `is_closed`, that its opening hours led
    elsewhere.
    """

    source: str
    url: str | None = None
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    application_sid: str | None = None
    application_revision: int | None = None
    variant: int | None = None
    is_closed: bool = False
    trunk_sid: str | None = None
    caller_id_lookup: bool = False
    error_code: int | None = None
    error: str | None = None
    fix: str | None = None
    reasons: tuple[Reason, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON values, as it is kept with each call and message: what has its default is left out."""
        told = {name: value for name, default in _DEFAULTS if (value := getattr(self, name)) != default}
        told["reasons"] = [reason.as_dict() for reason in self.reasons]
        return told


_DEFAULTS = tuple((one.name, one.default) for one in fields(Route) if one.name != "reasons")


def route_voice(
    number: IncomingPhoneNumber,
    application: Application | None,
    *,
    caller: str,
    now: datetime,
    trunk: Trunk | None = None,
) -> Route:
    """Route a call to a number; `application` is the row its voice_application_sid names, None if it is gone.

    `trunk` is the one that the call came in by.
    """
    steps = [_number_step(number)]
    if trunk is not None:
        steps.append(Reason("trunk", "it let the call in", f"trunk {trunk.sid} ({trunk.friendly_name})"))
    if number.trunk_sid:
        lost = _named(number.voice_application_sid, number.voice_url)
        rule = "TrunkSid beats VoiceApplicationSid and VoiceUrl"
        steps.append(Reason("application", rule, f"trunk {number.trunk_sid}", lost))
        return Route(source="trunk", trunk_sid=number.trunk_sid, reasons=tuple(steps))
    sid = number.voice_application_sid
    if not sid:
        return _voice_of_number(number, steps)
    lost = _named(number.voice_url, number.voice_fallback_url, number.status_callback)
    rule = "VoiceApplicationSid beats every voice URL of the number"
    if application is None or application.account_sid != number.account_sid:
        return _to_missing_application(number.phone_number, sid, rule, lost, steps)
    steps.append(Reason("application", rule, of_revision(application), lost))
    return _voice_of_application(application, _Asked("voice", caller, now), steps)


def voice_route_of_application(application: Application, reason: Reason, *, callee: str) -> Route:
    """The voice side of an application as the route of a call that names it itself.

    `callee` stands for the caller of its variants. Opening hours are for who calls in.
    """
    return _voice_of_application(application, _Asked("voice", callee, None), [reason])


def route_message(
    number: IncomingPhoneNumber | ShortCode, application: Application | None, *, caller: str, now: datetime
) -> Route:
    """Route a message to a number; `application` is the row its sms_application_sid names, None if it is gone.

    Without a URL nobody is asked and the message is kept: that is no error, and no fallback is asked either.
    `status_callback` is the application's, for the replies.
    """
    steps = [_number_step(number)]
    sid = None if isinstance(number, ShortCode) else number.sms_application_sid
    if isinstance(number, ShortCode) or not sid:
        return _messages_of_number(number, steps)
    lost = _named(number.sms_url, number.sms_fallback_url)
    rule = "SmsApplicationSid beats every message URL of the number"
    if application is None or application.account_sid != number.account_sid:
        return _to_missing_application(number.phone_number, sid, rule, lost, steps)
    steps.append(Reason("application", rule, of_revision(application), lost))
    return _messages_of_application(application, _Asked("sms", caller, now), steps)


def has_target(application: Application, channel: Channel) -> bool:
    """Whether it leads every caller somewhere while it is open: by its own URLs, or by variants that take all."""
    return own_target(application, channel) or take_all(_variants(application, channel))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who wants to reach an application, and when; without `now` it is always open."""

    channel: Channel
    caller: str
    now: datetime | None


@dataclass(frozen=True, slots=True)
class _Target:
    """What an application has for one channel, or what is left of it after hours and variants. `named`: by which."""

    url: str | None
    method: str
    fallback_url: str | None
    fallback_method: str
    named: str
    fallback_named: str
    variant: int | None = None
    is_closed: bool = False


def _number_step(number: IncomingPhoneNumber | ShortCode) -> Reason:
    if isinstance(number, ShortCode):
        return Reason("number", "To is a short code here", f"{number.short_code} ({number.sid})")
    return Reason("number", "To is a number here", f"{number.phone_number} ({number.sid})")


def of_revision(application: Application) -> str:
    """The application with its revision, as steps name it."""
    return f"application {application.sid} ({application.friendly_name}), revision {application.revision}"


def _to_missing_application(address: str, sid: str, rule: str, lost: tuple[str, ...], steps: list[Reason]) -> Route:
    steps.append(Reason("application", rule, f"application {sid}, which is gone", lost))
    steps.append(Reason("url", "the application is gone; the number's own URLs stay unused", NOTHING))
    return Route(
        source="application",
        application_sid=sid,
        error_code=INVALID_APPLICATION,
        error=f"Application {sid} of {address} does not exist anymore",
        fix="attach another one (callwright numbers update)",
        reasons=tuple(steps),
    )


def _voice_of_application(application: Application, asked: _Asked, steps: list[Reason]) -> Route:
    target = _open_target(application, asked, steps)
    is_led = bool(target.url or target.fallback_url)
    _target_steps(target, "nobody is asked", steps)
    callback = application.status_callback
    steps.append(_callback_step("StatusCallback", callback, application.status_callback_method))
    return Route(
        source="application",
        url=target.url,
        method=target.method,
        fallback_url=target.fallback_url,
        fallback_method=target.fallback_method,
        status_callback=callback,
        status_callback_method=application.status_callback_method,
        application_sid=application.sid,
        application_revision=application.revision,
        variant=target.variant,
        is_closed=target.is_closed,
        caller_id_lookup=application.voice_caller_id_lookup,
        error_code=None if is_led else BAD_URL,
        error=None if is_led else f"Application {application.sid} has no VoiceUrl",
        fix=None if is_led else "set one (callwright apps update)",
        reasons=tuple(steps),
    )


def _messages_of_application(application: Application, asked: _Asked, steps: list[Reason]) -> Route:
    target = _open_target(application, asked, steps)
    _target_steps(target, "the application has no SmsUrl; the number's own URLs stay unused", steps)
    newer = application.message_status_callback
    callback = newer or application.sms_status_callback
    named = "MessageStatusCallback" if newer or not callback else "SmsStatusCallback, without a MessageStatusCallback"
    lost = _named(application.sms_status_callback) if newer else ()
    steps.append(_callback_step(f"{named}, for the replies", callback, "POST", lost))
    return Route(
        source="application",
        url=target.url,
        method=target.method,
        fallback_url=target.fallback_url,
        fallback_method=target.fallback_method,
        status_callback=callback,
        application_sid=application.sid,
        application_revision=application.revision,
        variant=target.variant,
        is_closed=target.is_closed,
        reasons=tuple(steps),
    )


def _open_target(application: Application, asked: _Asked, steps: list[Reason]) -> _Target:
    """The application's target for that caller at that moment, by opening hours and variants."""
    target = _target_of(application, asked.channel)
    hours = application.opening_hours
    if hours and asked.now is not None:
        closed_url, closed_method = closed_target(hours, asked.channel)
        if closed_url and not is_open(hours, asked.now):
            rule = f"closed: {described(hours, asked.now)}"
            variants = _variants(application, asked.channel)
            lost = _named(target.url, *(one["url"] for one in variants))
            steps.append(Reason("opening hours", rule, _cut(closed_url), lost))
            named = f"closed_{asked.channel}_url"
            return replace(target, url=closed_url, method=closed_method, named=named, is_closed=True)
        _open_step(hours, asked, closed_url, steps)
    return _variant_target(application, asked, target, steps)


def _open_step(hours: dict[str, Any], asked: _Asked, closed_url: str | None, steps: list[Reason]) -> None:
    if closed_url and asked.now is not None:
        steps.append(Reason("opening hours", f"open: {described(hours, asked.now)}", "open", _named(closed_url)))
    else:
        steps.append(Reason("opening hours", f"no closed_{asked.channel}_url: never closed", "open"))


def _variant_target(application: Application, asked: _Asked, target: _Target, steps: list[Reason]) -> _Target:
    variants = _variants(application, asked.channel)
    if not variants:
        return target
    chosen = choose_variant(variants, application.sid, asked.channel, asked.caller)
    where = _slot_text(application, asked)
    others = [one["url"] for index, one in enumerate(variants) if index != chosen]
    if chosen is None:
        main = _cut(target.url) if target.url else NOTHING
        steps.append(Reason("variant", f"{where} is left to the main URL", main, _named(*others)))
        return target
    url = variants[chosen]["url"]
    rule = f"{where} belongs to variant {chosen} ({variants[chosen]['weight']} %)"
    steps.append(Reason("variant", rule, _cut(url), _named(target.url, *others)))
    named = f"{asked.channel}_variants[{chosen}]"
    if target.fallback_url or not target.url:
        return replace(target, url=url, named=named, variant=chosen)
    return replace(
        target,
        url=url,
        named=named,
        variant=chosen,
        fallback_url=target.url,
        fallback_method=target.method,
        fallback_named=f"no {target.fallback_named}: a variant falls back to {target.named}",
    )


def _slot_text(application: Application, asked: _Asked) -> str:
    if is_withheld(asked.caller):
        return "a caller who withholds the number"
    return f"slot {slot_of(application.sid, asked.channel, asked.caller)} of {SLOTS} of {asked.caller[:40]}"


def _variants(application: Application, channel: Channel) -> list[dict[str, Any]]:
    return application.voice_variants if channel == "voice" else application.sms_variants


def _target_of(owner: Application | IncomingPhoneNumber | ShortCode, channel: Channel) -> _Target:
    if channel == "sms" or isinstance(owner, ShortCode):
        return _Target(
            url=owner.sms_url,
            method=owner.sms_method,
            fallback_url=owner.sms_fallback_url,
            fallback_method=owner.sms_fallback_method,
            named="SmsUrl",
            fallback_named="SmsFallbackUrl",
        )
    return _Target(
        url=owner.voice_url,
        method=owner.voice_method,
        fallback_url=owner.voice_fallback_url,
        fallback_method=owner.voice_fallback_method,
        named="VoiceUrl",
        fallback_named="VoiceFallbackUrl",
    )


def _target_steps(target: _Target, without_url: str, steps: list[Reason]) -> None:
    if target.url:
        steps.append(Reason("url", target.named, _cut(target.url)))
        steps.append(Reason("method", f"method of {target.named}", target.method))
    else:
        steps.append(Reason("url", f"{target.named} is not set: {without_url}", NOTHING))
    fallback = f"{target.fallback_method} {_cut(target.fallback_url)}" if target.fallback_url else NOTHING
    steps.append(Reason("fallback", target.fallback_named, fallback))


def _callback_step(named: str, url: str | None, method: str, lost: tuple[str, ...] = ()) -> Reason:
    return Reason("callbacks", named, f"{method} {_cut(url)}" if url else NOTHING, lost)


def _voice_of_number(number: IncomingPhoneNumber, steps: list[Reason]) -> Route:
    target = _target_of(number, "voice")
    is_led = bool(target.url or target.fallback_url)
    steps.append(Reason("application", "no TrunkSid and no VoiceApplicationSid", "the number's own settings"))
    _target_steps(target, "nobody is asked", steps)
    steps.append(_callback_step("StatusCallback", number.status_callback, number.status_callback_method))
    return Route(
        source="number",
        url=target.url,
        method=target.method,
        fallback_url=target.fallback_url,
        fallback_method=target.fallback_method,
        status_callback=number.status_callback,
        status_callback_method=number.status_callback_method,
        caller_id_lookup=number.voice_caller_id_lookup,
        error_code=None if is_led else BAD_URL,
        error=None if is_led else f"{number.phone_number} has neither VoiceUrl nor application",
        fix=None if is_led else "set one (callwright numbers update)",
        reasons=tuple(steps),
    )


def _messages_of_number(number: IncomingPhoneNumber | ShortCode, steps: list[Reason]) -> Route:
    target = _target_of(number, "sms")
    is_code = isinstance(number, ShortCode)
    rule = "short codes have no application" if is_code else "no SmsApplicationSid"
    chose = "the short code's own settings" if is_code else "the number's own settings"
    steps.append(Reason("application", rule, chose))
    _target_steps(target, "the message is only kept", steps)
    return Route(
        source="short code" if is_code else "number",
        url=target.url,
        method=target.method,
        fallback_url=target.fallback_url,
        fallback_method=target.fallback_method,
        reasons=tuple(steps),
    )


def _named(*candidates: str | None) -> tuple[str, ...]:
    """What lost, as a step tells it."""
    given = [candidate for candidate in candidates if candidate]
    named = tuple(_cut(candidate) for candidate in given[:_MOST_LOST])
    return (*named, f"and {len(given) - _MOST_LOST} more") if len(given) > _MOST_LOST else named


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
