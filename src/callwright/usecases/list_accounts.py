"""The accounts a client may see: its own and, for a parent, the subaccounts."""

from callwright.model.resource import Operation
from callwright.model.resources.account import ACCOUNTS
from callwright.usecases.filters import conditions_of
from callwright.usecases.operations import Page, Request, performs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.stored import page_where


@performs(ACCOUNTS, Operation.LIST)
def list_accounts(unit: UnitOfWork, request: Request) -> Page:
    principal = request.principal
    column = "sid" if principal.is_subaccount else "owner_account_sid"
    visible = Condition(column, principal.sid)
    filters = conditions_of(request.resource.record, request.parameters)
    return page_where(unit, request, request.resource.record, [visible, *filters])
