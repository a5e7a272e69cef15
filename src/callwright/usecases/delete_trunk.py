"""Disconnect from a carrier."""

from callwright.model.errors import TrunkInUse
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.trunk_settings import own_trunk


def delete_trunk(unit: UnitOfWork, account: Account, sid: str) -> None:
    """Delete it. Raises NotFound, and TrunkInUse while numbers (of subaccounts too) name it."""
    trunk = own_trunk(unit, account, sid)
    numbers = unit.count(IncomingPhoneNumber, [Condition("trunk_sid", sid)])
    if numbers:
        raise TrunkInUse(f"{numbers} phone number(s) name trunk {sid}: clear their TrunkSid first.")
    unit.delete(trunk)
