"""Create an application, up to the account's limit."""

from callwright.model.errors import ApplicationLimitExceeded
from callwright.model.resource import Operation
from callwright.model.resources.account import Account
from callwright.model.resources.application import APPLICATIONS, Application
from callwright.usecases import stored
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Condition, UnitOfWork


@performs(APPLICATIONS, Operation.CREATE)
def create_application(unit: UnitOfWork, request: Request) -> Application:
    """Raises ApplicationLimitExceeded (21301) once the account has `application_limit` of them."""
    check_application_limit(unit, request.account, request.settings.application_limit)
    application: Application = stored.new_record(unit, request, stored.settings_of(request.parameters))
    return unit.insert(application)


def check_application_limit(unit: UnitOfWork, account: Account, limit: int) -> None:
    """Raises ApplicationLimitExceeded when the account has that many applications."""
    if unit.count(Application, [Condition("account_sid", account.sid)]) >= limit:
        raise ApplicationLimitExceeded(
            f"Cannot create application: application limit exceeded. The account has {limit}: delete unused ones, "
            "or raise CALLWRIGHT_APPLICATION_LIMIT."
        )
