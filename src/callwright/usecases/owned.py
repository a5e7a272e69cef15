"""One record of an account, by its SID: the look-up behind paths that the 2010-04-01 declarations do not serve."""

from typing import TypeVar

from callwright.model.errors import NotFound
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.usecases.ports import UnitOfWork

R = TypeVar("R", bound=Record)


def owned(unit: UnitOfWork, account: Account, record_type: type[R], sid: str, called: str) -> R:
    """The account's record; raises NotFound saying that it has no such `called`, also for another account's."""
    record = unit.get(record_type, sid)
    if record is None or record.account_sid != account.sid:
        raise NotFound(f"Account {account.sid} has no {called} {sid[:40]}.")
    return record
