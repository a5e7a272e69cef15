"""Which numbers use an application: who would notice if it changed or went away.

A number of another account that names it does not use it: its calls are refused (model.routing).
"""

from collections.abc import Iterator

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.variants import Channel
from callwright.usecases.ports import Condition, UnitOfWork

#: What a number uses an application for.
Use = Channel
USES: tuple[Use, ...] = ("voice", "sms")

_BATCH = 1000


def field_of(use: Use) -> str:
    """The number's field that names its application for that use."""
    return f"{use}_application_sid"


def uses_of(number: IncomingPhoneNumber, application: Application) -> list[Use]:
    """What the number uses the application for."""
    return [use for use in USES if getattr(number, field_of(use)) == application.sid]


def numbers_of(
    unit: UnitOfWork, application: Application, use: Use | None, limit: int, before_sid: str | None
) -> list[IncomingPhoneNumber]:
    """The newest `limit` numbers that use it, for calls, for messages, or (None) for either, newest first.

    `before_sid` is the cursor: only numbers created before that one.
    """
    found: dict[str, IncomingPhoneNumber] = {}
    for one in USES if use is None else (use,):
        # One index each, in order: the newest of either use are among the newest of both.
        found |= {number.sid: number for number in _users(unit, application, one, limit, before_sid)}
    return sorted(found.values(), key=lambda number: number.sid, reverse=True)[:limit]


def _users(
    unit: UnitOfWork, application: Application, use: Use, limit: int, before_sid: str | None
) -> list[IncomingPhoneNumber]:
    names_it = [Condition(field_of(use), application.sid)]  # the account would only mislead the choice of the index
    found: list[IncomingPhoneNumber] = []
    while True:
        rows = unit.select(IncomingPhoneNumber, names_it, limit=limit, before_sid=before_sid)
        found += [number for number in rows if number.account_sid == application.account_sid]
        if len(rows) < limit or len(found) >= limit:
            return found[:limit]
        before_sid = rows[-1].sid


def number_counts(unit: UnitOfWork, application: Application) -> dict[Use, int]:
    """How many numbers use it for calls, and for messages."""
    account_sid, sid = application.account_sid, application.sid
    return {use: unit.search_count(IncomingPhoneNumber, account_sid, [Condition(field_of(use), sid)]) for use in USES}


def each_number_of(unit: UnitOfWork, application: Application) -> Iterator[list[IncomingPhoneNumber]]:
    """All numbers that use it, newest first, in batches; they may be changed meanwhile."""
    before_sid = None
    while batch := numbers_of(unit, application, None, _BATCH, before_sid):
        yield batch
        before_sid = batch[-1].sid
