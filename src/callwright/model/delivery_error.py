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

#: What to do about each; the reference shows it.
FIXES = {
    QUEUE_OVERFLOW: "Look at the carrier's state (`callwright carriers list`) and at the sender's rate; give a longer "
    "ValidityPeriod.",
    ACCOUNT_SUSPENDED: "Make the account active again and send the message once more.",
    UNREACHABLE: "The phone is off or out of reach, or no carrier serves the number: connect one, or buy the number if "
    "it is to be one of this server. Sending again later may help.",
    BLOCKED: "Ask the carrier why: the recipient may have blocked you, or the carrier refuses this sender or text.",
    UNKNOWN_DESTINATION: "Check the number: it is not in service.",
    LANDLINE: "Check the number: it may be a landline, or a network that the carrier does not reach.",
    FILTERED: "Ask the carrier which rule the text or the sender breaks; registered senders are filtered less.",
    UNKNOWN_ERROR: "error_message has the carrier's words. After a lost link it is not known whether the message "
    "arrived: ask the recipient before you send it again.",
    MISSING_SEGMENT: "A part of a long incoming message never came: ask the carrier, or let parts wait longer "
    "(CALLWRIGHT_MESSAGE_PART_TIMEOUT_S).",
    PRICE_EXCEEDED: "Raise MaxPrice.",
    MEDIA_UNAVAILABLE: "Open the MediaUrl from the server's machine; the message's notifications tell what happened.",
    MEDIA_TOO_LARGE: "Send a smaller file, or raise CALLWRIGHT_LARGEST_MEDIA_BYTES if your carrier takes it.",
    UNACCEPTED_MEDIA_TYPE: "Send an image, audio, video, vCard, calendar, PDF or text, with its Content-Type.",
}
