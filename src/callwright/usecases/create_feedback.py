"""Take what an application tells about a message's outcome: the last word counts."""

from callwright.model.errors import NotFound
from callwright.model.resource import Operation
from callwright.model.resources.feedback import FEEDBACK, Feedback, FeedbackCreation
from callwright.model.resources.message import Message
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.stored import new_record


@performs(FEEDBACK, Operation.CREATE)
def create_feedback(unit: UnitOfWork, request: Request) -> Feedback:
    """The feedback of the message, created or changed; NotFound when the account has no such message."""
    asked = request.parameters
    assert isinstance(asked, FeedbackCreation)  # noqa: S101 - the resource declares it
    # Locked, so that two at once do not both find none.
    message = unit.get(Message, request.path["MessageSid"], for_update=True)
    if message is None or message.account_sid != request.account.sid:
        raise NotFound()
    given = unit.find(Feedback, Condition("message_sid", message.sid))
    if given is not None:
        return unit.update(given, {"outcome": asked.outcome})
    created: Feedback = new_record(unit, request, {"message_sid": message.sid, "outcome": asked.outcome})
    return unit.insert(created)
