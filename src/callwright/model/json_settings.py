"""What opening hours and variants share as settings given as JSON: URLs, and how an error repeats what was given."""

from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.fields import is_web_url

LONGEST_SHOWN = 80
_LONGEST_URL = 4096


def checked_url(value: Any, place: str) -> str:
    """An absolute http or https URL of at most 4096 characters. Raises InvalidParameter, naming the place."""
    if not is_web_url(value) or len(value) > _LONGEST_URL:
        raise InvalidParameter(f"{place} is not a valid URL: give an absolute http or https URL. {got(value)}")
    return str(value)


def got(value: Any) -> str:
    """The end of an error about this value."""
    return "It is missing." if value is None else f"Got {shown(value)}."


def shown(value: Any) -> str:
    """What was given, as far as it helps."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
