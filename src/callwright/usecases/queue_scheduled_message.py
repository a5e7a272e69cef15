"""Durable job: a scheduled message's moment has come."""

from collections.abc import Mapping
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.message_errors import RecipientOptedOut
from callwright.model.resources.message import Message
from callwright.usecases.jobs import handles
from callwright.usecases.ports import Job, Ports, UnitOfWork
from callwright.usecases.progress_message import progress_message
from callwright.usecases.queue_message import FETCH_MEDIA, QUEUE_SCHEDULED_MESSAGE, is_stopped, queue_fetched


@handles(QUEUE_SCHEDULED_MESSAGE)
async def queue_scheduled_message(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Nothing happens to one that was canceled (or queued by an earlier run of this job)."""
    await ports.storage.write(lambda unit: _queue(unit, arguments["message_sid"], ports.settings), SERVER)


def _queue(unit: UnitOfWork, sid: str, settings: Any) -> None:
    message = unit.get(Message, sid)
    if message is None or message.status != "scheduled":
        return
    if is_stopped(unit, message.account_sid, message.from_ or "", message.to or "", settings):
        text = f"{message.to} answered STOP to {message.from_} after the message was scheduled."
        progress_message(unit, message, "failed", {"error_code": RecipientOptedOut.code, "error_message": text})
    elif message.media_urls:
        progress_message(unit, message, "queued")
        unit.enqueue(Job(FETCH_MEDIA, {"message_sid": sid}, account_sid=message.account_sid))
    else:
        queue_fetched(unit, message, settings)
