"""The options of `callwright carriers`: one for each setting of each kind, from the kinds' own declarations."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import typer

from callwright.cli.failure import CommandFailed
from callwright.config import parse_host_port
from callwright.messaging.kinds import CarrierKinds
from callwright.usecases.ports import CarrierSetting

#: Options that the commands have already: a setting of such a name gets its kind before it.
_TAKEN = frozenset({
    "data", "url", "account", "token", "json", "help", "yes", "limit", "name", "kind", "priority", "sender",
    "destination", "messages-per-second", "retry-unacknowledged", "enable",
})  # fmt: skip
_FLAG, _ITEMS, _PAIRS, _TEXT = "flag", "items", "pairs", "text"
_ASK = "-"
#: Names of fields as texts of the server have them; names without an underscore are words that say enough.
_FIELD_NAME = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
_FIELD_OPTIONS = {
    "friendly_name": "--name",
    "is_enabled": "--enable",
    "messages_per_second": "--messages-per-second",
    "retry_unacknowledged": "--retry-unacknowledged",
}


@dataclass(frozen=True)
class _Option:
    """An option, and the setting of each kind that it sets."""

    flag: str
    shape: str
    settings: Mapping[str, CarrierSetting]


@dataclass(frozen=True)
class KindSettings:
    """What the API gets of the options."""

    settings: dict[str, Any]
    secrets: dict[str, str | None]

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the request's body, without those that hold nothing."""
        return {name: value for name, value in (("settings", self.settings), ("secrets", self.secrets)) if value}


def setting_options() -> dict[str, Any]:
    """The options as typer's annotations, by the name that `settings_of` knows them by."""
    return {name: _annotation(option) for name, option in _options().items()}


def flags_of(kind: str) -> dict[str, str]:
    """The option of each setting of the kind."""
    options = [option for option in _options().values() if kind in option.settings]
    return {option.settings[kind].name: option.flag for option in options}


def settings_of(kind: str, given: Mapping[str, Any]) -> KindSettings:
    """The settings and secrets of a carrier of that kind. Raises CommandFailed for what the kind does not have.

    `""` clears; a secret given as `-` is asked for, or read from the standard input.
    """
    result = KindSettings({}, {})
    for name, value in given.items():
        option = _options()[name]
        setting = option.settings.get(kind)
        if setting is None:
            kinds = ", ".join(option.settings)
            raise CommandFailed(f"{option.flag} is an option of kind {kinds}, and this carrier is of kind {kind}", 2)
        if setting.is_secret:
            result.secrets[setting.name] = _secret(option, setting.name, value)
        elif setting.name == "host" and _has(kind, "port"):
            result.settings.update(_place(value))
        else:
            result.settings[setting.name] = _value(option, setting, value)
    return result


def with_options(text: str, kind: str, command: str | None = None) -> str:
    """The server's text about a carrier of that kind, and the options that set the fields it names."""
    flags = {**flags_of(kind), **_FIELD_OPTIONS}
    named = dict.fromkeys(flags[name] for name in _FIELD_NAME.findall(text) if name in flags)
    if not named:
        return text
    place = f"`{command}` with " if command else ""
    return f"{text.rstrip().rstrip('.')}. On the command line: {place}{', '.join(named)}."


@lru_cache
def _options() -> dict[str, _Option]:
    by_name: dict[str, dict[str, CarrierSetting]] = {}
    kinds = CarrierKinds()
    for kind in kinds.kinds():
        for setting in kinds.settings_of(kind):
            by_name.setdefault(setting.name, {})[kind] = setting
    return {
        f"setting_{option.flag.strip('-').replace('-', '_')}": option
        for name, settings in by_name.items()
        for option in _of_setting(name, settings)
    }


def _of_setting(name: str, settings: dict[str, CarrierSetting]) -> list[_Option]:
    """One option, or one for each kind where they differ in shape or the name is taken."""
    flag = name.replace("_", "-")
    shapes = {_shape(setting) for setting in settings.values()}
    if len(shapes) == 1 and flag not in _TAKEN:
        return [_Option(f"--{flag}", shapes.pop(), settings)]
    return [_Option(f"--{kind}-{flag}", _shape(setting), {kind: setting}) for kind, setting in settings.items()]


def _shape(setting: CarrierSetting) -> str:
    if setting.type.startswith("list of"):
        return _ITEMS
    return {"true or false": _FLAG, "names and values": _PAIRS}.get(setting.type, _TEXT)


def _annotation(option: _Option) -> Any:
    told: dict[str, Any] = {"help": _help(option), "rich_help_panel": f"Kind {', '.join(option.settings)}"}
    if option.shape == _FLAG:
        return Annotated[bool | None, typer.Option(f"{option.flag}/--no-{option.flag.strip('-')}", **told)]
    if option.shape == _TEXT:
        metavar = "HOST:PORT" if option.flag == "--host" else "TEXT"
        return Annotated[str | None, typer.Option(option.flag, metavar=metavar, **told)]
    told["help"] += " Repeatable, or JSON."
    metavar = "NAME=VALUE" if option.shape == _PAIRS else "TEXT"
    return Annotated[list[str] | None, typer.Option(option.flag, metavar=metavar, **told)]


def _help(option: _Option) -> str:
    """What the setting means; where kinds differ, of each."""
    meanings: dict[str, list[str]] = {}
    for kind, setting in option.settings.items():
        meanings.setdefault(described(setting), []).append(kind)
    if len(meanings) == 1:
        return next(iter(meanings))
    return " ".join(f"{', '.join(kinds)}: {text}" for text, kinds in meanings.items())


def described(setting: CarrierSetting) -> str:
    """What the setting means, what it takes and what it is when it is not given."""
    notes = []
    if setting.type not in ("text", "true or false", "names and values") and not setting.type.startswith("list of"):
        notes.append(setting.type)
    if setting.default not in (None, "") and not isinstance(setting.default, list | dict):
        shown = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
        notes.append(f"default {shown}")
    if setting.is_required:
        notes.append("required")
    if setting.is_secret:
        notes.append("env:NAME reads the server's environment, - asks for it or reads a line of standard input")
    return setting.description + (f" ({'; '.join(notes)})" if notes else "")


def _has(kind: str, name: str) -> bool:
    return any(kind in option.settings and option.settings[kind].name == name for option in _options().values())


def _place(text: str) -> dict[str, Any]:
    """HOST:PORT as two settings; a host alone, a bare IPv6 address too, leaves the port as it is."""
    if not text:
        return {"host": None}
    if ":" not in text or (text.count(":") > 1 and not text.startswith("[")):
        return {"host": text}
    try:
        host, port = parse_host_port(text)
    except ValueError as error:
        raise CommandFailed(f"--host: {error}", 2) from error
    return {"host": host, "port": port}


def _secret(option: _Option, name: str, text: str) -> str | None:
    """`-` asks for it on a terminal; else it is the next line of the standard input."""
    if text != _ASK:
        return text or None
    if sys.stdin.isatty():
        return str(typer.prompt(name.replace("_", " ").capitalize(), hide_input=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandFailed(f"{option.flag} -: the standard input has no line for it. Pipe the secret in", 2)
    return line


def _value(option: _Option, setting: CarrierSetting, value: Any) -> Any:
    if option.shape in (_ITEMS, _PAIRS):
        return _several(option, value)
    if value == "":
        return None
    if setting.type == "whole number" and isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return value


def _several(option: _Option, values: list[str]) -> Any:
    """The items of a repeated option; one that is JSON is taken as it is."""
    if values == [""]:
        return None
    opening = "[" if option.shape == _ITEMS else "{"
    if len(values) == 1 and values[0].lstrip().startswith(opening):
        try:
            return json.loads(values[0])
        except ValueError as error:
            raise CommandFailed(f"{option.flag}: {values[0]!r} is not JSON: {error}", 2) from error
    if option.shape == _ITEMS:
        return [value for value in values if value]
    return dict(_pair(option.flag, value) for value in values)


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandFailed(f"{flag}: {text!r} is not NAME=VALUE", 2)
    return name, value
