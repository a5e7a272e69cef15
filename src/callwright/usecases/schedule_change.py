"""Schedule a change of an application or number: checked now, made at its moment, put back at its end."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from callwright.model.actor import Actor
from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.local_time import moment_of
from callwright.model.resources.account import Account
from callwright.model.resources.scheduled_change import CANCELED, OPEN_STATUSES, ScheduledChange
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.owned import owned
from callwright.usecases.ports import Condition, Job, UnitOfWork
from callwright.usecases.scheduled_targets import Target, columns_of, differing, find_target
from callwright.usecases.setting_values import whole_number

MAKE_SCHEDULED_CHANGES = "make_scheduled_changes"
#: Changes of one account that are still to be made, or to be put back.
MOST_OPEN = 1000
FURTHEST = timedelta(days=2 * 366)
_MOST_REVISIONS = 2**53


class TooManyScheduledChanges(ApiError):
    """The account has 1000 scheduled changes that are still to come: cancel some that are not needed."""

    code = 20409
    status = 409


class ScheduledChangesOverlap(ApiError):
    """Another scheduled change is to have one of the same fields at that time: choose another time, or cancel it."""

    code = 20409
    status = 409


class ScheduledChangeOver(ApiError):
    """The scheduled change is over: what it did is put back by undoing its group_id (callwright revisions undo)."""

    code = 20409
    status = 409


def schedule_change(unit: UnitOfWork, account: Account, actor: Actor, wanted: Mapping[str, Any]) -> ScheduledChange:
    """Store a change that is made at its moment.

    `wanted`: target_sid, changes, at, and if they are given until, time_zone and expected_revision. Raises NotFound,
    InvalidParameter, TooManyScheduledChanges, ScheduledChangesOverlap, RevisionMismatch, and what an update of the
    target with these changes raises.
    """
    target = find_target(unit, account, str(wanted.get("target_sid")))
    expected = _expected_revision(wanted.get("expected_revision"))
    expect_revision(unit, target, expected)
    changes = _changes(unit, account, target, wanted.get("changes"))
    at, until = _moments(unit.now, wanted)
    if open_changes(unit, account) >= MOST_OPEN:
        raise TooManyScheduledChanges()
    unit.claim(target)  # of two that are scheduled at once one has to see the other
    _check_overlap(unit, target, changes, at, until)
    change = unit.insert(
        ScheduledChange.model_construct(
            sid=unit.new_sid("CH"),
            account_sid=account.sid,
            resource=target.table,
            target_sid=target.sid,
            changes=changes,
            at=at,
            until=until,
            time_zone=wanted.get("time_zone"),
            credential=actor.credential,
            address=actor.address,
            user_agent=actor.user_agent,
            reason=actor.reason,
            expected_revision=expected,
        )
    )
    enqueue_change(unit, change, at)
    return change


def enqueue_change(unit: UnitOfWork, change: ScheduledChange, due: datetime) -> None:
    """Have it looked after at that moment."""
    arguments = {"sid": change.sid, "target_sid": change.target_sid, "due": due.isoformat()}
    unit.enqueue(Job(MAKE_SCHEDULED_CHANGES, arguments, account_sid=change.account_sid), due)


def open_changes(unit: UnitOfWork, account: Account) -> int:
    return unit.count(
        ScheduledChange, [Condition("account_sid", account.sid), Condition("status", OPEN_STATUSES, "in")]
    )


def own_scheduled_change(unit: UnitOfWork, account: Account, sid: str) -> ScheduledChange:
    """The account's scheduled change; raises NotFound."""
    return owned(unit, account, ScheduledChange, sid, "scheduled change")


def cancel_scheduled_change(unit: UnitOfWork, account: Account, actor: Actor, sid: str) -> ScheduledChange:
    """Nothing more comes of it. One that is in effect stays so: it is not put back at its end anymore.

    Raises NotFound and ScheduledChangeOver.
    """
    change = own_scheduled_change(unit, account, sid)
    locked = unit.get(ScheduledChange, change.sid, for_update=True) or change
    if not locked.is_open:
        raise ScheduledChangeOver(f"The scheduled change {sid} is {locked.status}: {_instead(locked)}")
    return unit.update(locked, {"status": CANCELED, "canceled_by": actor.credential, "ended_at": unit.now})


def _instead(change: ScheduledChange) -> str:
    if change.group_id is not None and change.ended_group_id is None:
        return f"to put back what it did, undo {change.group_id} (callwright revisions undo)."
    return "there is nothing left to cancel."


def _expected_revision(value: Any) -> int | None:
    return None if value is None else whole_number("expected_revision", value, 1, _MOST_REVISIONS, default=1)


def _changes(unit: UnitOfWork, account: Account, target: Target, changes: Any) -> dict[str, Any]:
    """The changes as they were given: they are checked again when they are made."""
    if not isinstance(changes, Mapping) or not changes:
        raise InvalidParameter("changes has to be an object of settings, as an update of the target takes them.")
    differing(unit, account, target, changes)
    return dict(changes)


def _check_overlap(
    unit: UnitOfWork, target: Target, changes: Mapping[str, Any], at: datetime, until: datetime | None
) -> None:
    """No field may be changed by another while it has a value for a time.

    Of two windows that overlap the first to end could not put its field back, and the second would put back the
    first's value, for good. A change that is to stay, made inside a window, would keep that from being put back.
    """
    columns = columns_of(target.sid, changes)
    wanted = [Condition("target_sid", target.sid), Condition("status", OPEN_STATUSES, "in")]
    for other in unit.select(ScheduledChange, wanted, limit=MOST_OPEN):
        same = columns & columns_of(target.sid, other.changes)
        if same and _meet((at, until), (other.at, other.until)):
            end = f" to {other.until.isoformat()}" if other.until else ""
            raise ScheduledChangesOverlap(
                f"{other.sid} changes {', '.join(sorted(same))} of {target.sid} from {other.at.isoformat()}{end}, and "
                "only one of both could be put back: choose a time before or after it, or cancel it first."
            )


def _meet(one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None]) -> bool:
    """Whether one is made while the other, which has an end, is in effect; at that end it is over already."""
    (first, end), (second, _) = sorted((one, other), key=lambda times: times[0])
    has_end = one[1] is not None or other[1] is not None
    return has_end and (first == second or (end is not None and second < end))


def _moments(now: datetime, wanted: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    time_zone = wanted.get("time_zone")
    at = _ahead("at", moment_of(wanted.get("at"), time_zone, "at"), now)
    if wanted.get("until") is None:
        return at, None
    until = _ahead("until", moment_of(wanted["until"], time_zone, "until"), now)
    if until <= at:
        raise InvalidParameter("until has to be later than at.")
    return at, until


def _ahead(name: str, moment: datetime, now: datetime) -> datetime:
    if not now < moment <= now + FURTHEST:
        raise InvalidParameter(
            f"{name} {moment.isoformat()} has to be ahead, within two years; now is {now.isoformat()}."
        )
    return moment
