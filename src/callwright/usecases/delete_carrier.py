"""Disconnect from an SMS carrier."""

from callwright.model.resources.account import Account
from callwright.usecases.carrier_settings import own_carrier
from callwright.usecases.ports import UnitOfWork


def delete_carrier(unit: UnitOfWork, account: Account, sid: str) -> None:
    """Delete it; its connection closes after the answers under way. Raises NotFound.

    Messages that wait are not held up by it: no carrier is chosen for a message before its turn, and one that the
    carrier hands back goes to the next. Receipts it still had to send are lost: those messages stay `sent`.
    """
    unit.delete(own_carrier(unit, account, sid))
