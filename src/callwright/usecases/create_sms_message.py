"""Create a message by the old SMS/Messages: the same as Messages, for texts of one segment's length."""

from callwright.model.message_errors import ShortBodyTooLong
from callwright.model.resource import Operation
from callwright.model.resources.message import Message
from callwright.model.resources.sms_message import SMS_MESSAGES, SmsMessageCreation
from callwright.usecases.create_message import status_callback_of
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.queue_message import Draft, queue_message

LONGEST_BODY = 160


@performs(SMS_MESSAGES, Operation.CREATE)
def create_sms_message(unit: UnitOfWork, request: Request) -> Message:
    """Raises ShortBodyTooLong (21605) beyond 160 characters, whatever their alphabet, and all that Messages raises."""
    asked = request.parameters
    assert isinstance(asked, SmsMessageCreation)  # noqa: S101 - the resource declares it
    if len(asked.body or "") > LONGEST_BODY:
        raise ShortBodyTooLong()
    draft = Draft(
        account=request.account,
        to=asked.to,
        from_=asked.from_,
        body=asked.body,
        # Here the application's SmsStatusCallback comes first (reference: applications).
        **status_callback_of(unit, request.account, asked.status_callback, asked.application_sid, sms_first=True),
    )
    return queue_message(unit, draft, request.settings)
