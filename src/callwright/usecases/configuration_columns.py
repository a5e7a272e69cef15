"""What the items of a configuration store: checked by the same rules as the APIs, defaults filled in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from callwright.model.configuration import KEPT, NUMBER_SETTINGS, SECTION, Item, Path, Problem
from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.phone_number import national_format, number_type
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import LOCAL_KINDS, Carrier
from callwright.model.resources.incoming_phone_number import NumberSettings
from callwright.model.tags import checked_tags
from callwright.usecases import carrier_settings, trunk_settings
from callwright.usecases.application_settings import checked_application_settings, checked_notes
from callwright.usecases.configuration_references import References
from callwright.usecases.create_short_code import checked_code, checked_fields
from callwright.usecases.ports import ENVIRONMENT, Ports, SecretUnavailable

Settings = Mapping[str, Any]
Check = Callable[[Settings], dict[str, Any]]


@dataclass
class Checking:
    """What the checks of a document share; `problems` is added to."""

    account: Account
    ports: Ports
    references: References
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, path: Path, error: ApiError) -> None:
        self.problems.append(Problem(path, error.message, error.code))


def columns_of(checking: Checking, item: Item, record: Any) -> dict[str, Any] | None:
    """All columns that the item says something about, None when it is refused; `record` is what there is of it."""
    found = len(checking.problems)
    columns = {**_defaults(item.section.name), **_SECTIONS[item.section.name](checking, item, record)}
    return columns if len(checking.problems) == found else None


def columns_of_new(item: Item) -> dict[str, Any]:
    """What a new record has besides."""
    if item.section.name == "numbers":
        return {"phone_number": item.key, "type": number_type(item.key)}
    return {"short_code": item.key} if item.section.name == "short_codes" else {}


def default_of(item: str, record: Any, setting: str) -> Any:
    """The value of a setting that an export leaves out, for that record of the section."""
    if setting == "friendly_name":
        return _DEFAULT_NAMES[item](record) if item in _DEFAULT_NAMES else None
    if setting == "retry_unacknowledged":
        return record.kind in LOCAL_KINDS
    return SECTION[item].defaults[setting]


_DEFAULT_NAMES: dict[str, Callable[[Any], str]] = {
    "numbers": lambda number: national_format(number.phone_number),
    "short_codes": lambda short_code: str(short_code.short_code),
}


_FIXED = frozenset({"phone_number", "short_code"})


@cache
def _defaults(name: str) -> dict[str, Any]:
    """Not of what a record has for good."""
    return {column: default for column, default in SECTION[name].default_columns.items() if column not in _FIXED}


def _checked(checking: Checking, item: Item, settings: Settings, check: Check) -> dict[str, Any]:
    """What the check makes of the settings; when it refuses them, each setting that it refuses is told."""
    try:
        return check(settings)
    except ApiError as error:
        found = len(checking.problems)
        for name, value in settings.items():
            try:
                check({name: value})
            except ApiError as one:
                checking.refuse((*item.path, name), one)
        if len(checking.problems) == found:  # only together they are wrong
            checking.refuse(item.path, error)
        return {}


def _application(checking: Checking, item: Item, _: Any) -> dict[str, Any]:
    return _checked(checking, item, item.settings, checked_application_settings)


def _trunk(checking: Checking, item: Item, _: Any) -> dict[str, Any]:
    return _checked(checking, item, item.settings, trunk_settings.checked_settings)


def _short_code(checking: Checking, item: Item, _: Any) -> dict[str, Any]:
    fields = {name: value for name, value in item.settings.items() if name != "short_code"}
    columns = _checked(checking, item, fields, checked_fields)
    try:
        checked_code(item.key)
    except ApiError as error:
        checking.refuse((*item.path, "short_code"), error)
    return columns | {"friendly_name": columns.get("friendly_name") or item.key}


def _number(checking: Checking, item: Item, record: Any) -> dict[str, Any]:
    settings = item.settings
    columns = _checked(checking, item, _chosen(settings, NUMBER_SETTINGS), lambda given: _given(given))
    for name in _OF_NUMBERS:
        if name in settings:
            columns |= _checked(checking, item, {name: settings[name]}, lambda one: _each(one, _OF_NUMBERS))
    columns["friendly_name"] = columns.get("friendly_name") or national_format(item.key)
    for name, reference in item.section.references.items():
        if settings.get(name):
            current = getattr(record, reference.column) if record else None
            try:
                columns[reference.column] = checking.references.resolve(reference, settings[name], current)
            except ApiError as error:
                checking.refuse((*item.path, name), error)
    if settings.get("trunk") and settings.get("voice_application"):
        both = InvalidParameter("a number has either a trunk or a voice_application for its calls: take one out.")
        checking.refuse((*item.path, "trunk"), both)
    return columns


_OF_NUMBERS: dict[str, Callable[[Any], Any]] = {"tags": checked_tags, "notes": checked_notes}


def _given(settings: Settings) -> dict[str, Any]:
    return NumberSettings.checked(settings).given()


def _each(settings: Settings, checks: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: checks[name](value) for name, value in settings.items()}


def _chosen(settings: Settings, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}


_OF_KIND = ("settings", "secrets")


def _carrier(checking: Checking, item: Item, record: Carrier | None) -> dict[str, Any]:
    try:
        kind = carrier_settings.KindSettings(
            checking.ports.carriers, checking.ports.secrets, checking.account, item.settings["kind"]
        )
        if record is not None and record.kind != kind.name:
            raise InvalidParameter(f"the kind of a carrier cannot be changed: {item.name} is {record.kind}.")
    except ApiError as error:
        checking.refuse((*item.path, "kind"), error)
        return {}
    plain = {name: value for name, value in item.settings.items() if name not in (*_OF_KIND, "kind")}
    with_name = {"retry_unacknowledged": None, **plain}
    columns = _checked(checking, item, with_name, lambda given: carrier_settings.checked_fields(given, kind.name))
    return columns | {"kind": kind.name, **_of_kind(checking, item, kind, record)}


def _of_kind(
    checking: Checking, item: Item, kind: carrier_settings.KindSettings, record: Carrier | None
) -> dict[str, Any]:
    """Settings as the document has them, whatever was set before; secrets that it does not tell stay."""
    before = record.model_copy(update={"settings": {}}) if record else None
    stored = record.secrets if record else {}
    secrets, found = {}, len(checking.problems)
    for name, text in (item.settings.get("secrets") or {}).items():
        if text == KEPT:
            if name not in stored:
                missing = "the configuration does not hold this secret: give it as text, or as env:NAME."
                checking.refuse((*item.path, "secrets", name), InvalidParameter(f"{name}: {missing}"))
        elif not _is_same(checking, stored.get(name), text):
            secrets[name] = text
    if len(checking.problems) > found:
        return {}
    try:
        return kind.checked(item.settings.get("settings"), secrets, before=before)
    except ApiError as error:
        given = [(part, str(name)) for part in _OF_KIND for name in item.settings.get(part) or ()]
        named = next((place for place in given if place[1] in error.message), ())
        checking.refuse((*item.path, *named), error)
        return {}


def _is_same(checking: Checking, sealed: str | None, text: Any) -> bool:
    """Whether that secret is stored already: sealing it again would look like a change."""
    if sealed is None or sealed.startswith(ENVIRONMENT):
        return bool(sealed == text)
    try:
        return bool(checking.ports.secrets.open(sealed) == text)
    except SecretUnavailable:
        return False


_SECTIONS: dict[str, Callable[[Checking, Item, Any], dict[str, Any]]] = {
    "applications": _application,
    "carriers": _carrier,
    "numbers": _number,
    "short_codes": _short_code,
    "trunks": _trunk,
}
