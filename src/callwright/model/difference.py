"""The difference between two images of a configuration record, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.revision import BOOKKEEPING, CHANGED_SECRET, SECRET

#: What names a record is no difference: it is the same before and after.
_IDENTITY = frozenset({"sid", *BOOKKEEPING})


@dataclass(frozen=True)
class Change:
    """One field that differs. Of a secret only the marks of model.revision are told."""

    field: str
    before: Any
    after: Any


def difference(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """What differs between two images (None: there was no record), in the order of the fields.

    Revision and dates are left out. Of a record that was created or deleted, the fields that are set are told.
    That a secret differs is known only from the mark in `after`: see `CHANGED_SECRET`.
    """
    if before is None or after is None:
        return _of_one_side(before, after)
    changes = []
    for name in {**before, **after}:
        was, is_now = before.get(name), after.get(name)
        if was == is_now and not _may_be_marked(is_now):
            continue
        was = _unchanged(was)
        if was != is_now and name not in _IDENTITY:
            changes.append(Change(name, was, is_now))
    return changes


def _of_one_side(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    then, now = before or {}, after or {}
    told = [name for name in {**then, **now} if name not in _IDENTITY and name != "account_sid"]
    changes = [Change(name, _unchanged(then.get(name)), now.get(name)) for name in told]
    return [change for change in changes if not (_is_nothing(change.before) and _is_nothing(change.after))]


def _may_be_marked(value: Any) -> bool:
    return value.__class__ is dict or value == CHANGED_SECRET


def _unchanged(value: Any) -> Any:
    """A value with its marks as they are where nothing is said about a change."""
    if isinstance(value, dict):
        return {name: _unchanged(part) for name, part in value.items()}
    return SECRET if value == CHANGED_SECRET else value


def _is_nothing(value: Any) -> bool:
    return value is None or value in ([], {})
