"""Reserve the moment of a sender's next message, in the transaction that queues the message."""

from datetime import datetime, timedelta
from typing import Any

from callwright.model.message_errors import SenderQueueFull
from callwright.model.rate_slot import RateSlot, slot_sid
from callwright.model.resources.message import Message
from callwright.usecases.ports import UnitOfWork


def reserve_message_slot(unit: UnitOfWork, message: Message, settings: Any) -> datetime:
    """When the message may go out: now, or as soon as the segments before it leave room at the sender's rate.

    Raises SenderQueueFull (21611) when that is more than `settings.message_queue_s` away.
    """
    name = f"messages:{message.from_}"
    sid = slot_sid(message.account_sid, name)
    slot = unit.get(RateSlot, sid)
    start = slot.free_from(unit.now) if slot is not None else unit.now
    rate = _segments_per_second(message, settings)
    if (start - unit.now).total_seconds() > settings.message_queue_s:
        raise SenderQueueFull(
            f"The 'From' number {message.from_} has exceeded the maximum number of queued messages: at {rate:g} "
            "segments per second the last one would wait too long. Send slower, or raise its rate "
            "(CALLWRIGHT_MESSAGES_PER_SECOND, CALLWRIGHT_SHORT_CODE_MESSAGES_PER_SECOND)."
        )
    next_free = start + timedelta(seconds=int(message.num_segments) / rate)
    if slot is None:
        unit.insert(RateSlot.model_construct(sid=sid, account_sid=message.account_sid, name=name, next_free=next_free))
    else:
        unit.update(slot, {"next_free": next_free})
    return start


def _segments_per_second(message: Message, settings: Any) -> float:
    """By the kind of sender: a short code has a rate of its own."""
    is_short_code = (message.phone_number_sid or "").startswith("SC")
    rate: float = settings.short_code_messages_per_second if is_short_code else settings.messages_per_second
    return rate
