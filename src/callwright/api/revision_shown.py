"""What /v1 shows of the history: revisions, their groups, and what a rollback did."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.caller import Caller
from callwright.api.moments import WRITTEN, moment_named
from callwright.model.actor import LONGEST_REASON
from callwright.model.difference import Change, difference
from callwright.model.resources.account import Account
from callwright.model.revision import Revision, RevisionGroup
from callwright.usecases.ports import RecordChanged, RecordGone, Storage, UnitOfWork
from callwright.usecases.roll_back import Rollback, RolledBack, make_rollback
from callwright.usecases.rollback_plan import MOST_EXPLAINED, Conflict, Step

#: Steps that the answer to a rollback tells; the difference of a group of thousands would be megabytes.
_MOST_STEPS = 1000
#: How often a rollback is planned among the readers before it is planned in the writer.
_PLANS = 3

Since = Annotated[datetime | None, moment_named("since"), Query(description=f"Only at that moment or later; {WRITTEN}")]
Until = Annotated[datetime | None, moment_named("until"), Query(description=f"Only before that moment; {WRITTEN}")]
Credential = Annotated[
    str | None,
    Query(description="Only by that credential: an AccountSid, or `server`.", pattern="^[A-Za-z0-9]{1,34}$"),
]


class ChangeShown(BaseModel):
    """One field that differs; of a secret only whether it changed is told."""

    model_config = ConfigDict(from_attributes=True)

    field: str = Field(description="Its name in the record.")
    before: Any = Field(description="Null where there was nothing.")
    after: Any = Field(description="Null where there is nothing any more.")


def changes_shown(changes: Sequence[Change]) -> list[ChangeShown]:
    return [ChangeShown.model_validate(change) for change in changes]


class RevisionRow(BaseModel):
    """One write to a configuration record: who, when, from where, and what differs."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="Counts on through all revisions of the server.")
    account_sid: str = Field(description="Whose record it is.")
    resource: str = Field(description="applications, incoming_phone_numbers, trunks, carriers, short_codes, accounts …")
    sid: str = Field(description="The record's.")
    revision: int = Field(description="The record's own count of its writes, as its ETag tells it; 1 is its creation.")
    operation: str = Field(description="create, update or delete.")
    group_id: str = Field(description="What all that was written together shares: it is undone by this.")
    at: datetime = Field(description="When.")
    credential: str = Field(description="The AccountSid that was used, or `server` for the server itself.")
    address: str | None = Field(description="The IP address the request came from.")
    user_agent: str | None = Field(description="The program that asked.")
    reason: str | None = Field(description="What X-Callwright-Reason (`--reason`) said, or the server.")
    difference: list[ChangeShown] = Field(description="Field by field, without revision and dates.")


class RevisionShown(RevisionRow):
    """A revision with the whole record before and after. Secrets are marks; of another account only the SID is told."""

    before: dict[str, Any] | None = Field(description="Null of a creation.")
    after: dict[str, Any] | None = Field(description="Null of a deletion.")


def revision_row(revision: Revision) -> RevisionRow:
    return RevisionRow.model_validate({**vars(revision), "difference": _changes_of(revision)})


def revision_shown(revision: Revision) -> RevisionShown:
    return RevisionShown.model_validate({**vars(revision), "difference": _changes_of(revision)})


def _changes_of(revision: Revision) -> list[dict[str, Any]]:
    return [vars(change) for change in difference(revision.before, revision.after)]


class RevisionPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    revisions: list[RevisionRow] = Field(description="The rows.")
    next_before: int | None = Field(description="The value of `before` that leads on; null on the last page.")


class ComparisonShown(BaseModel):
    """What a record was after a revision (before), and after another one or now (after)."""

    sid: str = Field(description="The record's.")
    resource: str = Field(description="As in a revision.")
    revision_id: int = Field(description="The revision that was asked for.")
    to: int | str = Field(description="The id it was compared with, or `current`.")
    current_revision: int | None = Field(description="The record's revision now; null when it is gone.")
    difference: list[ChangeShown] = Field(description="Field by field, without revision and dates.")


class CountShown(BaseModel):
    """How often a group did the same to records of one kind."""

    model_config = ConfigDict(from_attributes=True)

    resource: str = Field(description="As in a revision.")
    operation: str = Field(description="create, update or delete.")
    count: int = Field(description="How many revisions.")


class GroupShown(BaseModel):
    """All that one request (or one run of the server's own work) wrote to the account's records."""

    model_config = ConfigDict(from_attributes=True)

    group_id: str = Field(description="RG…, what rolls all of it back.")
    account_sid: str = Field(description="Whose records they are.")
    at: datetime = Field(description="When.")
    credential: str = Field(description="The AccountSid that was used, or `server` for the server itself.")
    address: str | None = Field(description="The IP address the request came from.")
    user_agent: str | None = Field(description="The program that asked.")
    reason: str | None = Field(description="What X-Callwright-Reason (`--reason`) said, or the server.")
    counts: list[CountShown] = Field(description="How many revisions, by resource and operation.")
    undoes: str | None = Field(description="The group that this one took back.")
    undone_by: list[str] = Field(description="Groups that took this one back, newest first.")


class GroupPage(BaseModel):
    """Newest first. `next_before` is the value of `before` that leads on, null on the last page."""

    revision_groups: list[GroupShown] = Field(description="The rows.")
    next_before: str | None = Field(description="The value of `before` that leads on; null on the last page.")


def group_shown(group: RevisionGroup) -> GroupShown:
    return GroupShown.model_validate(group)


class RollbackWish(Body):
    """How to roll back; everything may be left out."""

    force: bool = Field(False, description="Also overwrite what was changed since, and leave what cannot be put back.")
    dry_run: bool = Field(False, description="Only tell what would be done, and what stands against it.")
    reason: str | None = Field(
        None, max_length=LONGEST_REASON, description="Why; wins over the header X-Callwright-Reason."
    )


_FORCE = Query(description="As `force` of the body; true in either place is true.")
_DRY_RUN = Query(description="As `dry_run` of the body; true in either place is true.")


def _wished(
    wish: RollbackWish | None = None,
    force: Annotated[bool, _FORCE] = False,
    dry_run: Annotated[bool, _DRY_RUN] = False,
) -> RollbackWish:
    given = wish or RollbackWish()
    return RollbackWish(force=given.force or force, dry_run=given.dry_run or dry_run, reason=given.reason)


#: How a request wants to roll back, by its body or its query.
Wished = Annotated[RollbackWish, Depends(_wished)]


class StepShown(BaseModel):
    """What was done, or would be, to one record."""

    resource: str = Field(description="As in a revision.")
    sid: str = Field(description="The record's.")
    operation: str = Field(description="create (it is there again under its SID), update or delete.")
    difference: list[ChangeShown] = Field(description="What changes, field by field.")
    secrets_to_set: list[str] = Field(description="Secrets that the history does not know: set them again.")
    notes: list[str] = Field(description="What was left as it is, or switched off, and why.")


class ConflictShown(BaseModel):
    """What stands against it: a field somebody changed since, or something in the way."""

    model_config = ConfigDict(from_attributes=True)

    resource: str = Field(description="As in a revision.")
    sid: str = Field(description="The record's.")
    field: str | None = Field(description="The field that was changed since; null when it is the record.")
    message: str = Field(description="What is in the way, and what to do.")
    can_be_forced: bool = Field(description="Whether `force` goes over it.")
    credential: str | None = Field(description=f"Who changed it since; of the first {MOST_EXPLAINED} conflicts.")
    at: datetime | None = Field(description="When.")
    group_id: str | None = Field(description="With what else.")


class RollbackShown(BaseModel):
    """What a rollback did. It is a group of revisions itself, `group_id`: rolling that back undoes it."""

    group_id: str | None = Field(description="Null of a dry run, and when everything was as wanted already.")
    dry_run: bool = Field(description="Nothing was changed.")
    step_count: int = Field(description="How many records were written to, or would be.")
    steps: list[StepShown] = Field(description=f"The first {_MOST_STEPS}.")
    conflicts: list[ConflictShown] = Field(description="What was overridden by force or, of a dry run, is in the way.")


async def rolled_back(
    caller: Caller, storage: Storage, asked: RollbackWish, plan: Callable[[UnitOfWork, Account], Rollback]
) -> RollbackShown:
    """Have a rollback planned and, unless only that was asked for, done; show what came of it."""
    if asked.dry_run:
        done = (await caller.read(storage, plan)).told()
    else:
        done = await _written(caller.because(asked.reason), storage, plan, force=asked.force)
    return RollbackShown(
        group_id=done.group_id,
        dry_run=asked.dry_run,
        step_count=len(done.steps),
        steps=[_step(step) for step in done.steps[:_MOST_STEPS]],
        conflicts=[_conflict(conflict) for conflict in done.conflicts[:_MOST_STEPS]],
    )


async def _written(
    caller: Caller, storage: Storage, plan: Callable[[UnitOfWork, Account], Rollback], *, force: bool
) -> RolledBack:
    """Planned among the readers, and again when somebody wrote meanwhile; at last in the writer itself."""
    for _ in range(_PLANS):
        planned = await caller.read(storage, plan)
        planned.refuse(force=force)

        def make(unit: UnitOfWork, account: Account, planned: Rollback = planned) -> RolledBack:
            return make_rollback(unit, account, planned, force=force)

        try:
            return await caller.write(storage, make)
        except (RecordChanged, RecordGone):
            continue
    return await caller.write(
        storage, lambda unit, account: make_rollback(unit, account, plan(unit, account), force=force)
    )


def _step(step: Step) -> StepShown:
    return StepShown(
        resource=step.resource,
        sid=step.sid,
        operation=step.operation,
        difference=changes_shown(step.shown),
        secrets_to_set=step.secrets,
        notes=step.notes,
    )


def _conflict(conflict: Conflict) -> ConflictShown:
    return ConflictShown.model_validate(conflict)
