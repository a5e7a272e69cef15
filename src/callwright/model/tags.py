"""Tags: words that people sort applications and numbers by."""

import unicodedata
from typing import Any

from callwright.model.errors import InvalidParameter

MOST_TAGS = 20
LONGEST_TAG = 32


def checked_tags(value: Any) -> list[str]:
    """Tags, trimmed, each once, sorted; None clears them. Raises InvalidParameter."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise InvalidParameter('tags have to be a list of texts, for example ["support", "emea"].')
    tags = sorted({checked_tag(one) for one in value})
    if len(tags) > MOST_TAGS:
        raise InvalidParameter(f"There are {len(tags)} tags: give at most {MOST_TAGS}.")
    return tags


def checked_tag(value: Any) -> str:
    """One tag, trimmed: 1 to 32 characters without comma and control characters. Raises InvalidParameter."""
    tag = value.strip() if isinstance(value, str) else ""
    if not 0 < len(tag) <= LONGEST_TAG or any(_is_refused(char) for char in tag):
        raise InvalidParameter(
            f"The tag {ascii(value)[:80]} is not valid: give 1 to {LONGEST_TAG} characters, no comma among them."
        )
    return tag


def _is_refused(char: str) -> bool:
    """Commas part tags in forms, control characters part them in the search; half surrogates cannot be stored."""
    return char == "," or unicodedata.category(char) in ("Cc", "Cs")
