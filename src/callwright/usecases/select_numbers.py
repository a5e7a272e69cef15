"""Select numbers of an account: by application, URL, text, country and whatever else they are searched by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.number_search import (
    CAPABILITIES,
    TARGETS,
    capability_facet,
    folded,
    tag_facet,
    type_facet,
)
from callwright.model.phone_number import keypad_pattern
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import is_sid
from callwright.model.tags import checked_tag
from callwright.usecases.ports import AnyOf, Condition, UnitOfWork, Wanted
from callwright.usecases.setting_values import is_text, shown

#: What `target` asks for: numbers without voice or sms target, or whose application is gone.
LACKS = ("voice:none", "sms:none", "voice:deleted", "sms:deleted", "deleted")
TYPES = ("local", "mobile", "tollfree")
_LONGEST = 500
_MOST_VALUES = 20
_BATCH = 1000
_APPLICATIONS = ("voice_application_sid", "sms_application_sid")


@dataclass(frozen=True)
class Selector:
    """Which numbers are meant: those that meet all that is given; nothing given means all of the account.

    `application_sid` is the application for calls or for messages. `url` and `text` are found anywhere in the number's
    URLs, and in number, name, tags and the beginning of its notes, in small letters or capitals. `phone_number` is a
    pattern as in Twilio's list: `*` any digit, letters for keypad digits. `country` is an ISO code. Of several
    capabilities, tags and targets a number needs all.
    """

    application_sid: str | None = None
    voice_application_sid: str | None = None
    sms_application_sid: str | None = None
    trunk_sid: str | None = None
    url: str | None = None
    text: str | None = None
    phone_number: str | None = None
    country: str | None = None
    type: str | None = None
    capability: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> "Selector":
        """From filters by name, as in a query or in JSON; `capability`, `tag` and `target` may be lists.

        Raises InvalidParameter: for a name that is no filter, and for an empty value, since a filter that somebody
        meant must not select everything.
        """
        unknown = sorted(set(values) - set(FILTERS), key=str)
        if unknown:
            raise InvalidParameter(f"{shown(unknown[0])} is no filter of numbers: give {', '.join(FILTERS)}.")
        return cls(**{name: _CHECKS[name](name, value) for name, value in values.items()})

    def conditions(self) -> list[Wanted]:
        """What of model.number_search a number has to meet; the quickest to tell come first."""
        wanted: list[Wanted] = [
            Condition(name, value)
            for name in (*_APPLICATIONS, "trunk_sid", "country")
            if (value := getattr(self, name)) is not None
        ]
        if self.application_sid is not None:
            wanted.append(AnyOf(tuple(Condition(name, self.application_sid) for name in _APPLICATIONS)))
        for channel, _ in (one.split(":") for one in self.target if one.endswith(":none")):
            wanted += [Condition(name, None) for name in TARGETS[channel]]
        wanted += [Condition("facets", facet, "contains") for facet in self._facets()]
        if self.phone_number is not None:
            wanted.append(Condition("digits", self.phone_number, "digits"))
        if self.text is not None:
            wanted.append(Condition("text", folded(self.text), "contains"))
        if self.url is not None:
            wanted.append(Condition("urls", folded(self.url), "contains"))
        return wanted + [_gone(target) for target in self.target if target.endswith("deleted")]

    def _facets(self) -> list[str]:
        facets = [type_facet(self.type)] if self.type is not None else []
        return facets + [capability_facet(name) for name in self.capability] + [tag_facet(tag) for tag in self.tag]


#: Names of the filters.
FILTERS = tuple(field.name for field in fields(Selector))


def find_numbers(
    unit: UnitOfWork,
    account: Account,
    selector: Selector,
    limit: int,
    before_sid: str | None = None,
    fields: Sequence[str] | None = None,
) -> list[IncomingPhoneNumber]:
    """The newest `limit` numbers that are meant, newest first; `before_sid` is the cursor, `fields` as in `search`."""
    conditions = selector.conditions()
    return unit.search(IncomingPhoneNumber, account.sid, conditions, limit=limit, before_sid=before_sid, fields=fields)


def each_number(
    unit: UnitOfWork, account: Account, selector: Selector, fields: Sequence[str] | None = None
) -> Iterator[list[IncomingPhoneNumber]]:
    """All numbers that are meant, newest first, in batches; each may be changed before the next is asked for."""
    before_sid = None
    while batch := find_numbers(unit, account, selector, _BATCH, before_sid, fields):
        yield batch
        if len(batch) < _BATCH:
            return
        before_sid = batch[-1].sid


def count_numbers(unit: UnitOfWork, account: Account, selector: Selector) -> int:
    """How many numbers are meant."""
    return unit.search_count(IncomingPhoneNumber, account.sid, selector.conditions())


def _gone(target: str) -> Wanted:
    """That the application named for voice, sms or (`deleted` alone) either is not there any more."""
    channel, _, _ = target.rpartition(":")
    gone = tuple(Condition(name, Application, "gone") for name in _APPLICATIONS if name.startswith(channel))
    return gone[0] if channel else AnyOf(gone)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.strip():
        raise InvalidParameter(f"{name} {shown(value)} is no filter: give 1 to {_LONGEST} characters, or leave it out.")
    if not is_text(value):
        raise InvalidParameter(f"{name} has a character that no stored text has (NUL, half a surrogate pair).")
    return value


def _sid(prefix: str) -> Any:
    def check(name: str, value: Any) -> str:
        sid = value[:2] + value[2:].lower() if isinstance(value, str) else ""
        if not is_sid(sid, prefix):
            raise InvalidParameter(f"{name} {shown(value)} is no SID: give {prefix} and 32 hexadecimal digits.")
        return sid

    return check


def _pattern(name: str, value: Any) -> str:
    pattern = keypad_pattern(_text(name, value))
    if not pattern:
        raise InvalidParameter(f"{name} {shown(value)} has no digit: give a part of a number, * for any one digit.")
    return pattern


def _country(name: str, value: Any) -> str:
    code = value.upper() if isinstance(value, str) else ""
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise InvalidParameter(f"{name} {shown(value)} is no country: give an ISO code of two letters, for example US.")
    return code


def _one_of(words: tuple[str, ...]) -> Any:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise InvalidParameter(f"{name} {shown(value)} is not known: give one of {', '.join(words)}.")
        return value

    return check


def _several(check: Any) -> Any:
    """A value or a list of values, each once."""

    def checked(name: str, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, (list, tuple)) else [value]
        if not 0 < len(values) <= _MOST_VALUES:
            raise InvalidParameter(f"{name} has {len(values)} values: give 1 to {_MOST_VALUES}, or leave it out.")
        return tuple(dict.fromkeys(check(name, one) for one in values))

    return checked


_CHECKS: dict[str, Any] = {
    "application_sid": _sid("AP"),
    "voice_application_sid": _sid("AP"),
    "sms_application_sid": _sid("AP"),
    "trunk_sid": _sid("TK"),
    "url": _text,
    "text": _text,
    "phone_number": _pattern,
    "country": _country,
    "type": _one_of(TYPES),
    "capability": _several(_one_of(CAPABILITIES)),
    "tag": _several(lambda name, value: checked_tag(value)),
    "target": _several(_one_of(LACKS)),
}
