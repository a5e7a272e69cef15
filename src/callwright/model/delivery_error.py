"""Why a message was not delivered: the codes of Message.error_code (30xxx, and 1xxxx for media) and their texts."""

QUEUE_OVERFLOW = 30001
ACCOUNT_SUSPENDED = 30002
UNREACHABLE = 30003
BLOCKED = 30004
UNKNOWN_DESTINATION = 30005
LANDLINE = 30006
FILTERED = 30007
UNKNOWN_ERROR = 30008
MISSING_SEGMENT = 30009
PRICE_EXCEEDED = 30010
MEDIA_UNAVAILABLE = 11200
MEDIA_TOO_LARGE = 11751
UNACCEPTED_MEDIA_TYPE = 12300

#: What error_message says unless the cause is known better.
TEXTS = {
    QUEUE_OVERFLOW: "Queue overflow: the message was not handed to a carrier within its ValidityPeriod.",
    ACCOUNT_SUSPENDED: "Account suspended: it was no longer active when the message's turn came.",
    UNREACHABLE: "Unreachable destination handset.",
    BLOCKED: "Message blocked: the recipient or the carrier does not accept it.",
    UNKNOWN_DESTINATION: "Unknown destination handset: the carrier does not know the number.",
    LANDLINE: "Landline or unreachable carrier.",
    FILTERED: "Carrier violation: the message was filtered.",
    UNKNOWN_ERROR: "Unknown error.",
    MISSING_SEGMENT: "Missing inbound segment.",
    PRICE_EXCEEDED: "Message price exceeds MaxPrice.",
    MEDIA_UNAVAILABLE: "A MediaUrl could not be fetched.",
    MEDIA_TOO_LARGE: "A file is larger than messages may carry.",
    UNACCEPTED_MEDIA_TYPE: "A file is of a type that messages do not carry.",
}
