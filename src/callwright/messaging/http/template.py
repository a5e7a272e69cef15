"""Fields of a request with placeholders for what is sent: `{to}`, `+{from}`, `{media_urls}`; `{{` is a brace.

Filled values are never pasted into JSON or a query: the encoder of the whole gets them as values.
"""

import re
from collections.abc import Mapping
from typing import Any

#: What a field may name.
PLACEHOLDERS = ("from", "to", "body", "sid", "media_urls", "callback_url", "segments", "username", "secret")

_BRACE = re.compile(r"\{\{|\}\}|\{([a-z_]*)\}|[{}]")
_WHOLE = re.compile(r"\{([a-z_]+)\}")
_DEEPEST = 8

Values = Mapping[str, str | int | list[str]]


def check_template(template: Any, depth: int = 0) -> None:
    """Raises ValueError naming what is wrong with a placeholder."""
    if depth > _DEEPEST:
        raise ValueError(f"fields are nested deeper than {_DEEPEST}")
    match template:
        case dict():
            for value in template.values():
                check_template(value, depth + 1)
        case list():
            for value in template:
                check_template(value, depth + 1)
        case str():
            _check_text(template)


def mentions(template: Any, placeholder: str) -> bool:
    """Whether some value of the template holds the placeholder."""
    match template:
        case dict():
            return any(mentions(value, placeholder) for value in template.values())
        case list():
            return any(mentions(value, placeholder) for value in template)
        case str():
            return any(brace[1] == placeholder for brace in _BRACE.finditer(template))
    return False


def filled(template: Any, values: Values) -> Any:
    """The template with its placeholders replaced.

    A text that is one placeholder becomes the value itself, so `{media_urls}` is a list and `{segments}` a number;
    inside other text lists are joined by commas. Fields whose value is an empty list are left out.
    """
    match template:
        case dict():
            pairs = ((name, filled(value, values)) for name, value in template.items())
            return {name: value for name, value in pairs if value != []}
        case list():
            return [filled(value, values) for value in template]
        case str() if whole := _WHOLE.fullmatch(template):
            return values[whole[1]]
        case str():
            return _BRACE.sub(lambda brace: _text(brace, values), template)
    return template


def _text(brace: re.Match[str], values: Values) -> str:
    if brace[1] is None:
        return brace[0][0]
    value = values[brace[1]]
    return ",".join(value) if isinstance(value, list) else str(value)


def _check_text(text: str) -> None:
    for brace in _BRACE.finditer(text):
        if brace[0] in ("{{", "}}"):
            continue
        if brace[1] not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise ValueError(f"{brace[0]!r} is no placeholder: use {known}, and {{{{ or }}}} for a brace")
