"""Settings of an application given by /v1: those of the 2010-04-01 API by their own names, and ours."""

from collections.abc import Callable, Mapping
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.opening_hours import checked_opening_hours
from callwright.model.resources.application import ApplicationParameters
from callwright.model.tags import checked_tags
from callwright.model.variants import checked_variants
from callwright.usecases.setting_values import is_text, shown, whole_number

LONGEST_NOTES = 5000

#: The settings that Twilio's applications have too.
TWILIO_SETTINGS = frozenset(ApplicationParameters.model_fields)

_GUARD = {"failure_percent": (1, 100, 20), "least_requests": (1, 1_000_000, 20), "window_s": (10, 86_400, 300)}


def checked_application_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of Application to store, from what was given by their names; what was not given is not in it.

    None (and "", as in the 2010-04-01 API) sets a field's default again. Raises InvalidParameter, also for a name that
    is no setting, and the errors that the 2010-04-01 API has for what it knows too.
    """
    unknown = sorted(set(settings) - TWILIO_SETTINGS - set(_CHECKS))
    if unknown:
        raise InvalidParameter(f"{shown(unknown[0])} is no setting of an application: take it out.")
    for name, value in settings.items():
        _refuse_unstorable(name, value)
    ours = {name: check(settings[name]) for name, check in _CHECKS.items() if name in settings}
    twilio = {name: value for name, value in settings.items() if name in TWILIO_SETTINGS}
    return ApplicationParameters.checked(twilio).given() | ours


def _refuse_unstorable(name: str, value: Any) -> None:
    """Raises InvalidParameter for text, however deep in the value, that no column and no URL can hold."""
    if isinstance(value, str) and not is_text(value):
        raise InvalidParameter(f"{name} {shown(value)} has characters that cannot be stored: leave them out.")
    if isinstance(value, Mapping):
        for part in (*value, *value.values()):
            _refuse_unstorable(name, part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _refuse_unstorable(name, part)


def checked_notes(value: Any) -> str | None:
    """Notes of an application or a number: text of at most 5 000 characters. Raises InvalidParameter."""
    if value is None or value == "":
        return None
    if not is_text(value) or len(value) > LONGEST_NOTES:
        raise InvalidParameter(f"notes have to be text of at most {LONGEST_NOTES} characters.")
    return str(value)


def _guard(value: Any) -> dict[str, int] | None:
    """When variants are taken away: the failure rate, of how many requests at least, within what time."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidParameter(f"variant_guard {shown(value)} has to be an object of {', '.join(_GUARD)}, or null.")
    unknown = sorted(set(value) - set(_GUARD), key=str)
    if unknown:
        raise InvalidParameter(f"variant_guard has no {shown(unknown[0])}: give {', '.join(_GUARD)}.")
    return {
        name: whole_number(f"variant_guard.{name}", value.get(name), low, high, default=default)
        for name, (low, high, default) in _GUARD.items()
    }


#: How each setting of ours is checked.
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "tags": checked_tags,
    "notes": checked_notes,
    "voice_variants": lambda value: checked_variants(value, "voice_variants"),
    "sms_variants": lambda value: checked_variants(value, "sms_variants"),
    "opening_hours": checked_opening_hours,
    "variant_guard": _guard,
}
