"""Delete a call that is over."""

from callwright.model.errors import NotFinished
from callwright.model.resource import Operation
from callwright.model.resources.call import CALLS, Call
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.stored import stored


@performs(CALLS, Operation.DELETE)
def delete_call(unit: UnitOfWork, request: Request) -> None:
    """Raises NotFinished (20009) while it is not."""
    call: Call = stored(unit, request)
    if not call.is_final:
        raise NotFinished()
    unit.delete(call)
