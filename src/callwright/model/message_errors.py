"""Errors about messages, carriers and short codes, told to a client of the API (see model.errors)."""

from callwright.model.errors import ApiError


class InvalidMessageTo(ApiError):
    """Invalid 'To' Phone Number: give E.164, for example +15555550100, or a short code."""

    code = 21211


class InvalidMessageFrom(ApiError):
    """Invalid 'From' Number: give a number or short code of this account, for example +15555550100."""

    code = 21212


class SameToAndFrom(ApiError):
    """'To' and 'From' number cannot be the same: give another To."""

    code = 21266


class MessageBodyRequired(ApiError):
    """Message body is required: give Body, MediaUrl or both."""

    code = 21602


class MessageFromRequired(ApiError):
    """A 'From' phone number is required: give From."""

    code = 21603


class MessageToRequired(ApiError):
    """A 'To' phone number is required: give To."""

    code = 21604


class ShortBodyTooLong(ApiError):
    """The message body exceeds the 160 character limit of SMS/Messages: use Messages instead."""

    code = 21605


class FromNotSmsCapable(ApiError):
    """The 'From' number is no number of this account that can send messages: buy it, or add the short code."""

    code = 21606


class InvalidMessageCallback(ApiError):
    """Invalid StatusCallback: give an absolute http or https URL."""

    code = 21609


class RecipientOptedOut(ApiError):
    """Attempt to send to unsubscribed recipient: they answered STOP to this number; START lets you write again."""

    code = 21610


class SenderQueueFull(ApiError):
    """The 'From' number has exceeded the maximum number of queued messages: send slower, or raise its rate."""

    code = 21611


class MessageBodyTooLong(ApiError):
    """The concatenated message body exceeds the 1600 character limit: split it into several messages."""

    code = 21617


class InvalidMediaUrl(ApiError):
    """Invalid media URL: give absolute http or https URLs."""

    code = 21620


class TooManyMedia(ApiError):
    """Number of media files exceeds allowed limit: give at most ten MediaUrl."""

    code = 21623


class ValidityPeriodInvalid(ApiError):
    """Invalid ValidityPeriod: give whole seconds from 1 to 36000."""

    code = 21624


class MessageNotCancelable(ApiError):
    """Message cannot be canceled: only one that is scheduled can be."""

    code = 30409


class MessageNotRedactable(ApiError):
    """The body can only be cleared: give an empty Body, once the message has reached its final status."""

    code = 20422


class SendAtInvalid(ApiError):
    """Invalid SendAt: give ISO 8601 with a time zone, at least 5 minutes and at most 35 days ahead."""

    code = 35114


class ScheduleTypeRequired(ApiError):
    """SendAt and ScheduleType=fixed are given together or not at all."""

    code = 35111


class ReplyLimitExceeded(ApiError):
    """Too many replies to one number within a short time: look whether two web apps answer each other."""

    code = 14107
