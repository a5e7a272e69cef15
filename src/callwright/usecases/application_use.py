"""How applications are used: by which numbers, when they were asked last, and how often that failed lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from callwright.model.exchange import Exchange
from callwright.model.opening_hours import is_open
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.sid import least_sid
from callwright.usecases.numbers_of_application import USES, Use, field_of
from callwright.usecases.ports import Condition, UnitOfWork

FAILURES_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class ApplicationUse:
    """`numbers`: how many point at it, by use. `last_call` and `last_message` are the newest that went to it.

    `failures_24h` counts web requests for it that failed: each attempt, and checks of its URLs too. `is_open` is None
    without opening hours.
    """

    numbers: dict[Use, int]
    last_call: Call | None
    last_message: Message | None
    failures_24h: int
    is_open: bool | None


def use_of(unit: UnitOfWork, applications: Sequence[Application]) -> dict[str, ApplicationUse]:
    """The use of each, by SID: five statements for any number of applications."""
    sids = [application.sid for application in applications]
    numbers = numbers_by_use(unit, sids)
    calls = unit.newest(Call, "application_sid", sids)
    messages = unit.newest(Message, "application_sid", sids)
    failures = unit.counts(Exchange, "application_sid", sids, _failed_lately(unit))
    return {
        application.sid: ApplicationUse(
            numbers={use: numbers[use].get(application.sid, 0) for use in USES},
            last_call=calls.get(application.sid),
            last_message=messages.get(application.sid),
            failures_24h=failures.get(application.sid, 0),
            is_open=is_open(application.opening_hours, unit.now) if application.opening_hours else None,
        )
        for application in applications
    }


def numbers_by_use(unit: UnitOfWork, application_sids: Sequence[str]) -> dict[Use, dict[str, int]]:
    """How many numbers point at each application, for each use; applications that none does are left out.

    Counted in an index, thousands within a millisecond: a number of another account that points at it counts, too.
    """
    return {use: unit.counts(IncomingPhoneNumber, field_of(use), application_sids) for use in USES}


def _failed_lately(unit: UnitOfWork) -> list[Condition]:
    since = (unit.now - FAILURES_WITHIN).timestamp()
    # By SID, whose order is that of time: the index over failures holds it, dates it does not.
    return [Condition("is_failure", True), Condition("sid", least_sid("EX", since), "gt")]
