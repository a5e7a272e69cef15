"""Delete a message that is over, with its media, feedback and submissions.

That it was asked and told about stays in the exchange log and with the debugger, as of a call, but not what it said.
"""

from callwright.model.errors import NotFinished
from callwright.model.resource import Operation
from callwright.model.resources.feedback import Feedback
from callwright.model.resources.message import MESSAGES, Message
from callwright.model.submission import Submission
from callwright.usecases.delete_media import delete_media_of
from callwright.usecases.forget_text import forget_text
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.progress_message import is_over, waits_for
from callwright.usecases.stored import stored

_MOST = 1000


@performs(MESSAGES, Operation.DELETE)
def delete_message(unit: UnitOfWork, request: Request) -> None:
    """Raises NotFinished (20009) while it is not over. Media files go by a job, unless others share them."""
    message: Message = stored(unit, request)
    if not is_over(unit, message):
        raise NotFinished(
            f"Cannot delete this resource before it is complete: the message is {message.status}, {waits_for(message)}."
        )
    forget_text(unit, message)
    delete_media_of(unit, message.sid)
    of_message = [Condition("message_sid", message.sid)]
    for submission in unit.select(Submission, of_message, limit=_MOST):
        unit.delete(submission)
    for feedback in unit.select(Feedback, of_message, limit=_MOST):
        unit.delete(feedback)
    unit.delete(message)
