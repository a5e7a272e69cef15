"""SMS/Messages: messages as the API showed them before there were media. Deprecated, kept for old programs."""

from typing import Annotated

from callwright.model.fields import SidOf, Url
from callwright.model.message_errors import InvalidMessageCallback
from callwright.model.record import Parameters
from callwright.model.resource import Resource, declare
from callwright.model.resources.call import InvalidApplicationSid
from callwright.model.resources.message import Message, MessageFilters


class SmsMessageCreation(Parameters):
    to: str | None = None
    from_: str | None = None
    #: At most 160 characters: longer texts are for Messages.
    body: str | None = None
    status_callback: Annotated[str | None, Url(refused_as=InvalidMessageCallback)] = None
    #: Its SmsStatusCallback is told how the message went, when no StatusCallback is given.
    application_sid: Annotated[str | None, SidOf("AP", refused_as=InvalidApplicationSid)] = None


SMS_MESSAGES = declare(
    Resource(
        name="SMS/Messages",
        record=Message,
        path="/Accounts/{AccountSid}/SMS/Messages",
        singular="SMSMessage",
        plural="SMSMessages",
        list_key="sms_messages",
        sid_prefix="SM",
        other_prefixes=("MM",),
        summary="Messages in their old form; use Messages in new programs.",
        create=SmsMessageCreation,
        filters=MessageFilters,
        omitted=frozenset({"num_segments", "error_message", "num_media", "messaging_service_sid", "error_code"}),
    )
)
