"""Values of settings given as JSON: the checks that trunks, carriers and short codes share."""

from typing import Any

from callwright.model.errors import InvalidParameter

LONGEST_NAME = 64


def friendly_name(value: Any) -> str:
    """A name of 1 to 64 characters that is not blank. Raises InvalidParameter."""
    if not is_text(value) or not 0 < len(value.strip()) <= LONGEST_NAME or len(value) > LONGEST_NAME:
        raise InvalidParameter(f"friendly_name has to be 1 to {LONGEST_NAME} characters.")
    return str(value)


def whole_number(name: str, value: Any, low: int, high: int, *, default: int) -> int:
    """The number, or the default for None. Raises InvalidParameter."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidParameter(f"{name} {shown(value)} has to be a whole number from {low} to {high}.")
    return value


def flag(name: str, value: Any, *, default: bool = False) -> bool:
    """The boolean, or the default for None. Raises InvalidParameter."""
    if value is None:
        return default
    if not isinstance(value, bool):
        raise InvalidParameter(f"{name} {shown(value)} has to be true or false.")
    return value


def is_text(value: Any) -> bool:
    """Text that can be stored: no NUL, no lone surrogates."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in value)


def shown(value: Any) -> str:
    """What was given, as a message may repeat it."""
    return ascii(value)[:80]
