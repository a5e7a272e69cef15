"""Delete an application without leaving numbers behind that point at nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.model.errors import ApiError, ApplicationNotUsable
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import FINAL_STATUSES, STATUSES, Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.scheduled_change import OPEN_STATUSES, ScheduledChange
from callwright.usecases.change_application import own_application
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.numbers_of_application import (
    USES,
    Use,
    each_number_of,
    field_of,
    number_counts,
    numbers_of,
    uses_of,
)
from callwright.usecases.ports import Condition, UnitOfWork

SHOWN_NUMBERS = 20
_MOST_LOOKED_AT = 1000


class ApplicationInUse(ApiError):
    """Numbers or scheduled changes name the application: give replace_with, or force=true to leave them without it."""

    code = 20409
    status = 409


@dataclass(frozen=True)
class InTheWay:
    """What names an application: numbers by use, calls that run (they go on to their end), changes still to come."""

    numbers: dict[Use, int]
    first_numbers: list[IncomingPhoneNumber]
    live_calls: int
    scheduled_changes: list[ScheduledChange]

    def as_details(self) -> dict[str, Any]:
        return {
            "numbers": dict(self.numbers),
            "first_numbers": [
                {"sid": number.sid, "phone_number": number.phone_number, "friendly_name": number.friendly_name}
                for number in self.first_numbers
            ],
            "live_calls": self.live_calls,
            "scheduled_changes": [
                {"sid": change.sid, "target_sid": change.target_sid, "at": _text(change.at)}
                for change in self.scheduled_changes
            ],
        }


@dataclass(frozen=True)
class DeletedApplication:
    """What became of it. `group_id` undoes all: the application comes back, and its numbers point at it again.

    `moved` numbers went to `replaced_by`; `left` are those that still name it, their calls and messages fail.
    """

    sid: str
    group_id: str
    replaced_by: str | None
    moved: dict[Use, int]
    left: dict[Use, int]
    live_calls: int


def delete_application(
    unit: UnitOfWork,
    account: Account,
    sid: str,
    *,
    replace_with: str | None = None,
    force: bool = False,
    expected: int | None = None,
) -> DeletedApplication:
    """Delete it. `replace_with` is the application its numbers go to; `force`: whatever names it.

    Raises NotFound, RevisionMismatch, ApplicationInUse (details: what is in the way) and, for `replace_with`,
    ApplicationNotUsable.
    """
    application = own_application(unit, account, sid)
    expect_revision(unit, application, expected)
    replacement = _replacement(unit, account, application, replace_with)
    found = _in_the_way(unit, application)
    if not force:
        _refuse(application, found, is_moved=replacement is not None)
    moved: dict[Use, int] = {"voice": 0, "sms": 0}
    if replacement is not None:
        moved = _move_numbers(unit, application, replacement)
    unit.delete(application)
    return DeletedApplication(
        sid=application.sid,
        group_id=unit.group_id,
        replaced_by=replacement.sid if replacement is not None else None,
        moved=moved,
        left={use: found.numbers[use] - moved[use] for use in USES},
        live_calls=found.live_calls,
    )


def _replacement(
    unit: UnitOfWork, account: Account, application: Application, replace_with: str | None
) -> Application | None:
    if replace_with is None:
        return None
    other = unit.get(Application, replace_with)
    if other is None or other.account_sid != account.sid or other.sid == application.sid:
        raise ApplicationNotUsable(
            f"replace_with {replace_with[:40]} has to be another application of account {account.sid}: the numbers "
            "would point at nothing."
        )
    unit.claim(other)
    return other


def _in_the_way(unit: UnitOfWork, application: Application) -> InTheWay:
    return InTheWay(
        numbers=number_counts(unit, application),
        first_numbers=numbers_of(unit, application, None, SHOWN_NUMBERS, None),
        live_calls=_live_calls(unit, application),
        scheduled_changes=_scheduled_changes(unit, application),
    )


def _live_calls(unit: UnitOfWork, application: Application) -> int:
    """Looked for among the calls that run: an application may have had more calls than there are."""
    live = [status for status in STATUSES if status not in FINAL_STATUSES]
    own = Condition("account_sid", application.account_sid)
    calls = [call for one in live for call in unit.select(Call, [Condition("status", one), own], limit=_MOST_LOOKED_AT)]
    return sum(call.application_sid == application.sid for call in calls)


def _scheduled_changes(unit: UnitOfWork, application: Application) -> list[ScheduledChange]:
    """Changes of it, and those that would point something at it."""
    conditions = [Condition("account_sid", application.account_sid), Condition("status", OPEN_STATUSES, "in")]
    pending = unit.select(ScheduledChange, conditions, limit=_MOST_LOOKED_AT)
    return [
        change
        for change in pending
        if change.target_sid == application.sid or application.sid in change.changes.values()
    ]


def _refuse(application: Application, found: InTheWay, *, is_moved: bool) -> None:
    """Raises ApplicationInUse when a deletion would leave something without the application."""
    voice, sms = found.numbers["voice"], found.numbers["sms"]
    name = f"Application {application.sid}"
    if not is_moved and (voice or sms):
        raise ApplicationInUse(
            f"{name} takes the calls of {voice} number(s) and the messages of {sms}: give replace_with=AP… to move "
            "them, or force=true to delete it all the same; then their calls and messages fail.",
            found.as_details(),
        )
    if found.scheduled_changes:
        first = found.scheduled_changes[0]
        raise ApplicationInUse(
            f"{name} is named by {len(found.scheduled_changes)} scheduled change(s), the first {first.sid}: cancel "
            "them, or give force=true; then they fail when they are due.",
            found.as_details(),
        )


def _move_numbers(unit: UnitOfWork, application: Application, replacement: Application) -> dict[Use, int]:
    """Point its numbers at the other, for what each uses it for; how many, by use."""
    moved: dict[Use, int] = {"voice": 0, "sms": 0}
    for batch in each_number_of(unit, application):
        by_uses: dict[tuple[Use, ...], list[IncomingPhoneNumber]] = {}
        for number in batch:
            by_uses.setdefault(tuple(uses_of(number, application)), []).append(number)
        for uses, numbers in by_uses.items():
            unit.update_all(numbers, {field_of(use): replacement.sid for use in uses})
            for use in uses:
                moved[use] += len(numbers)
    return moved


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
