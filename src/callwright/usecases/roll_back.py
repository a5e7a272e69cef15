"""Put back what was changed: all that one unit of work did, one revision of it, or a record as it once was.

A rollback is one unit of work with revisions of its own, so it can be taken back like any other. It is planned among
the readers, so that the writer is held for the writes alone; what was written between both is noticed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.model.errors import ApiError, NotFound
from callwright.model.image import values_of
from callwright.model.record import RECORDS, Record
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.revision import GroupFilter, Revision, RevisionFilter
from callwright.model.sid import is_sid
from callwright.usecases.last_revision import last_revision
from callwright.usecases.ports import RecordChanged, RecordExists, UnitOfWork
from callwright.usecases.rollback_checks import check
from callwright.usecases.rollback_plan import (
    MOST_EXPLAINED,
    Conflict,
    Plan,
    Step,
    Wish,
    plan_of,
    revisions_of_group,
    state_wish,
    wishes_of,
)

_AT_ONCE = 500


@dataclass(frozen=True)
class Rollback:
    """What has to be done, worked out where nobody waits for it; `undoes` is the group that it takes back."""

    plan: Plan
    reason: str
    undoes: str | None
    application_limit: int | None

    def told(self, group_id: str | None = None) -> "RolledBack":
        return RolledBack(group_id, self.plan.steps, self.plan.conflicts)

    def refuse(self, *, force: bool) -> None:
        """Raises RollbackConflict if something stands against it."""
        against = [conflict for conflict in self.plan.conflicts if not (force and conflict.can_be_forced)]
        if against:
            raise _refusal(self.reason, against)

    @property
    def writing(self) -> list[Step]:
        """The steps that write something."""
        return [step for step in self.plan.steps if step.operation != "update" or step.changes]


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
    """Plan and make it in one unit of work, what is quick for few records; `dry_run` only tells.

    Raises NotFound, and RollbackConflict for a field that somebody changed since (unless `force`) and for what is in
    the way.
    """
    return _at_once(unit, account, plan_group_rollback(unit, account, group_id), force=force, dry_run=dry_run)


def undo_revision(
    unit: UnitOfWork, account: Account, revision_id: int, force: bool = False, *, dry_run: bool = False
) -> RolledBack:
    """Put back what that one revision changed, by the rules of `roll_back_group`."""
    return _at_once(unit, account, plan_undo(unit, account, revision_id), force=force, dry_run=dry_run)


def roll_back_to(
    unit: UnitOfWork, account: Account, revision_id: int, force: bool = False, *, dry_run: bool = False
) -> RolledBack:
    """Make the record of that revision what it was after it, whatever was changed since.

    Raises NotFound, and RollbackConflict for what is in the way.
    """
    return _at_once(unit, account, plan_rollback_to(unit, account, revision_id), force=force, dry_run=dry_run)


def plan_group_rollback(
    unit: UnitOfWork, account: Account, group_id: str, application_limit: int | None = None
) -> Rollback:
    """To put back every field that the account's revisions of that group changed, and no others.

    What they created is deleted, what they deleted is there again under its SID. Nothing is written. Raises NotFound.
    """
    if not is_sid(group_id) or not unit.revision_groups(GroupFilter(account.sid, group_id), limit=1):
        raise NotFound(f"Account {account.sid} has no revisions of group {group_id[:40]}.")
    wishes = wishes_of(revisions_of_group(unit, account.sid, group_id))
    return _planned(unit, account, wishes, f"rollback of {group_id}", group_id, application_limit)


def plan_undo(unit: UnitOfWork, account: Account, revision_id: int, application_limit: int | None = None) -> Rollback:
    """To put back what that one revision changed. Raises NotFound."""
    wishes = wishes_of([own_revision(unit, account, revision_id)])
    return _planned(unit, account, wishes, f"undo of revision {revision_id}", None, application_limit)


def plan_rollback_to(
    unit: UnitOfWork, account: Account, revision_id: int, application_limit: int | None = None
) -> Rollback:
    """To make the record of that revision what it was after it. Raises NotFound."""
    revision = own_revision(unit, account, revision_id)
    wish = state_wish(unit, revision, unit.get(RECORDS[revision.resource], revision.sid))
    reason = f"rollback of {revision.sid} to revision {revision_id}"
    return _planned(unit, account, [wish], reason, None, application_limit)


def own_revision(unit: UnitOfWork, account: Account, revision_id: int) -> Revision:
    """The account's revision of that id. Raises NotFound, also for another account's."""
    found = unit.revisions(RevisionFilter(account_sid=account.sid, id=revision_id), limit=1)
    if not found:
        raise NotFound(f"Account {account.sid} has no revision {revision_id}.")
    return found[0]


def _planned(
    unit: UnitOfWork,
    account: Account,
    wishes: list[Wish],
    reason: str,
    undoes: str | None,
    application_limit: int | None,
) -> Rollback:
    plan = plan_of(unit, account.sid, wishes)
    check(unit, account, plan, application_limit)
    for step in plan.steps:
        _switch_off_without_secrets(step)
    return Rollback(plan, reason, undoes, application_limit)


def _at_once(unit: UnitOfWork, account: Account, rollback: Rollback, *, force: bool, dry_run: bool) -> RolledBack:
    return rollback.told() if dry_run else make_rollback(unit, account, rollback, force=force)


def make_rollback(unit: UnitOfWork, account: Account, rollback: Rollback, *, force: bool = False) -> RolledBack:
    """Do what was planned, all of it or nothing.

    Raises RollbackConflict, and RecordChanged or RecordGone for what was written since it was planned: plan again.
    """
    rollback.refuse(force=force)
    writing = rollback.writing
    if not writing:
        return rollback.told()
    _check_again(unit, account, rollback)
    unit.give_reason(rollback.reason, rollback.undoes)
    try:
        _write(unit, writing)
    except RecordExists as error:  # another server was faster
        raise RollbackConflict(f"The {rollback.reason} was not done: {error}. Try again.") from error
    return rollback.told(unit.group_id)


def _check_again(unit: UnitOfWork, account: Account, rollback: Rollback) -> None:
    """What the steps refer to may be gone since, and what they free may be in use. Raises RecordChanged."""
    now = Plan(account.sid, rollback.plan.steps)
    check(unit, account, now, rollback.application_limit)
    if not set(now.conflicts) <= set(rollback.plan.conflicts):
        raise RecordChanged(f"something is in the way of the {rollback.reason} since it was planned")


def _switch_off_without_secrets(step: Step) -> None:
    """A carrier that comes back without its secrets would only be refused by the carrier, again and again."""
    missing = step.operation == "create" and bool(step.secrets)
    if step.resource == Carrier.table and missing and step.changes.get("is_enabled"):
        step.changes["is_enabled"] = False
        step.notes.append("It is switched off (is_enabled) until its secrets are set again.")


def _write(unit: UnitOfWork, steps: Sequence[Step]) -> None:
    """Deletions first: what comes back may have the number of what goes. Raises RecordChanged, RecordGone."""
    _delete(unit, [step.current for step in steps if step.operation == "delete" and step.current is not None])
    alike: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        if step.operation == "update":
            key = json.dumps(step.changes, sort_keys=True)
            alike.setdefault((step.resource, key), []).append(step)
    for same in alike.values():
        records: list[Record] = [step.current for step in same if step.current is not None]
        unit.update_all(records, values_of(RECORDS[same[0].resource], same[0].changes), as_read=True)
    for step in steps:
        if step.operation == "create":
            record_type = RECORDS[step.resource]
            values = {**values_of(record_type, step.changes), "revision": last_revision(unit, step.sid)}
            unit.insert(record_type.model_construct(**values))


def _delete(unit: UnitOfWork, records: Sequence[Record]) -> None:
    for first in range(0, len(records), _AT_ONCE):
        some = records[first : first + _AT_ONCE]
        for kind in {type(record) for record in some}:
            read = [record for record in some if type(record) is kind]
            now = unit.get_all(kind, [record.sid for record in read])
            if any(record.sid not in now or now[record.sid].revision != record.revision for record in read):
                raise RecordChanged(f"some of {len(read)} {kind.table} were changed meanwhile")
        for record in some:
            unit.delete(record)


def _refusal(reason: str, conflicts: Sequence[Conflict]) -> RollbackConflict:
    shown = " ".join(conflict.message for conflict in conflicts[:3])
    more = f" And {len(conflicts) - 3} more." if len(conflicts) > 3 else ""
    forced = " With force it is done all the same." if all(one.can_be_forced for one in conflicts) else ""
    told = [vars(conflict) for conflict in conflicts[:MOST_EXPLAINED]]
    details = {"conflicts": told, "conflict_count": len(conflicts)}
    return RollbackConflict(f"The {reason} was not done. {shown}{more}{forced}", details)
