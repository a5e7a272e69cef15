"""Change a message: cancel one that is scheduled, or clear the text of one that is over."""

from callwright.model.message_errors import MessageNotCancelable, MessageNotRedactable
from callwright.model.resource import Operation
from callwright.model.resources.message import MESSAGES, Message, MessageUpdate
from callwright.usecases.forget_text import forget_text
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.progress_message import is_over, progress_message, waits_for
from callwright.usecases.stored import stored


@performs(MESSAGES, Operation.UPDATE)
def update_message(unit: UnitOfWork, request: Request) -> Message:
    """Raises MessageNotCancelable (30409) and MessageNotRedactable; what was not sent is not changed."""
    message: Message = stored(unit, request)
    asked = request.parameters
    assert isinstance(asked, MessageUpdate)  # noqa: S101 - the resource declares it
    given = asked.given()
    if given.get("body"):
        raise MessageNotRedactable()
    if given.get("status") == "canceled":
        message = cancel_message(unit, message)
    return redact_message(unit, message) if "body" in given else message


def cancel_message(unit: UnitOfWork, message: Message) -> Message:
    """Raises MessageNotCancelable unless it is scheduled."""
    if message.status != "scheduled":
        raise MessageNotCancelable(
            f"Message cannot be canceled: it is {message.status}, and only one that is scheduled can be."
        )
    return progress_message(unit, message, "canceled")


def redact_message(unit: UnitOfWork, message: Message) -> Message:
    """Exchanges and notifications forget it, too.

    Raises MessageNotRedactable while it may still be sent, or its end be told.
    """
    if not is_over(unit, message):
        raise MessageNotRedactable(
            f"The body cannot be cleared while the message is {message.status}: {waits_for(message)}. Messages sent "
            "with ContentRetention=discard clear it by themselves."
        )
    forget_text(unit, message)
    return unit.update(message, {"body": ""}) if message.body else message
