"""Show and change one number of an account, found by its SID or by the number itself."""

from collections.abc import Mapping
from typing import Any

from callwright.model.errors import NotFound
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import is_sid
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.owned import owned
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.store_changes import store_changes


def own_number(unit: UnitOfWork, account: Account, reference: str) -> IncomingPhoneNumber:
    """The account's number by SID or E.164. Raises NotFound, also for another account's."""
    if is_sid(reference):
        return owned(unit, account, IncomingPhoneNumber, reference, "number")
    own = Condition("account_sid", account.sid)
    number = unit.find(IncomingPhoneNumber, Condition("phone_number", reference), own)
    if number is None:
        raise NotFound(f"Account {account.sid} has no number {ascii(reference)[:40]}: give a SID (PN…) or E.164.")
    return number


def change_number(
    unit: UnitOfWork, account: Account, reference: str, settings: Mapping[str, Any], expected: int | None
) -> IncomingPhoneNumber:
    """Change the settings given (names of number_changes) and no others; the next call or message follows.

    Trunk and voice application clear each other, as in the 2010-04-01 API. Raises NotFound, RevisionMismatch
    (`expected`), and the errors of the 2010-04-01 API for what it knows too.
    """
    number = own_number(unit, account, reference)
    expect_revision(unit, number, expected)
    changes = NumberChanges.checked(settings).pointed(unit, account).differing(number)
    return store_changes(unit, number, changes)
