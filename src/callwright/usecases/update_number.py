"""Change where a number's calls and messages go, or move it to another account of the family."""

from typing import Any

from callwright.model.errors import AccountNotActive, NotTheParent, UnrelatedAccount
from callwright.model.phone_number import national_format
from callwright.model.resource import Operation
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import INCOMING_PHONE_NUMBERS, IncomingPhoneNumber
from callwright.usecases.operations import Request, performs
from callwright.usecases.point_number import with_targets
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.store_changes import store_changes
from callwright.usecases.stored import settings_of, stored

#: What belongs to the account that a number leaves.
_LEFT_BEHIND: dict[str, Any] = {"voice_application_sid": None, "sms_application_sid": None, "trunk_sid": None}


@performs(INCOMING_PHONE_NUMBERS, Operation.UPDATE, reads=frozenset({"account_sid"}))
def update_number(unit: UnitOfWork, request: Request) -> IncomingPhoneNumber:
    """Change what was sent. A moved number leaves its applications and trunk behind, unless the request names new."""
    number: IncomingPhoneNumber = stored(unit, request)
    settings = settings_of(request.parameters)
    owner = _new_owner(unit, request, settings.pop("account_sid", None))
    if owner.sid != number.account_sid:
        settings = _LEFT_BEHIND | settings | {"account_sid": owner.sid}
    changes = with_targets(unit, owner, settings)
    if "friendly_name" in changes and changes["friendly_name"] is None:
        changes["friendly_name"] = national_format(number.phone_number)
    return store_changes(unit, number, changes)


def _new_owner(unit: UnitOfWork, request: Request, wanted_sid: str | None) -> Account:
    if wanted_sid is None or wanted_sid == request.account.sid:
        return request.account
    if request.principal.is_subaccount:
        raise NotTheParent()
    owner = unit.get(Account, wanted_sid)
    if owner is None or owner.owner_account_sid != request.principal.sid:
        raise UnrelatedAccount()
    if owner.status != "active":
        raise AccountNotActive(f"The account {owner.sid} is {owner.status}: it cannot take numbers.")
    return owner
