"""A brake on replies: two web apps that answer each other would never stop, nor would people who ask for HELP."""

from datetime import timedelta

from callwright.model.message_errors import ReplyLimitExceeded
from callwright.model.phone_number import to_e164
from callwright.model.rate_slot import RateSlot, slot_sid
from callwright.model.resources.message import Message
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.queue_message import Draft

#: Replies to one number within that time (Twilio's error 14107).
MOST_REPLIES = 15
WITHIN = timedelta(seconds=30)


def check_reply_limit(unit: UnitOfWork, draft: Draft) -> None:
    """Raises ReplyLimitExceeded when the number has got so many replies just now, however both are written."""
    from_, to = _pair(draft)
    to_it = [
        Condition("account_sid", draft.account.sid),
        Condition("from_", from_),
        Condition("to", to),
        Condition("direction", "outbound-reply"),
    ]
    latest = unit.select(Message, to_it, limit=MOST_REPLIES)
    oldest = latest[-1].date_created if len(latest) == MOST_REPLIES else None
    # Further ahead than it reaches back: the clock was set back since.
    if oldest is not None and abs(unit.now - oldest) < WITHIN:
        raise ReplyLimitExceeded(
            f"{to} has got {MOST_REPLIES} replies from {from_} within {WITHIN.seconds} seconds, "
            "so this one is not sent. Do two web apps answer each other?"
        )


def is_first_refusal(unit: UnitOfWork, draft: Draft) -> bool:
    """Whether nobody was told within that time that replies to the number are held back; now somebody is."""
    name = ":".join(("reply limit", *_pair(draft)))
    sid = slot_sid(draft.account.sid, name)
    slot = unit.get(RateSlot, sid)
    if slot is not None and slot.free_from(unit.now) > unit.now:
        return False
    told = unit.now + WITHIN
    if slot is not None:
        unit.update(slot, {"next_free": told})
    else:
        unit.insert(RateSlot.model_construct(sid=sid, account_sid=draft.account.sid, name=name, next_free=told))
    return True


def _pair(draft: Draft) -> tuple[str, str]:
    """As they are stored with messages; what is no number stays as it is, and is refused later."""
    from_, to = draft.from_ or "", draft.to or ""
    return to_e164(from_) or from_, to_e164(to) or to
