"""Where a value stands in a JSON or form body: `messages[0].id`, `errors[].text`, `MediaUrl{n}`."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

_STEP = re.compile(r"([^.\[\]{}]+)|\[(\d{0,4})\]", re.ASCII)
_LONGEST_PATH = 200
_NUMBERED = "{n}"
#: `[]` and `{n}` stop here: a hostile body must not be walked without end.
_MOST_VALUES = 1000


def check_path(path: str) -> str:
    """The path itself; raises ValueError when it is none."""
    if path.count(_NUMBERED) > 1 or len(path) > _LONGEST_PATH:
        raise ValueError(_no_path(path))
    _steps(path.replace(_NUMBERED, "0"))
    return path


def value_at(body: Any, path: str) -> Any:
    """The first value at the path; None when there is none."""
    return next(iter(values_at(body, path)), None)


def text_at(body: Any, path: str | None) -> str | None:
    """The value at the path as text that can be stored; None when it is missing, false, empty or a container."""
    value = value_at(body, path) if path else None
    if isinstance(value, bool):
        return "true" if value else None
    return storable(str(value)) or None if isinstance(value, str | int) else None


def storable(text: str) -> str:
    """The text without what databases refuse: NUL is dropped, lone surrogates become `?`."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def values_at(body: Any, path: str) -> list[Any]:
    """All values at the path: `[]` goes into each item of a list, `{n}` counts from 0, or from 1."""
    if _NUMBERED in path:
        return _numbered(body, path)
    if isinstance(body, Mapping) and path in body:  # form fields may have dots and brackets in their names
        return _flat(body[path])
    found = [body]
    for step in _steps(path):
        found = [value for holder in found for value in _inside(holder, step)][:_MOST_VALUES]
    return found


def read_json(body: bytes) -> Any:
    """The body, its numbers exact (fractions as text): they may be identifiers. Raises ValueError for no JSON."""
    try:
        return json.loads(body, parse_float=str, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _numbered(body: Any, path: str) -> list[Any]:
    start = 0 if values_at(body, path.replace(_NUMBERED, "0")) else 1
    values: list[Any] = []
    for number in range(start, start + _MOST_VALUES):
        found = values_at(body, path.replace(_NUMBERED, str(number)))
        if not found:
            break
        values += found
    return values


def _inside(holder: Any, step: str | int | None) -> Sequence[Any]:
    match step:
        case None:
            return holder if isinstance(holder, list) else [holder]
        case int():
            return holder[step : step + 1] if isinstance(holder, list) else []
        case str() if isinstance(holder, Mapping) and step in holder:
            return [holder[step]]
        case str() if isinstance(holder, list) and step.isascii() and step.isdigit():
            return holder[int(step[:4]) :][:1]
    return []


def _flat(value: Any) -> list[Any]:
    """A repeated form field is a list of its values; one value stands for itself."""
    return value if isinstance(value, list) else [value]


def _steps(path: str) -> list[str | int | None]:
    """Names, indexes, and None for each item of a list. Raises ValueError."""
    steps: list[str | int | None] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(_no_path(path))
        name, index = match.groups()
        steps.append(name if name is not None else int(index) if index else None)
        position = match.end()
        if path[position : position + 1] == ".":
            position += 1
    if not steps or path.endswith("."):
        raise ValueError(_no_path(path))
    return steps


def _no_path(path: str) -> str:
    return f"{path[:80]!r} is no path: write names and indexes, for example messages[0].id"
