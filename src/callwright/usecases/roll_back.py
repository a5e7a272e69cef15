"""Put back what was changed: all that one unit of work did, one revision of it, or a record as it once was.

A rollback is one unit of work with revisions of its own, so it can be taken back like any other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.model.difference import difference
from callwright.model.errors import ApiError, NotFound
from callwright.model.image import image, values_of
from callwright.model.record import RECORDS, Record
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.revision import GroupFilter, Revision, RevisionFilter
from callwright.model.sid import is_sid
from callwright.usecases.ports import RecordExists, UnitOfWork
from callwright.usecases.rollback_checks import check
from callwright.usecases.rollback_plan import (
    Conflict,
    Plan,
    Step,
    Wish,
    current_records,
    plan_of,
    revisions_of_group,
    wishes_of,
)

_MOST_TOLD = 100


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did or, before it was done (`group_id` None), would do.

    `group_id` is the group of its revisions, what undoes it; None also when everything was as wanted already.
    """

    group_id: str | None
    steps: Sequence[Step]
    conflicts: Sequence[Conflict]


class RollbackConflict(ApiError):
    """The rollback was not done: something was changed since, or is in the way. Look at it, or force it."""

    code = 20409
    status = 409


def roll_back_group(
    unit: UnitOfWork, account: Account, group_id: str, force: bool = False, *, dry_run: bool = False
) -> RolledBack:
    """Put back every field that the account's revisions of that group changed, and no others.

    What they created is deleted, what they deleted is there again under its SID. Raises NotFound, and
    RollbackConflict for a field that somebody changed since (unless `force`) and for what is in the way. `dry_run`
    only tells.
    """
    if not is_sid(group_id) or not unit.revision_groups(GroupFilter(account.sid, group_id), limit=1):
        raise NotFound(f"Account {account.sid} has no revisions of group {group_id[:40]}.")
    plan = plan_of(unit, wishes_of(revisions_of_group(unit, account.sid, group_id)))
    return _carried_out(unit, account, plan, f"rollback of {group_id}", group_id, force=force, dry_run=dry_run)


def undo_revision(
    unit: UnitOfWork, account: Account, revision_id: int, force: bool = False, *, dry_run: bool = False
) -> RolledBack:
    """Put back what that one revision changed, by the rules of `roll_back_group`."""
    revision = own_revision(unit, account, revision_id)
    plan = plan_of(unit, wishes_of([revision]))
    reason = f"undo of revision {revision_id}"
    return _carried_out(unit, account, plan, reason, None, force=force, dry_run=dry_run)


def roll_back_to(
    unit: UnitOfWork, account: Account, revision_id: int, force: bool = False, *, dry_run: bool = False
) -> RolledBack:
    """Make the record of that revision what it was after it, whatever was changed since.

    Raises NotFound, and RollbackConflict for what is in the way.
    """
    revision = own_revision(unit, account, revision_id)
    plan = plan_of(unit, [_state_after(unit, revision)])
    reason = f"rollback of {revision.sid} to revision {revision_id}"
    return _carried_out(unit, account, plan, reason, None, force=force, dry_run=dry_run)


def own_revision(unit: UnitOfWork, account: Account, revision_id: int) -> Revision:
    """The account's revision of that id. Raises NotFound, also for another account's."""
    found = unit.revisions(RevisionFilter(account_sid=account.sid, id=revision_id), limit=1)
    if not found:
        raise NotFound(f"Account {account.sid} has no revision {revision_id}.")
    return found[0]


def _state_after(unit: UnitOfWork, revision: Revision) -> Wish:
    """The record as it was then: overwriting what came after is what was asked for, so it is no conflict."""
    sid, resource, then = revision.sid, revision.resource, revision.after
    kind = "remove" if then is None else "restore"
    wish = Wish(resource, sid, revision.id, kind, before=then)  # type: ignore[arg-type]  # mypy widens the literal
    record = current_records(unit, [wish]).get(sid)
    if then is None or record is None:
        return wish
    changes = difference(then, image(record))
    return Wish(resource, sid, revision.id, "change", fields={one.field: (one.before, one.after) for one in changes})


def _carried_out(
    unit: UnitOfWork,
    account: Account,
    plan: Plan,
    reason: str,
    undoes: str | None,
    *,
    force: bool,
    dry_run: bool,
) -> RolledBack:
    check(unit, account, plan)
    for step in plan.steps:
        _switch_off_without_secrets(step)
    if dry_run:
        return RolledBack(None, plan.steps, plan.conflicts)
    against = [conflict for conflict in plan.conflicts if not (force and conflict.can_be_forced)]
    if against:
        raise _refusal(reason, against)
    writing = [step for step in plan.steps if step.operation != "update" or step.changes]
    if not writing:
        return RolledBack(None, plan.steps, plan.conflicts)
    unit.give_reason(reason, undoes)
    try:
        _write(unit, writing)
    except RecordExists as error:  # another server was faster
        raise RollbackConflict(f"The {reason} was not done: {error}. Try again.") from error
    return RolledBack(unit.group_id, plan.steps, plan.conflicts)


def _switch_off_without_secrets(step: Step) -> None:
    """A carrier that comes back without its secrets would only be refused by the carrier, again and again."""
    missing = step.operation == "create" and bool(step.secrets)
    if step.resource == Carrier.table and missing and step.changes.get("is_enabled"):
        step.changes["is_enabled"] = False
        step.notes.append("It is switched off (is_enabled) until its secrets are set again.")


def _write(unit: UnitOfWork, steps: Sequence[Step]) -> None:
    """Deletions first: what comes back may have the number or name of what goes."""
    for step in steps:
        if step.operation == "delete" and step.current is not None:
            unit.delete(step.current)
    alike: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        if step.operation == "update":
            key = json.dumps(step.changes, sort_keys=True)
            alike.setdefault((step.resource, key), []).append(step)
    for same in alike.values():
        records: list[Record] = [step.current for step in same if step.current is not None]
        unit.update_all(records, values_of(RECORDS[same[0].resource], same[0].changes))
    for step in steps:
        if step.operation == "create":
            record_type = RECORDS[step.resource]
            unit.insert(record_type.model_construct(**values_of(record_type, step.changes)))


def _refusal(reason: str, conflicts: Sequence[Conflict]) -> RollbackConflict:
    shown = " ".join(conflict.message for conflict in conflicts[:3])
    more = f" And {len(conflicts) - 3} more." if len(conflicts) > 3 else ""
    forced = " With force it is done all the same." if all(one.can_be_forced for one in conflicts) else ""
    told = [vars(conflict) for conflict in conflicts[:_MOST_TOLD]]
    details = {"conflicts": told, "conflict_count": len(conflicts)}
    return RollbackConflict(f"The {reason} was not done. {shown}{more}{forced}", details)
