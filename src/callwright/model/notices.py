"""Codes of notifications that Callwright has and Twilio has not: what they mean, and what to do.

They are warnings about the configuration itself: what the server did on its own, and what it could not do.
"""

VARIANT_TAKEN_AWAY = 99001
SCHEDULED_CHANGE_FAILED = 99002
SCHEDULED_CHANGE_LATE = 99003
CALL_TO_UNKNOWN_NUMBER = 99010
MESSAGE_TO_UNKNOWN_NUMBER = 99011
UNUSABLE_MESSAGE = 99012

#: By code: the meaning, and what to do.
NOTICES: dict[int, tuple[str, str]] = {
    VARIANT_TAKEN_AWAY: (
        "A variant of an application failed too often and was taken away: its calls go to the main URL again.",
        "Correct the variant's web app, check its URL (callwright check), then put the variant back: callwright "
        "revisions undo with the group the text names.",
    ),
    SCHEDULED_CHANGE_FAILED: (
        "A scheduled change could not be made, or not be taken back; nothing was changed.",
        "The text names what was in the way; make the change by hand or schedule another.",
    ),
    SCHEDULED_CHANGE_LATE: (
        "A scheduled change was made more than a minute after its time, as no server ran then.",
        "Nothing, unless calls of the time between have to be looked after.",
    ),
    CALL_TO_UNKNOWN_NUMBER: (
        "A trunk brought a call to a number that neither its account nor a subaccount of it has; it was refused (404).",
        "Add the number (callwright numbers create), or correct how the trunk writes numbers (callwright trunks update "
        "--country-code, --strip-prefix).",
    ),
    MESSAGE_TO_UNKNOWN_NUMBER: (
        "A carrier brought a message for a number or short code that neither its account nor a subaccount of it has; "
        "it was refused.",
        "Add it (callwright numbers create, callwright short-codes add), or ask the carrier to bring it elsewhere.",
    ),
    UNUSABLE_MESSAGE: (
        "A carrier brought a message that cannot be one: too long, parts that do not exist, a sender that is too "
        "long. It was refused.",
        "The text says what is wrong with it; ask the carrier to correct it.",
    ),
}
