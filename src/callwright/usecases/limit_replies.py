"""A brake on replies: two web apps that answer each other would never stop."""

from datetime import timedelta

from callwright.model.message_errors import ReplyLimitExceeded
from callwright.model.resources.message import Message
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.queue_message import Draft

#: Replies by TwiML to one number within that time (Twilio's error 14107).
MOST_REPLIES = 15
WITHIN = timedelta(seconds=30)


def check_reply_limit(unit: UnitOfWork, draft: Draft) -> None:
    """Raises ReplyLimitExceeded when the number has got so many replies just now."""
    to_it = [
        Condition("account_sid", draft.account.sid),
        Condition("from_", draft.from_),
        Condition("to", draft.to),
        Condition("direction", "outbound-reply"),
    ]
    latest = unit.select(Message, to_it, limit=MOST_REPLIES)
    oldest = latest[-1].date_created if len(latest) == MOST_REPLIES else None
    if oldest is not None and oldest > unit.now - WITHIN:
        raise ReplyLimitExceeded(
            f"{draft.to} has got {MOST_REPLIES} replies from {draft.from_} within {WITHIN.seconds} seconds, "
            "so this one is not sent. Do two web apps answer each other?"
        )
