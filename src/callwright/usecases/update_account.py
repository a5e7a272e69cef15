"""Rename an account; suspend, close or reactivate a subaccount."""

from callwright.model.errors import AccountClosed, ParentStatusFixed
from callwright.model.resource import Operation
from callwright.model.resources.account import ACCOUNTS, Account
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.store_changes import store_changes
from callwright.usecases.stored import settings_of


@performs(ACCOUNTS, Operation.UPDATE)
def update_account(unit: UnitOfWork, request: Request) -> Account:
    """A closed account stays closed (21479); nobody changes the status of a parent, or its own (21477)."""
    account = request.account
    changes = {name: value for name, value in settings_of(request.parameters).items() if value is not None}
    if "status" in changes:
        _check_status_may_change(account, request.principal)
    return store_changes(unit, account, changes)


def _check_status_may_change(account: Account, principal: Account) -> None:
    if not account.is_subaccount:
        raise ParentStatusFixed()
    if principal.sid == account.sid:
        raise ParentStatusFixed("The status of a subaccount can be changed by its parent only: use its credentials.")
    if account.status == "closed":
        raise AccountClosed()
