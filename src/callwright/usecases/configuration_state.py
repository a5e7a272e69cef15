"""What a server has of a configuration, read in batches, and which record each item of a document means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.model.applied_configuration import PREFIX, AppliedConfiguration
from callwright.model.configuration import SECTIONS, Item, Problem, Section
from callwright.model.errors import PhoneNumberUnavailable, ShortCodeTaken
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.usecases.ports import Condition, UnitOfWork

#: How many values one statement looks up, and how many rows it reads.
_BATCH = 500
#: Keys that one account alone may have on a server, by section, and the code that tells so.
_SERVER_WIDE: Mapping[str, int] = {"numbers": PhoneNumberUnavailable.code, "short_codes": ShortCodeTaken.code}
#: An account may have very many of these: only those are read that are meant.
_READ_IN_PART = frozenset({"numbers"})


@dataclass
class State:
    """The account's records by section and SID (numbers: only those looked for), and what others hold.

    `managed` is what the last application left, by section and SID, as model.applied_configuration has it.
    """

    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    foreign_sids: set[str] = field(default_factory=set)
    foreign_keys: set[str] = field(default_factory=set)
    managed: Mapping[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict)
    applied: AppliedConfiguration | None = None


def read_state(unit: UnitOfWork, account: Account, items: Mapping[str, list[Item]]) -> State:
    """All that the items or the last application could mean."""
    applied = unit.get(AppliedConfiguration, PREFIX + account.sid[2:])
    state = State(applied=applied, managed=applied.managed if applied else {})
    for section in SECTIONS:
        found = state.own[section.name] = {}
        if section.name not in _READ_IN_PART:
            found.update((record.sid, record) for batch in own_records(unit, account, section) for record in batch)
        if section.name in _SERVER_WIDE:
            keys = [item.key for item in items[section.name] if item.key]
            _look_up(unit, account, section, section.key, keys, state)
        sids = [item.sid for item in items[section.name] if item.sid]
        sids += state.managed.get(section.name, ())
        _look_up(unit, account, section, "sid", [sid for sid in sids if sid not in found], state)
    return state


def own_records(unit: UnitOfWork, account: Account, section: Section) -> Iterator[list[Any]]:
    """All records of a section that the account has, newest first, in batches."""
    own, before_sid = [Condition("account_sid", account.sid)], None
    while batch := unit.select(section.record, own, limit=_BATCH, before_sid=before_sid):
        yield batch
        before_sid = batch[-1].sid


def _look_up(
    unit: UnitOfWork, account: Account, section: Section, column: str, values: Sequence[str], state: State
) -> None:
    for start in range(0, len(values), _BATCH):
        for value, record in unit.newest(section.record, column, values[start : start + _BATCH]).items():
            if record.account_sid == account.sid:
                state.own[section.name][record.sid] = record
            elif column == "sid":
                state.foreign_sids.add(value)
            else:
                state.foreign_keys.add(value)


def match(section: Section, items: list[Item], state: State, problems: list[Problem]) -> list[tuple[Item, Any]]:
    """Each item with the record it means, None for what is to be created. Items with problems are left out.

    A record that one item names by SID is meant by that item alone: another may have the name that it had.
    """
    own = state.own[section.name]
    claimed = {item.sid for item in items}
    by_key: dict[Any, list[Record]] = {}
    for record in own.values():
        by_key.setdefault(getattr(record, section.key), []).append(record)
    matched = []
    for item in items:
        same = by_key.get(item.key, []) if item.key else []
        if item.sid is None:
            same = [record for record in same if record.sid not in claimed]
        problem = _problem(item, own.get(item.sid or ""), same, state)
        if problem:
            problems.append(problem)
        elif item.sid is not None:
            matched.append((item, own.get(item.sid)))
        else:
            matched.append((item, same[0] if same else None))
    return matched


def _problem(item: Item, meant: Any, same: list[Record], state: State) -> Problem | None:
    """Why the item cannot be told to mean `meant` (the record of its SID) or one of `same` (those of its key)."""
    section, noun, at_sid, at_key = item.section, item.section.noun, (*item.path, "sid"), (*item.path, item.section.key)
    sids = ", ".join(sorted(record.sid for record in same)[:5])
    if item.sid in state.foreign_sids:
        return Problem(
            at_sid, f"{item.sid} is {section.one} of another account of this server: take the sid out.", 20409
        )
    if item.key in state.foreign_keys:
        code = _SERVER_WIDE[section.name]
        return Problem(at_key, f"{item.key} belongs to another account of this server: take it out.", code)
    if item.sid is None:
        several = f"{len(same)} {noun}s are named {item.key!r} ({sids}): give the sid of the one that is meant."
        return Problem(at_key, several) if len(same) > 1 else None
    if section.name in _SERVER_WIDE and meant is not None and getattr(meant, section.key) != item.key:
        is_now = getattr(meant, section.key)
        message = (
            f"{item.sid} is {is_now}, and that of {section.one} cannot change: give {is_now}, or another sid or none."
        )
        return Problem(at_key, message)
    if section.is_key_unique and any(record.sid != item.sid for record in same):
        fix = "take it out, or give that one" if meant is None else "give another name"
        return Problem(at_sid, f"{item.key!r} is {sids} on this server, not {item.sid}: {fix}.", 20409)
    return None
