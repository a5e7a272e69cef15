"""Give a short code up."""

from callwright.model.resources.account import Account
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork


def delete_short_code(unit: UnitOfWork, account: Account, sid: str) -> None:
    """Delete it: messages to it are refused from then on. Raises NotFound, also for another account's."""
    unit.delete(owned(unit, account, ShortCode, sid, "short code"))
