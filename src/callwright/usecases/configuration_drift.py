"""Which managed records somebody else has changed or deleted since the configuration was last applied."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from callwright.model.applied_configuration import mark_of
from callwright.model.configuration import SECTIONS, Section
from callwright.model.configuration_plan import Drift
from callwright.model.difference import Change
from callwright.model.resources.account import Account
from callwright.model.revision import CHANGED_SECRET, SECRET, Revision, RevisionFilter
from callwright.usecases.configuration_images import shown_difference
from callwright.usecases.configuration_references import References
from callwright.usecases.configuration_state import State
from callwright.usecases.ports import UnitOfWork

#: How far back the history of one record is read.
_MOST_REVISIONS = 200


def find_drift(
    unit: UnitOfWork,
    account: Account,
    state: State,
    references: References,
    written: Collection[str],
) -> list[Drift]:
    """All of it, in the order of the sections; what was changed and changed back is none.

    `written` are the SIDs that applying the document writes to, and `numbers/+15555550100` for what it makes.
    """
    found = []
    for section in SECTIONS:
        own = state.own[section.name]
        for sid, mark in state.managed.get(section.name, {}).items():
            record = own.get(sid)
            if record is None or mark_of(record.revision, record.date_updated) != list(mark):
                drift = _drift(unit, account, section, sid, mark, record, references, written)
                if drift is not None:
                    found.append(drift)
    return found


def _drift(
    unit: UnitOfWork,
    account: Account,
    section: Section,
    sid: str,
    mark: Sequence[Any],
    record: Any,
    references: References,
    written: Collection[str],
) -> Drift | None:
    later, image = _since(unit, account, sid, mark)
    changes: list[Change] = []
    if record is not None and image is not None:
        changes = _changes(section, references, image, record, later)
        if not changes:
            return None
    known = image or (record.__dict__ if record is not None else {})
    facts = {name: getattr(later[0], name) for name in _FACTS} if later else {}
    name = str(known.get(section.key) or sid)
    return Drift(
        section=section,
        sid=sid,
        name=name,
        is_deleted=record is None,
        is_overwritten=sid in written or (record is None and f"{section.name}/{name}" in written),
        difference=changes,
        **facts,
    )


_FACTS = ("at", "credential", "address", "user_agent", "reason")


def _since(
    unit: UnitOfWork, account: Account, sid: str, mark: Sequence[Any]
) -> tuple[list[Revision], Mapping[str, Any] | None]:
    """The revisions since the application, newest first, and the record as it left it.

    Instead of the record None when the history does not go back so far.
    """
    wanted = RevisionFilter(account_sid=account.sid, sid=sid)
    later: list[Revision] = []
    for limit in (1, _MOST_REVISIONS):  # mostly there is one
        later = []
        for revision in unit.revisions(wanted, limit=limit):
            if _is_marked(revision.after, mark):
                return later, revision.after
            later.append(revision)
            if _is_marked(revision.before, mark):
                return later, revision.before
    return later, None


def _is_marked(image: Mapping[str, Any] | None, mark: Sequence[Any]) -> bool:
    """Whether it is of the write that is remembered: a record made anew counts its revisions from 1 again."""
    if image is None or image.get("revision") != mark[0] or not image.get("date_updated") or not mark[1]:
        return False
    return datetime.fromisoformat(image["date_updated"]) == datetime.fromisoformat(mark[1])


def _changes(
    section: Section, references: References, image: Mapping[str, Any], record: Any, later: list[Revision]
) -> list[Change]:
    """What is different now. Of secrets the history has only marks that they were changed."""
    columns = [section.column_of(name) for name in section.settings if name != "secrets"]
    changes = shown_difference(section, references, image, record.__dict__, columns)
    if any(_tells_of_secret((revision.after or {}).get("secrets")) for revision in later):
        changes.append(Change("secrets", SECRET, CHANGED_SECRET))
    return changes


def _tells_of_secret(marks: Any) -> bool:
    return marks == CHANGED_SECRET or (isinstance(marks, Mapping) and CHANGED_SECRET in marks.values())
