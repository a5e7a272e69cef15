"""Durable job: a long message whose parts have not all come is delivered with those that have."""

from collections.abc import Mapping
from typing import Any

import structlog

from callwright.model.actor import SERVER
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_traffic import Undeliverable
from callwright.usecases.jobs import handles
from callwright.usecases.message_parts import DELIVER_MESSAGE_PARTS, take_late
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.receive_message import deliver_assembled, number_for, refuse_message

log = structlog.get_logger()


@handles(DELIVER_MESSAGE_PARTS)
async def deliver_message_parts(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Deliver what waits with the part named, unless the message was completed meanwhile."""

    def work(unit: UnitOfWork) -> str | None:
        return _deliver(unit, arguments["part_sid"], ports.settings)

    dropped = await ports.storage.write(work, SERVER)
    if dropped is not None:
        log.warning("parts of a message dropped", part_sid=arguments["part_sid"], cause=dropped)


def _deliver(unit: UnitOfWork, part_sid: str, settings: Any) -> str | None:
    """Why what has come can be delivered to nobody anymore; None when it was, or there is nothing."""
    assembled = take_late(unit, part_sid)
    if assembled is None:
        return None
    carrier = unit.get(Carrier, assembled.carrier_sid)
    if carrier is None:
        return f"carrier {assembled.carrier_sid} was deleted"
    try:
        number = number_for(unit, carrier, assembled.to)
    except Undeliverable as refusal:
        refuse_message(unit, carrier, assembled.to, refusal)
        return str(refusal)
    deliver_assembled(unit, number, assembled, settings)
    return None
