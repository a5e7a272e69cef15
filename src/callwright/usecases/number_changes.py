"""What a bulk change does to a number: settings by name, tags to add and to take away."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.fields import NotYet
from callwright.model.naming import to_snake
from callwright.model.phone_number import national_format
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber, NumberSettings
from callwright.model.tags import checked_tags
from callwright.usecases.application_settings import checked_notes
from callwright.usecases.point_number import with_targets
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.setting_values import shown

_TAGS, _ADDED, _REMOVED, _NOTES = "tags", "add_tags", "remove_tags", "notes"


@cache
def change_names() -> tuple[str, ...]:
    """Names of all that can be changed: Twilio's settings of a number in snake_case, and ours."""
    fields = NumberSettings.model_fields.items()
    supported = [name for name, one in fields if not any(isinstance(item, NotYet) for item in one.metadata)]
    return (*supported, _TAGS, _ADDED, _REMOVED, _NOTES)


@dataclass(frozen=True)
class NumberChanges:
    """Checked changes: `settings` are columns with their new values, None clears; tags as sets."""

    settings: Mapping[str, Any]
    added: frozenset[str] = field(default=frozenset())
    removed: frozenset[str] = field(default=frozenset())

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> "NumberChanges":
        """From values by name, in snake_case or as Twilio writes it. Raises the ApiError of the first wrong one."""
        given = _by_name(values)
        if not given:
            raise InvalidParameter(f"There is nothing to change: give at least one of {', '.join(change_names())}.")
        added, removed = (frozenset(checked_tags(given.pop(name, None))) for name in (_ADDED, _REMOVED))
        both = added & removed
        if both:
            raise InvalidParameter(f"The tag {shown(min(both))} is to be added and removed: decide for one.")
        own = {name: check(given.pop(name)) for name, check in _OWN.items() if name in given}
        if _TAGS in own and (added or removed):
            raise InvalidParameter("tags replaces all tags: give either tags, or add_tags and remove_tags.")
        return cls({**NumberSettings.checked(given).given(), **own}, added, removed)

    @property
    def read(self) -> tuple[str, ...]:
        """The fields of a number that `differing` looks at."""
        tags = (_TAGS,) if self.added or self.removed else ()
        return ("phone_number", *self.settings, *tags)

    def pointed(self, unit: UnitOfWork, account: Account) -> "NumberChanges":
        """With what they exclude cleared (trunk and voice application). Raises for targets the account has not."""
        return replace(self, settings=with_targets(unit, account, dict(self.settings)))

    def differing(self, number: IncomingPhoneNumber) -> dict[str, Any]:
        """The columns of the number that get another value, with that value."""
        now = number.__dict__
        new = {name: value for name, value in self.settings.items() if now[name] != value}
        if "friendly_name" in new and new["friendly_name"] is None:
            self._name_by_number(number, new)
        if self.added or self.removed:
            tags = sorted((self.added | set(number.tags)) - self.removed)
            if tags != number.tags:
                new[_TAGS] = checked_tags(tags)
        return new

    def _name_by_number(self, number: IncomingPhoneNumber, new: dict[str, Any]) -> None:
        """A cleared name is the number itself, as for one number alone."""
        new["friendly_name"] = national_format(number.phone_number)
        if new["friendly_name"] == number.friendly_name:
            del new["friendly_name"]


def _by_name(values: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for given, value in values.items():
        name = to_snake(given) if given[:1].isupper() else given
        if name not in change_names():
            raise InvalidParameter(f"{shown(given)} cannot be changed: give {', '.join(change_names())}.")
        if name in named:
            raise InvalidParameter(f"{name} is given twice: give it once.")
        named[name] = value
    return named


_OWN: dict[str, Any] = {_TAGS: checked_tags, _NOTES: checked_notes}
