"""What `callwright apps create` and `update` set beyond Twilio's parameters, from options to the JSON of /v1."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from callwright.cli.api import Form
from callwright.cli.failure import CommandFailed
from callwright.model.fields import Flag
from callwright.model.naming import to_snake
from callwright.model.resources.application import ApplicationParameters

_GUARD = {"guard_percent": "failure_percent", "guard_requests": "least_requests", "guard_window": "window_s"}
_FLAGS = frozenset(
    name
    for name, field in ApplicationParameters.model_fields.items()
    if any(isinstance(marker, Flag) for marker in field.metadata)
)
_FLAG_WORDS = {"true": True, "false": False, "": None}

#: The options, by name.
OPTIONS: Mapping[str, Any] = {
    "tag": Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help='A tag; repeatable. They replace all there are; "" clears.'),
    ],
    "notes": Annotated[str | None, typer.Option(metavar="TEXT", help='What people should know; "" clears.')],
    "voice_variant": Annotated[
        list[str] | None,
        typer.Option(metavar="URL=PERCENT", help='That share of the callers goes to this URL; repeatable. "" clears.'),
    ],
    "sms_variant": Annotated[
        list[str] | None, typer.Option(metavar="URL=PERCENT", help="The same for those who send messages.")
    ],
    "guard_percent": Annotated[
        int | None, typer.Option(metavar="PERCENT", help="Take a variant away when so many of its requests fail [20],")
    ],
    "guard_requests": Annotated[int | None, typer.Option(metavar="NUMBER", help="of at least so many [20],")],
    "guard_window": Annotated[int | None, typer.Option(metavar="SECONDS", help="within that time [300].")],
    "no_guard": Annotated[bool | None, typer.Option("--no-guard", help="Take no variant away.")],
    "opening_hours": Annotated[
        str | None,
        typer.Option(metavar="FILE", help='Opening hours as YAML or JSON; - reads standard input, "" clears them.'),
    ],
}


def body_of(form: Form, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body for /v1/Applications: Twilio's parameters by their names on the wire, and the options above."""
    body: dict[str, Any] = {}
    for parameter, value in form.items():
        name = to_snake(parameter)
        is_word = name in _FLAGS and isinstance(value, str) and value.lower() in _FLAG_WORDS
        body[name] = _FLAG_WORDS[str(value).lower()] if is_word else value
    for option, (name, read) in _READERS.items():
        if option in settings:
            body[name] = read(settings[option])
    return body | _guard(settings)


def _guard(settings: Mapping[str, Any]) -> dict[str, Any]:
    guard = {name: settings[option] for option, name in _GUARD.items() if option in settings}
    if settings.get("no_guard"):
        if guard:
            raise CommandFailed("--no-guard and the other --guard options exclude one another", 2)
        return {"variant_guard": None}
    return {"variant_guard": guard} if guard else {}


def _words(words: list[str]) -> list[str]:
    return [word for word in words if word]


def _variants(texts: list[str]) -> list[dict[str, Any]]:
    return [_variant(text) for text in texts if text]


def _variant(text: str) -> dict[str, Any]:
    url, equals, percent = text.rpartition("=")  # URLs have equals signs too
    try:
        weight = float(percent.removesuffix("%"))
    except ValueError:
        weight = None
    if not equals or weight is None:
        raise CommandFailed(f"{text!r} is no variant: give URL=PERCENT, for example https://example.com/new=10", 2)
    return {"url": url, "weight": int(weight) if weight.is_integer() else weight}


def _opening_hours(file: str) -> Any:
    if not file:
        return None
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read: {error}", 2) from error
    except yaml.YAMLError as error:
        raise CommandFailed(f"{file} is neither YAML nor JSON: {error}", 2) from error
    if not isinstance(content, dict):
        raise CommandFailed(f"{file} has no opening hours: it has to give time_zone and week", 2)
    return _plain(content)


def _plain(value: Any) -> Any:
    """As JSON has it: YAML reads 2026-12-25 as a date."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "tag": ("tags", _words),
    "notes": ("notes", str),
    "voice_variant": ("voice_variants", _variants),
    "sms_variant": ("sms_variants", _variants),
    "opening_hours": ("opening_hours", _opening_hours),
}
