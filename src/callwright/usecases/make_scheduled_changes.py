"""Durable job: make the changes of a target whose moment has come, and put back those whose end has come.

One after the other in the order of their moments, each in a transaction of its own; the row says in the same
transaction that it was done, so a job that runs twice does nothing twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from callwright.model.actor import SERVER, Actor
from callwright.model.errors import ApiError
from callwright.model.notices import SCHEDULED_CHANGE_FAILED, SCHEDULED_CHANGE_LATE
from callwright.model.resources.account import Account
from callwright.model.resources.scheduled_change import ACTIVE, DONE, FAILED, OPEN_STATUSES, SCHEDULED, ScheduledChange
from callwright.model.sid import is_sid
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.jobs import RunAgain, handles
from callwright.usecases.ports import Condition, Ports, RecordGone, UnitOfWork, UnstorableValue
from callwright.usecases.report_problem import Problem, report_notice
from callwright.usecases.roll_back import roll_back_group
from callwright.usecases.schedule_change import MAKE_SCHEDULED_CHANGES, MOST_OPEN, enqueue_change
from callwright.usecases.scheduled_targets import differing, find_target

log = structlog.get_logger()

_LATE = timedelta(seconds=60)


class ChangeImpossible(ApiError):
    """The scheduled change cannot be made: its account or its time is over."""

    code = 20409
    status = 409


@handles(MAKE_SCHEDULED_CHANGES)
async def make_scheduled_changes(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Do all that is due for the target; runs again when this job came before its time (clocks differ)."""
    target_sid = arguments["target_sid"]
    while (change := await ports.storage.read(lambda unit: _next_due(unit, target_sid))) is not None:
        await _do(ports, change)
    waiting = await ports.storage.read(lambda unit: unit.get(ScheduledChange, arguments["sid"]))
    due = datetime.fromisoformat(arguments["due"])
    if waiting is not None and waiting.next_moment == due:
        raise RunAgain(max(due - ports.now(), timedelta(milliseconds=50)))


def _next_due(unit: UnitOfWork, target_sid: str) -> ScheduledChange | None:
    wanted = [Condition("target_sid", target_sid), Condition("status", OPEN_STATUSES, "in")]
    due = []
    for one in unit.select(ScheduledChange, wanted, limit=MOST_OPEN):
        moment = one.next_moment
        if moment is not None and moment <= unit.now:
            # At one moment what ends is put back first: what starts then is to stay, and be put back to the same.
            due.append((moment, one.status == SCHEDULED, one.sid, one))
    return min(due)[3] if due else None


async def _do(ports: Ports, change: ScheduledChange) -> None:
    """Make it or put it back; what is in the way is told, and it is over."""
    is_start = change.status == SCHEDULED
    step = _start if is_start else _end
    try:
        await ports.storage.write(lambda unit: step(unit, change), _actor(change, is_start=is_start))
    except (ApiError, RecordGone, UnstorableValue) as error:
        log.warning("scheduled change failed", sid=change.sid, target_sid=change.target_sid, error=type(error).__name__)
        failure = error
        await ports.storage.write(lambda unit: _fail(unit, change, failure), SERVER)


def _actor(change: ScheduledChange, *, is_start: bool) -> Actor:
    why = f"scheduled change {change.sid}" if is_start else f"end of scheduled change {change.sid}"
    reason = f"{why}: {change.reason}" if change.reason else why
    return Actor(change.credential, change.address, change.user_agent, reason)


def _start(unit: UnitOfWork, due: ScheduledChange) -> None:
    change = unit.get(ScheduledChange, due.sid, for_update=True)
    if change is None or change.status != SCHEDULED:
        return
    account = _account(unit, change)
    _check_who_scheduled(unit, change)
    if change.until is not None and change.until <= unit.now:
        raise ChangeImpossible(
            f"No server ran from {change.at.isoformat()} to {change.until.isoformat()}, so it was not made at all."
        )
    target = find_target(unit, account, change.target_sid)
    expect_revision(unit, target, change.expected_revision)
    changed = differing(unit, account, target, change.changes)
    if changed:
        unit.update(target, changed)
    status = DONE if change.until is None else ACTIVE
    unit.update(change, {"status": status, "group_id": unit.group_id if changed else None, "started_at": unit.now})
    if change.until is not None:
        enqueue_change(unit, change, change.until)
    _tell_if_late(unit, change, change.at, "made")


def _end(unit: UnitOfWork, due: ScheduledChange) -> None:
    change = unit.get(ScheduledChange, due.sid, for_update=True)
    if change is None or change.status != ACTIVE or change.until is None:
        return
    account = _account(unit, change)
    # There may be nothing to put back: the target was so already, or somebody did it before its end.
    put_back_by = roll_back_group(unit, account, change.group_id).group_id if change.group_id is not None else None
    unit.update(change, {"status": DONE, "ended_group_id": put_back_by, "ended_at": unit.now})
    _tell_if_late(unit, change, change.until, "put back")


def _account(unit: UnitOfWork, change: ScheduledChange) -> Account:
    account = unit.get(Account, change.account_sid)
    if account is None or account.status != "active":
        raise ChangeImpossible(f"Account {change.account_sid} is not active: make it active, then schedule it again.")
    return account


def _check_who_scheduled(unit: UnitOfWork, change: ScheduledChange) -> None:
    """A parent that could not do it now itself cannot have it done. What it did already is put back all the same."""
    if change.credential == change.account_sid or not is_sid(change.credential, "AC"):
        return
    scheduler = unit.get(Account, change.credential)
    if scheduler is None or scheduler.status != "active":
        raise ChangeImpossible(
            f"Account {change.credential}, which scheduled it, is not active: schedule it again with "
            f"{change.account_sid}."
        )


def _tell_if_late(unit: UnitOfWork, change: ScheduledChange, moment: datetime, what: str) -> None:
    late = unit.now - moment
    if late > _LATE:
        text = (
            f"The change {change.sid} of {change.target_sid}, due at {moment.isoformat()}, was {what} "
            f"{late.total_seconds():.0f} s late: no server ran then."
        )
        report_notice(unit, change.account_sid, Problem(SCHEDULED_CHANGE_LATE, text, is_warning=True))


def _fail(unit: UnitOfWork, due: ScheduledChange, error: Exception) -> None:
    change = unit.get(ScheduledChange, due.sid, for_update=True)
    if change is None or change.status != due.status:
        return
    text = error.message if isinstance(error, ApiError) else str(error)
    facts = {
        "status": FAILED,
        "error_code": error.code if isinstance(error, ApiError) else None,
        "error": text,
        "difference": list(error.details.get("difference", ())) if isinstance(error, ApiError) else [],
        "ended_at": unit.now,
    }
    unit.update(change, facts)
    what = "made" if change.status == SCHEDULED else "put back"
    message = f"The scheduled change {change.sid} of {change.target_sid} could not be {what}: {text}"
    report_notice(unit, change.account_sid, Problem(SCHEDULED_CHANGE_FAILED, message, is_warning=True))
