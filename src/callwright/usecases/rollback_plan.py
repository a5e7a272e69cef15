"""What a rollback has to do: for each record the fields to put back, and what stands against it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from callwright.model.difference import Change, difference
from callwright.model.image import image, is_mark, secret_fields
from callwright.model.record import RECORDS, Record
from callwright.model.resources.account import Account
from callwright.model.revision import BOOKKEEPING, Revision, RevisionFilter
from callwright.usecases.changed_secrets import changed_secrets, with_marks
from callwright.usecases.own_image import own_image
from callwright.usecases.ports import UnitOfWork

_AT_ONCE = 500
#: Later revisions that are looked through for who changed a field.
_MOST_LATER = 200
#: Conflicts of which it is told who changed the field; to look for it takes longer than all the rest.
MOST_EXPLAINED = 100


@dataclass(frozen=True)
class Conflict:
    """Something that stands against a rollback. `can_be_forced`: it is done anyway with force.

    `credential`, `at` and `group_id` tell who changed the field since, where somebody did and the account may know;
    of the first `MOST_EXPLAINED` conflicts.
    """

    resource: str
    sid: str
    field: str | None
    message: str
    can_be_forced: bool = True
    credential: str | None = None
    at: Any = None
    group_id: str | None = None


@dataclass
class Wish:
    """What one record is to be again. `before` is its image then, None when there was no record.

    Of an update only the changed fields are kept, `fields`: what each was, and what the change made of it. `last_id`
    is the newest revision that is taken back.
    """

    resource: str
    sid: str
    last_id: int
    kind: Literal["remove", "change", "restore", "nothing"]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def record_type(self) -> type[Record]:
        return RECORDS[self.resource]


@dataclass
class Step:
    """What is done to one record. `secrets` are those that cannot be put back; `notes` say what else was left."""

    resource: str
    sid: str
    operation: Literal["create", "update", "delete"]
    current: Record | None
    changes: dict[str, Any]
    shown: list[Change]
    secrets: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """For one account, which is told only what it may see: nothing of what is, or was, another's."""

    account_sid: str
    steps: list[Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def revisions_of_group(unit: UnitOfWork, account_sid: str, group_id: str) -> Iterator[Revision]:
    """All of the account's revisions of a group, newest first, read piece by piece."""
    before_id: int | None = None
    while True:
        wanted = RevisionFilter(account_sid=account_sid, group_id=group_id, before_id=before_id)
        found = unit.revisions(wanted, limit=_AT_ONCE)
        yield from found
        if len(found) < _AT_ONCE:
            return
        before_id = found[-1].id


def wishes_of(revisions: Iterable[Revision]) -> list[Wish]:
    """What the records of these revisions (newest first, of one account) were before them, newest first.

    Of what was another account's before only that is wanted back, whose it was.
    """
    wishes: dict[str, Wish] = {}
    for found in revisions:
        revision = replace(found, before=own_image(found.before, found.account_sid))
        wish = wishes.get(revision.sid)
        if wish is None:
            wishes[revision.sid] = _first_wish(revision)
        else:
            _extend(wish, revision)
    return [wish for wish in wishes.values() if wish.kind != "nothing"]


def _first_wish(revision: Revision) -> Wish:
    before, after = revision.before, revision.after
    if before is not None and after is not None:
        return Wish(revision.resource, revision.sid, revision.id, "change", fields=_changed(before, after))
    kind: Literal["remove", "restore"] = "restore" if after is None else "remove"
    return Wish(revision.resource, revision.sid, revision.id, kind, before=before, after=after)


def _extend(wish: Wish, older: Revision) -> None:
    """Take an older revision of the same group in: what was before it counts, what was after it does not."""
    if wish.kind in ("restore", "nothing"):  # it was gone in the end
        wish.before = older.before
        wish.kind = "restore" if older.before is not None else "nothing"
    elif older.before is None:
        wish.kind = "remove"
        wish.after = {**(older.after or {}), **{name: changed for name, (_, changed) in wish.fields.items()}}
    elif older.after is None:  # deleted and made again
        wish.kind, wish.fields = "change", _changed(older.before, wish.after or {})
    else:
        for name, (value, changed) in _changed(older.before, older.after).items():
            wish.fields[name] = (value, wish.fields.get(name, (None, changed))[1])


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, of those that `before` tells: others cannot be put back."""
    changes = difference(before, after)
    return {change.field: (change.before, change.after) for change in changes if change.field in before}


def state_wish(unit: UnitOfWork, revision: Revision, record: Record | None) -> Wish:
    """That the record (None: it is gone) is what it was after that revision.

    To overwrite what came after is what was asked for, so it is no conflict.
    """
    sid, resource, then = revision.sid, revision.resource, own_image(revision.after, revision.account_sid)
    if then is None:
        return Wish(resource, sid, revision.id, "remove")
    if record is None:
        return Wish(resource, sid, revision.id, "restore", before=then)
    now = with_marks(image(record), changed_secrets(unit, revision, revision.id, None))
    return Wish(resource, sid, revision.id, "change", fields=_changed(then, now or {}))


def current_records(unit: UnitOfWork, wishes: Iterable[Wish]) -> dict[str, Record]:
    """The records as they are now, by SID; those that are gone are left out."""
    by_type: dict[type[Record], list[str]] = {}
    for wish in wishes:
        by_type.setdefault(wish.record_type, []).append(wish.sid)
    found: dict[str, Record] = {}
    for record_type, sids in by_type.items():
        for start in range(0, len(sids), _AT_ONCE):
            found.update(unit.get_all(record_type, sids[start : start + _AT_ONCE]))
    return found


def plan_of(unit: UnitOfWork, account_sid: str, wishes: list[Wish]) -> Plan:
    """The steps that make the account's wishes true, each with what was changed since as a conflict."""
    plan, current = Plan(account_sid), current_records(unit, wishes)
    for wish in wishes:
        _plan_one(unit, plan, wish, current.get(wish.sid))
    return plan


def _plan_one(unit: UnitOfWork, plan: Plan, wish: Wish, record: Record | None) -> None:
    if record is not None and not _is_ours(unit, plan, wish, record):
        message = (
            f"{wish.sid} was moved to another account since: move it back as their parent account (AccountSid of the "
            "number), then its settings."
        )
        plan.conflicts.append(Conflict(wish.resource, wish.sid, "account_sid", message, can_be_forced=False))
    elif wish.kind == "restore" and record is None:
        plan.steps.append(_restoring(wish))
    elif record is None:
        if wish.kind == "change":
            _add_conflict(unit, plan, wish, None, "was deleted since: it is left as it is")
    elif wish.kind == "remove":
        _plan_removal(unit, plan, wish, record)
    else:
        _plan_change(unit, plan, wish, record)


def _is_ours(unit: UnitOfWork, plan: Plan, wish: Wish, record: Record) -> bool:
    """Whether the record is the account's, or a number of a subaccount that its parent takes back."""
    if record.account_sid == plan.account_sid:
        return True
    holder = unit.get(Account, record.account_sid)
    comes_home = wish.fields.get("account_sid", (None, None))[0] == plan.account_sid
    return comes_home and holder is not None and holder.owner_account_sid == plan.account_sid


def _plan_removal(unit: UnitOfWork, plan: Plan, wish: Wish, record: Record) -> None:
    now = image(record)
    for change in difference(wish.after, now) if wish.after is not None else []:
        _add_conflict(unit, plan, wish, change.field, "was changed since")
    shown = difference(own_image(now, plan.account_sid), None)
    plan.steps.append(Step(wish.resource, wish.sid, "delete", record, {}, shown))


def _plan_change(unit: UnitOfWork, plan: Plan, wish: Wish, record: Record) -> None:
    now = image(record)
    seen = own_image(now, plan.account_sid) or {}
    wanted = wish.fields
    if wish.before is not None:  # deleted by the group, and there again: every field that differs was changed since
        wanted = {name: (before, None) for name, (before, _) in _changed(wish.before, now).items()}
    step = Step(wish.resource, wish.sid, "update", record, {}, [])
    secret = secret_fields(wish.record_type)
    for name, (before, after) in wanted.items():
        if name not in now:  # a field of another version
            continue
        if name in secret:
            _put_secret_back(step, record, name, before, after)
        elif now[name] != before:
            if now[name] != after:
                _add_conflict(unit, plan, wish, name, "was changed since")
            step.changes[name] = before
            step.shown.append(Change(name, seen.get(name), before))
    if step.changes or step.secrets:
        plan.steps.append(step)


def _put_secret_back(step: Step, record: Record, name: str, before: Any, after: Any) -> None:
    """Of a field of several secrets: what was added goes, what only names a variable comes back, the rest is told."""
    if not isinstance(before, Mapping):
        step.secrets.append(name)
        return
    stored = dict(getattr(record, name))
    made = after if isinstance(after, Mapping) else {}
    for part in {**before, **made}:
        if before.get(part) == made.get(part):
            continue
        if part not in before:
            stored.pop(part, None)
        elif is_mark(before[part]):
            step.secrets.append(f"{name}.{part}")
        else:
            stored[part] = before[part]
    if stored != getattr(record, name):
        step.changes[name] = stored
        step.shown.append(Change(name, image(record)[name], dict(before)))


def _restoring(wish: Wish) -> Step:
    """Insert it again; of secrets only the names are known."""
    before = dict(wish.before or {})
    step = Step(wish.resource, wish.sid, "create", None, {}, difference(None, before))
    for name in secret_fields(wish.record_type):
        value = before.get(name)
        if isinstance(value, Mapping):
            step.secrets += [f"{name}.{part}" for part, kept in value.items() if is_mark(kept)]
            before[name] = {part: kept for part, kept in value.items() if not is_mark(kept)}
        elif is_mark(value):
            step.secrets.append(name)
            before[name] = None
    step.changes = {name: value for name, value in before.items() if name not in BOOKKEEPING - {"date_created"}}
    return step


def _add_conflict(unit: UnitOfWork, plan: Plan, wish: Wish, field_name: str | None, what: str) -> None:
    if len(plan.conflicts) < MOST_EXPLAINED:
        plan.conflicts.append(_since(unit, plan, wish, field_name, what))
    else:
        what_of = f"{field_name} of {wish.sid}" if field_name else wish.sid
        plan.conflicts.append(Conflict(wish.resource, wish.sid, field_name, f"{what_of} {what}."))


def _since(unit: UnitOfWork, plan: Plan, wish: Wish, field_name: str | None, what: str) -> Conflict:
    """A conflict that names who changed the field (None: deleted the record) last, if the account may know."""
    what_of = f"{field_name} of {wish.sid}" if field_name else wish.sid
    own = RevisionFilter(account_sid=plan.account_sid, resource=wish.resource, sid=wish.sid)
    for revision in unit.revisions(own, limit=_MOST_LATER):
        if revision.id <= wish.last_id:
            break
        if _touches(revision, field_name):
            message = f"{what_of} {what}, at {revision.at:%Y-%m-%d %H:%M:%S} UTC by {revision.credential}."
            return Conflict(
                wish.resource, wish.sid, field_name, message,
                credential=revision.credential, at=revision.at, group_id=revision.group_id,
            )  # fmt: skip
    return Conflict(wish.resource, wish.sid, field_name, f"{what_of} {what}.")


def _touches(revision: Revision, field_name: str | None) -> bool:
    if field_name is None:
        return revision.after is None
    return any(change.field == field_name for change in difference(revision.before, revision.after))
