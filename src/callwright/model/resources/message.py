"""Messages: SMS and MMS, in and out. Also as the old SMS/Messages."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from callwright.model.fields import Flag, Hidden, Indexed, NotYet, OneOf, SidOf, Url
from callwright.model.message_errors import InvalidMessageCallback
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare
from callwright.model.resources.call import InvalidApplicationSid

#: Nothing follows these, but `read` may follow `delivered`.
FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "received", "read", "canceled"})


class Message(Record):
    """A message as stored. The hidden fields keep what it started on, to its end (architecture: routing)."""

    table: ClassVar[str] = "messages"
    ordered_by: ClassVar[str] = "position"

    body: str | None = None
    num_segments: str = "1"
    direction: str = "outbound-api"
    from_: Annotated[str | None, Indexed()] = None
    to: Annotated[str | None, Indexed()] = None
    price: str | None = None
    error_message: str | None = None
    num_media: str = "0"
    status: str = "queued"
    messaging_service_sid: str | None = None
    date_sent: Annotated[datetime | None, Indexed()] = None
    error_code: int | None = None
    price_unit: str | None = "USD"
    api_version: str = "2010-04-01"

    #: model.record.position_of(sid): messages with and without media have SIDs of different prefixes.
    position: Annotated[str, Hidden()] = ""
    #: The IncomingPhoneNumber (PN) or ShortCode (SC) of this server that sent or received it.
    phone_number_sid: Annotated[str | None, Hidden()] = None
    application_sid: Annotated[str | None, Hidden(), Indexed()] = None
    application_revision: Annotated[int | None, Hidden()] = None
    #: Whom to ask about it (inbound).
    url: Annotated[str | None, Hidden()] = None
    method: Annotated[str, Hidden()] = "POST"
    fallback_url: Annotated[str | None, Hidden()] = None
    fallback_method: Annotated[str, Hidden()] = "POST"
    #: Whom to tell how it went (outbound); always by POST.
    status_callback: Annotated[str | None, Hidden()] = None
    #: How the route was decided: the steps of model.routing, as dictionaries.
    route: Annotated[dict[str, Any], Hidden()] = {}
    #: "GSM-7" or "UCS-2": what the segments were counted for.
    encoding: Annotated[str, Hidden()] = "GSM-7"
    #: Outbound: URLs of the media as they were given. What was fetched of them are Media records.
    media_urls: Annotated[list[str], Hidden()] = []
    #: Not handed to a carrier after that moment (ValidityPeriod).
    expires_at: Annotated[datetime | None, Hidden()] = None
    #: When it goes out (SendAt).
    send_at: Annotated[datetime | None, Hidden()] = None
    #: MaxPrice, Attempt, ProvideFeedback and the other parameters of its creation that are kept to be shown.
    sending: Annotated[dict[str, Any], Hidden()] = {}
    #: The carrier it came from or went to; None for this server itself.
    carrier_sid: Annotated[str | None, Hidden()] = None
    #: How long it waited from its creation (or SendAt) to its hand-over, and how often that was tried.
    queue_time_ms: Annotated[int | None, Hidden()] = None
    attempts: Annotated[int, Hidden()] = 0
    #: The inbound message it replies to, or the call whose document sent it.
    reply_to_sid: Annotated[str | None, Hidden()] = None
    call_sid: Annotated[str | None, Hidden()] = None
    #: Inbound: STOP, START or HELP when the text was one of those words.
    opt_out_type: Annotated[str | None, Hidden()] = None
    #: Inbound: its document has been run to the end; it is not asked for again after a restart.
    is_answered: Annotated[bool, Hidden()] = False
    #: Inbound: SIDs of the replies its document sent, by their place in it: "0", "1" …
    replies: Annotated[dict[str, Any], Hidden()] = {}
    #: The carrier's own word for when it was delivered (YYMMDDhhmm).
    raw_receipt_date: Annotated[str | None, Hidden()] = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def is_inbound(self) -> bool:
        return self.direction == "inbound"


class MessageCreation(Parameters):
    #: E.164, or a short code of this server.
    to: str | None = None
    #: A number or short code of the account, or a name that one of its carriers may send.
    from_: str | None = None
    #: Up to 1600 characters; may be left out when there is a MediaUrl.
    body: str | None = None
    #: Up to ten http or https URLs. Their files are fetched before the message is sent.
    media_url: list[str] = []
    #: Told by POST how the message goes on.
    status_callback: Annotated[str | None, Url(refused_as=InvalidMessageCallback)] = None
    #: Whose MessageStatusCallback is told, when no StatusCallback is given.
    application_sid: Annotated[str | None, SidOf("AP", refused_as=InvalidApplicationSid)] = None
    #: Kept with the message: nothing is charged here.
    max_price: str | None = None
    #: Kept with the message: feedback is taken for every one.
    provide_feedback: Annotated[bool, Flag()] = False
    #: Which attempt of yours it is; kept with the message.
    attempt: str | None = None
    #: Seconds from 1 to 36000, the default: not sent anymore when it has waited for longer.
    validity_period: str | None = None
    #: Kept with the message: none is held back here.
    force_delivery: Annotated[bool, Flag()] = False
    #: discard: text and media are forgotten once the message is over.
    content_retention: Annotated[str | None, OneOf(("retain", "discard"))] = None
    #: obfuscate: of the recipient only the last digits are kept once the message is over.
    address_retention: Annotated[str | None, OneOf(("retain", "obfuscate"))] = None
    #: Replace characters outside GSM-7 by similar ones of it.
    smart_encoded: Annotated[bool, Flag()] = False
    shorten_urls: Annotated[str | None, NotYet("link shortening", ("", "false"))] = None
    #: With SendAt.
    schedule_type: Annotated[str | None, OneOf(("fixed",))] = None
    #: ISO 8601 with a time zone; 5 minutes (CALLWRIGHT_SCHEDULE_LEAD_S) to 35 days ahead. With ScheduleType.
    send_at: str | None = None
    #: Messages with MediaUrl are MMS anyway; others cannot be.
    send_as_mms: Annotated[bool, Flag()] = False
    #: Kept with the message.
    risk_check: Annotated[str | None, OneOf(("enable", "disable"))] = None
    #: Kept with the message.
    traffic_type: Annotated[str | None, OneOf(("free",))] = None
    persistent_action: Annotated[list[str] | None, NotYet("channels other than SMS")] = None
    content_sid: Annotated[str | None, NotYet("content templates")] = None
    content_variables: Annotated[str | None, NotYet("content templates")] = None
    messaging_service_sid: Annotated[str | None, NotYet("messaging services")] = None
    fallback_from: Annotated[str | None, NotYet("messaging services")] = None


class MessageUpdate(Parameters):
    #: Empty redacts the text, once the message has reached its final status. Nothing else is possible.
    body: str | None = None
    #: Only of a message that is scheduled.
    status: Annotated[str | None, OneOf(("canceled",))] = None


class MessageFilters(Parameters):
    #: The recipient.
    to: str | None = None
    #: The sender.
    from_: str | None = None
    #: On that day: YYYY-MM-DD, in UTC.
    date_sent: str | None = None
    #: On that day or before it.
    date_sent_before: str | None = None
    #: On that day or after it.
    date_sent_after: str | None = None


MESSAGES = declare(
    Resource(
        name="Messages",
        record=Message,
        path="/Accounts/{AccountSid}/Messages",
        singular="Message",
        plural="Messages",
        list_key="messages",
        sid_prefix="SM",
        other_prefixes=("MM",),
        summary="Text and media messages, in and out.",
        create=MessageCreation,
        update=MessageUpdate,
        filters=MessageFilters,
        deletable=True,
        subresources={"media": "Media", "feedback": "Feedback"},
    )
)
