"""Create an application, up to the account's limit."""

from callwright.model.errors import ApplicationLimitExceeded
from callwright.model.resource import Operation
from callwright.model.resources.application import APPLICATIONS, Application
from callwright.usecases import stored
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Condition, UnitOfWork


@performs(APPLICATIONS, Operation.CREATE)
def create_application(unit: UnitOfWork, request: Request) -> Application:
    """Raises ApplicationLimitExceeded (21301) once the account has `application_limit` of them."""
    limit: int = request.settings.application_limit
    if unit.count(Application, [Condition("account_sid", request.account.sid)]) >= limit:
        raise ApplicationLimitExceeded(
            f"Cannot create application: application limit exceeded. The account has {limit}: delete unused ones, "
            "or raise CALLWRIGHT_APPLICATION_LIMIT."
        )
    application: Application = stored.new_record(unit, request, stored.settings_of(request.parameters))
    return unit.insert(application)
