"""Everything known about one message: how it was routed, where it waits, what the carrier said, what went wrong."""

from dataclasses import dataclass

from callwright.model.carrier_routing import choose_carriers
from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.feedback import Feedback
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.submission import Submission
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.owned import owned
from callwright.usecases.ports import Condition, UnitOfWork

_MOST = 100


@dataclass(frozen=True)
class Inspection:
    """A message with what belongs to it. `carrier` is None for this server itself and for one that was deleted.

    `submissions` are in the order of the parts, `media` in theirs, `notifications` newest first.
    """

    message: Message
    carrier: Carrier | None
    queued: QueuedMessage | None
    submissions: list[Submission]
    media: list[Media]
    notifications: list[Notification]
    feedback: str | None
    is_opted_out: bool
    #: The carriers that may take a message which waits, best first; None is this server itself.
    waits_for: list[Carrier | None]


def inspect_message(unit: UnitOfWork, account: Account, sid: str) -> Inspection:
    """Raises NotFound, also for another account's."""
    message = owned(unit, account, Message, sid, "message")
    of_message = [Condition("message_sid", sid)]
    feedback = unit.find(Feedback, *of_message)
    queued = _queued(unit, message)
    return Inspection(
        message=message,
        carrier=unit.get(Carrier, message.carrier_sid) if message.carrier_sid else None,
        queued=queued,
        submissions=sorted(unit.select(Submission, of_message, limit=_MOST), key=lambda one: one.part),
        media=sorted(unit.select(Media, [Condition("parent_sid", sid)], limit=_MOST), key=lambda one: one.number),
        notifications=unit.select(Notification, of_message, limit=_MOST),
        feedback=feedback.outcome if feedback else None,
        is_opted_out=_is_opted_out(unit, message),
        waits_for=_waits_for(unit, account, queued),
    )


def _queued(unit: UnitOfWork, message: Message) -> QueuedMessage | None:
    if message.is_inbound or message.is_final:
        return None
    by_sender = Condition("sender", f"{message.account_sid}:{message.from_}")  # the index there is
    return unit.find(QueuedMessage, by_sender, Condition("message_sid", message.sid))


def _waits_for(unit: UnitOfWork, account: Account, queued: QueuedMessage | None) -> list[Carrier | None]:
    if queued is None or queued.node is not None:
        return []
    carriers = carriers_of_account(unit, account)
    return list(choose_carriers(queued, carriers, queued.tried, is_here=queued.is_here).candidates)


def _is_opted_out(unit: UnitOfWork, message: Message) -> bool:
    pair = (message.to, message.from_) if message.is_inbound else (message.from_, message.to)
    return unit.get(OptOut, opt_out_sid(message.account_sid, pair[0] or "", pair[1] or "")) is not None
