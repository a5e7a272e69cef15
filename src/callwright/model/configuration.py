"""A configuration as one document: its sections, what items of each may hold, and the shape that is refused.

    callwright: 1
    applications:
      - sid: AP…              # optional: without it an item is found by its key
        friendly_name: Callertron
        voice_url: https://…
    numbers:
      - phone_number: "+15555550100"
        voice_application: Callertron

A setting that an item leaves out has its default; a secret that is left out stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_origin

from callwright.model.errors import InvalidPhoneNumber
from callwright.model.fields import NotYet
from callwright.model.phone_number import to_e164
from callwright.model.record import Record
from callwright.model.resources.application import Application, ApplicationParameters
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber, NumberSettings
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk
from callwright.model.sid import is_sid

#: The version of the document's form, under the key of that name.
VERSION_KEY, VERSION = "callwright", 1
#: Stands in an export for a secret that the server keeps to itself.
KEPT = "(kept)"
#: Looking for the name that was meant takes a while.
_MOST_HINTS = 200
MOST_ITEMS = 200_000

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Why a document cannot be applied, and where: `path` leads there from the top."""

    path: Path
    message: str
    code: int | None = 20422


@dataclass(frozen=True)
class Reference:
    """A setting that names a record of another section: where it is stored, and which section."""

    column: str
    section: str


@dataclass(frozen=True)
class Section:
    """One list of the document.

    `key` is the setting that an item without SID is found by. `is_key_unique`: no two records of an account share it.
    `settings` are the names an item may have, besides `sid`, in the order they are written in.
    """

    name: str
    noun: str
    record: type[Record]
    prefix: str
    key: str
    is_key_unique: bool
    settings: tuple[str, ...]
    needs: tuple[str, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)

    @property
    def one(self) -> str:
        """`an application`."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def column_of(self, setting: str) -> str:
        """Where a setting is stored."""
        reference = self.references.get(setting)
        return reference.column if reference else setting

    @cached_property
    def kinds(self) -> Mapping[str, type]:
        """Of each setting str, bool, int, float, list or dict."""
        fields = self.record.model_fields
        return {setting: _kind(fields[self.column_of(setting)].annotation) for setting in self.settings}

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a record has in each setting when nothing is said, as far as that is the same for all."""
        fields = {setting: self.record.model_fields[self.column_of(setting)] for setting in self.settings}
        return {
            setting: None if stored.is_required() else stored.get_default(call_default_factory=True)
            for setting, stored in fields.items()
        }

    @cached_property
    def default_columns(self) -> Mapping[str, Any]:
        """The same by column."""
        return {self.column_of(setting): default for setting, default in self.defaults.items()}


def _kind(annotation: Any) -> type:
    """`list[str] | None` → list."""
    given = [argument for argument in get_args(annotation) if argument is not NoneType]
    if len(given) < len(get_args(annotation)):
        return _kind(given[0])
    kind: type = get_origin(annotation) or annotation
    return kind


def _own(record: type[Record]) -> tuple[str, ...]:
    return tuple(name for name in record.columns() if name not in Record.model_fields)


_NUMBER_REFERENCES = {
    "voice_application": Reference("voice_application_sid", "applications"),
    "sms_application": Reference("sms_application_sid", "applications"),
    "trunk": Reference("trunk_sid", "trunks"),
}
_REFERENCE_COLUMNS = {reference.column for reference in _NUMBER_REFERENCES.values()}
#: Settings that the 2010-04-01 API takes for numbers and that do something.
NUMBER_SETTINGS = tuple(
    name
    for name, field_ in NumberSettings.model_fields.items()
    if name not in _REFERENCE_COLUMNS and not any(isinstance(item, NotYet) for item in field_.metadata)
)

#: What /v1 adds to applications.
_APPLICATION_EXTENSIONS = ("tags", "notes", "voice_variants", "sms_variants", "variant_guard", "opening_hours")
_APPLICATION_SETTINGS = (*ApplicationParameters.model_fields, *_APPLICATION_EXTENSIONS)

#: In the order that lets each name what stands before it.
SECTIONS = (
    Section("trunks", "trunk", Trunk, "TK", "friendly_name", False, _own(Trunk), ("friendly_name",)),
    Section("carriers", "carrier", Carrier, "CR", "friendly_name", True, _own(Carrier), ("friendly_name", "kind")),
    Section("applications", "application", Application, "AP", "friendly_name", False, _APPLICATION_SETTINGS),
    Section("short_codes", "short code", ShortCode, "SC", "short_code", True, _own(ShortCode), ("short_code",)),
    Section(
        "numbers",
        "number",
        IncomingPhoneNumber,
        "PN",
        "phone_number",
        True,
        ("phone_number", "friendly_name", *_NUMBER_REFERENCES, *NUMBER_SETTINGS[1:], "tags", "notes"),
        ("phone_number",),
        _NUMBER_REFERENCES,
    ),
)
SECTION = {section.name: section for section in SECTIONS}


@dataclass(frozen=True)
class Item:
    """One item of a section; `settings` are those it has, without its SID, None for what it sets to null."""

    section: Section
    path: Path
    sid: str | None
    settings: Mapping[str, Any]

    @property
    def key(self) -> Any:
        return self.settings.get(self.section.key)

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.key or self.sid or f"{self.section.noun} without name")


@dataclass(frozen=True)
class Document:
    """Items by section, and what is wrong with the form. With problems it may lack items."""

    items: Mapping[str, list[Item]]
    problems: list[Problem]


def read_document(document: Any) -> Document:
    """The items of a document (JSON or YAML that was read), with all problems of its form; nothing is raised."""
    problems: list[Problem] = []
    items: dict[str, list[Item]] = {section.name: [] for section in SECTIONS}
    if not isinstance(document, Mapping):
        kinds = ", ".join(SECTION)
        return Document(items, [Problem((), f"the configuration has to be a mapping of {kinds}.")])
    _check_names(document, (VERSION_KEY, *SECTION), (), "section", problems)
    _check_version(document, problems)
    for section in SECTIONS:
        items[section.name] = list(_items(section, document.get(section.name), problems))
        _check_unique(section, items[section.name], problems)
    return Document(items, problems)


def _check_version(document: Mapping[str, Any], problems: list[Problem]) -> None:
    version = document.get(VERSION_KEY)
    if version is None:
        problems.append(Problem((), f"say of which form the configuration is: begin with `{VERSION_KEY}: {VERSION}`."))
    elif version is True or version != VERSION:
        problems.append(Problem((VERSION_KEY,), f"this server reads version {VERSION} of the form, and no other."))


def _items(section: Section, given: Any, problems: list[Problem]) -> Iterable[Item]:
    if given is None:
        return
    if not isinstance(given, list):
        problems.append(Problem((section.name,), f"{section.name} has to be a list: each item begins with `- `."))
        return
    if len(given) > MOST_ITEMS:
        problems.append(
            Problem((section.name,), f"{section.name} has more than {MOST_ITEMS} items: split the account.")
        )
        return
    for at, fields in enumerate(given):
        path = (section.name, at)
        if not isinstance(fields, Mapping):
            problems.append(Problem(path, f"{section.one} has to be a mapping such as `{section.key}: …`."))
        elif (item := _item(section, path, fields, problems)) is not None:
            yield item


def _item(section: Section, path: Path, fields: Mapping[str, Any], problems: list[Problem]) -> Item | None:
    found = len(problems)
    _check_names(fields, ("sid", *section.settings), path, f"setting of {section.one}", problems)
    sid = fields.get("sid")
    if sid is not None and not (isinstance(sid, str) and is_sid(sid, section.prefix)):
        problems.append(Problem((*path, "sid"), f"the SID of {section.one} is {section.prefix} and 32 hex digits."))
    for name in section.needs:
        if fields.get(name) in (None, ""):
            problems.append(Problem(path, f"{section.one} needs {name}."))
    settings = {name: value for name, value in fields.items() if name != "sid"}
    if section.key == "phone_number" and isinstance(settings.get("phone_number"), str):
        settings["phone_number"] = _e164((*path, "phone_number"), settings["phone_number"], problems)
    for name, value in settings.items():
        if name in section.settings and (message := _wrong_kind(section.kinds[name], value)):
            problems.append(Problem((*path, name), f"{name} {message}"))
    if sid is None and not settings.get(section.key) and len(problems) == found:
        problems.append(Problem(path, f"{section.one} without {section.key} needs its sid, to be found again."))
    return Item(section, path, sid, settings) if len(problems) == found else None


def _e164(path: Path, text: str, problems: list[Problem]) -> str | None:
    number = to_e164(text)
    if number is None and text:
        message = f'{ascii(text)[:80]} is not a valid number: give E.164 in quotes, for example "+15555550100".'
        problems.append(Problem(path, message, InvalidPhoneNumber.code))
    return number


_IN_WORDS = {
    str: "has to be text: put it in quotes.",
    bool: "has to be true or false, without quotes.",
    int: "has to be a whole number, without quotes.",
    float: "has to be a number, without quotes.",
    list: "has to be a list: [a, b], or each on a line that begins with `- `.",
    dict: "has to be a mapping of names and values.",
}


def _wrong_kind(kind: type, value: Any) -> str | None:
    """What is wrong with the type of a value; None for what fits."""
    if value is None:
        return None
    if kind is str and isinstance(value, str):
        is_storable = "\0" not in value and not any(0xD800 <= ord(char) <= 0xDFFF for char in value)
        return None if is_storable else "has a character that cannot be stored (NUL or half a surrogate pair)."
    fits = isinstance(value, (int, float) if kind is float else kind)
    return None if fits and (kind is bool or not isinstance(value, bool)) else _IN_WORDS[kind]


def _check_names(
    given: Mapping[Any, Any], known: Iterable[str], path: Path, called: str, problems: list[Problem]
) -> None:
    names = set(known)
    for name in given:
        if name in names:
            continue
        shown = ascii(name)[:80]
        near = get_close_matches(str(name)[:80], names, n=1) if len(problems) < _MOST_HINTS else []
        fix = f"did you mean {near[0]}?" if near else "take it out."
        problems.append(Problem((*path, str(name)), f"{shown} is no {called}: {fix}"))


def _check_unique(section: Section, items: list[Item], problems: list[Problem]) -> None:
    """Two items must not mean one record; names of applications and trunks may be shared by those that have SIDs."""
    by_sid: dict[str, Item] = {}
    by_key: dict[Any, Item] = {}
    for item in items:
        if item.sid is not None and by_sid.setdefault(item.sid, item) is not item:
            problems.append(Problem((*item.path, "sid"), f"{item.sid} is in the configuration twice: take one out."))
        if not item.key:
            continue
        first = by_key.setdefault(item.key, item)
        if first is not item and (section.is_key_unique or item.sid is None or first.sid is None):
            fix = "take one out." if section.is_key_unique else "give both their SIDs, or another name."
            message = f"{item.key!r} is in the configuration twice: {fix}"
            problems.append(Problem((*item.path, section.key), message))
