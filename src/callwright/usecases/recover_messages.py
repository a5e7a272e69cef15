"""Judge the messages that a server had claimed when it stopped: its carriers may have them or not."""

from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Unacknowledged
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.settle_message import Attempt, settle_unacknowledged

_AT_ONCE = 500
_STOPPED = Unacknowledged("the server stopped while the message was being handed over")


def recover_messages(unit: UnitOfWork, node: str) -> int:
    """How many there were. To be called at the node's start, before it claims anything.

    Those for this server itself, and for carriers that are set to retry, are queued again; the others are
    undelivered with 30008.
    """
    carriers: dict[str, Carrier | None] = {}
    recovered = 0
    while rows := unit.select(QueuedMessage, [Condition("node", node)], limit=_AT_ONCE):
        for row in rows:
            _recover(unit, row, carriers)
        recovered += len(rows)
    return recovered


def _recover(unit: UnitOfWork, row: QueuedMessage, carriers: dict[str, Carrier | None]) -> None:
    message = unit.get(Message, row.message_sid)
    if message is None or message.is_final:
        unit.delete(row)
        return
    if row.carrier_sid is not None and row.carrier_sid not in carriers:
        carriers[row.carrier_sid] = unit.get(Carrier, row.carrier_sid) or _gone(row)
    carrier = carriers.get(row.carrier_sid) if row.carrier_sid is not None else None
    settle_unacknowledged(Attempt(unit, row, message, carrier), _STOPPED, delay_s=0.0)


def _gone(row: QueuedMessage) -> Carrier:
    """Stands for a carrier that was deleted while it had the message."""
    name = f"{row.carrier_sid} (deleted)"
    return Carrier.model_construct(sid=row.carrier_sid or "", account_sid=row.account_sid, friendly_name=name, kind="")
