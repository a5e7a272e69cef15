"""Create a subaccount with a token of its own."""

import hashlib
import secrets

from callwright.model.errors import SubaccountOfSubaccount
from callwright.model.resource import Operation
from callwright.model.resources.account import ACCOUNTS, Account
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.stored import settings_of


@performs(ACCOUNTS, Operation.CREATE)
def create_subaccount(unit: UnitOfWork, request: Request) -> Account:
    """Raises SubaccountOfSubaccount (21101) unless a parent account asks."""
    if request.principal.is_subaccount:
        raise SubaccountOfSubaccount()
    sid, token = unit.new_sid("AC"), secrets.token_hex(16)
    name = settings_of(request.parameters).get("friendly_name")
    return unit.insert(
        Account.model_construct(
            sid=sid,
            account_sid=sid,
            owner_account_sid=request.principal.sid,
            friendly_name=name or _default_name(unit),
            auth_token=token,
            auth_token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            status="active",
            type=request.principal.type,
        )
    )


def _default_name(unit: UnitOfWork) -> str:
    hour = unit.now.hour
    meridian = "am" if hour < 12 else "pm"
    return f"SubAccount Created at {unit.now:%Y-%m-%d} {(hour - 1) % 12 + 1:02d}:{unit.now:%M} {meridian}"
