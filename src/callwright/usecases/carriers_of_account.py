"""The carriers an account's messages may go by: its own, and those of its parent."""

from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.ports import Condition, UnitOfWork

_MOST_CARRIERS = 1000


def carriers_of_account(unit: UnitOfWork, account: Account) -> list[Carrier]:
    """All of them, those that are switched off too."""
    owners = sorted({account.sid, account.owner_account_sid})
    return unit.select(Carrier, [Condition("account_sid", owners, "in")], limit=_MOST_CARRIERS)
