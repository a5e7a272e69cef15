"""Give a short code up."""

from callwright.model.errors import NotFound
from callwright.model.resources.account import Account
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.ports import UnitOfWork


def delete_short_code(unit: UnitOfWork, account: Account, sid: str) -> None:
    """Delete it: messages to it are refused from then on. Raises NotFound, also for another account's."""
    short_code = unit.get(ShortCode, sid)
    if short_code is None or short_code.account_sid != account.sid:
        raise NotFound(f"Account {account.sid} has no short code {sid[:40]}.")
    unit.delete(short_code)
