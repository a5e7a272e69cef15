"""What is kept of a message once it is over: ContentRetention=discard and AddressRetention=obfuscate."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.resources.message import Message
from callwright.usecases.delete_media import delete_media_of
from callwright.usecases.jobs import handles
from callwright.usecases.ports import Job, Ports, UnitOfWork

#: Job (argument message_sid): no receipt is expected anymore.
RETAIN_MESSAGE = "retain_message"
#: Carriers give up at the end of a message's validity, and tell so soon after.
_RECEIPTS_AFTER = timedelta(hours=1)
_SHOWN_DIGITS = 4


def is_kept_whole(message: Message) -> bool:
    """Whether nothing of it is to be forgotten."""
    return not hides_text(message) and not hides_address(message)


def hides_text(message: Message) -> bool:
    """Whether its text is not to be kept, not in the exchange log either."""
    return message.sending.get("content_retention") == "discard"


def hides_address(message: Message) -> bool:
    """Whether the number it goes to is not to be kept, not in the exchange log either."""
    return message.sending.get("address_retention") == "obfuscate"


def retained(unit: UnitOfWork, message: Message, error_message: str | None = None) -> dict[str, Any]:
    """The changes that make a message that is over forget what it was asked to forget; its media are deleted."""
    changes: dict[str, Any] = {}
    if hides_text(message):
        changes["body"] = ""
        if message.num_media != "0":
            delete_media_of(unit, message.sid)
            changes["media_urls"] = []
    if hides_address(message) and message.to:
        changes["to"] = obfuscated(message.to)
        # What carriers said may name it.
        changes["sending"] = {name: value for name, value in message.sending.items() if name != "last_failure"}
        if error_message:
            changes["error_message"] = error_message.replace(message.to, changes["to"])
    return changes


def obfuscated(address: str) -> str:
    """Only the last digits are left: `+15555550111` → `*******0111`; of short addresses less than half."""
    shown = min(_SHOWN_DIGITS, (len(address) - 1) // 2)
    return "*" * (len(address) - shown) + address[len(address) - shown :]


def retain_later(unit: UnitOfWork, message: Message) -> None:
    """Forget it also when the receipt that would be its end never comes."""
    expected_until = max(message.expires_at or unit.now, unit.now) + _RECEIPTS_AFTER
    unit.enqueue(Job(RETAIN_MESSAGE, {"message_sid": message.sid}), due=expected_until)


@handles(RETAIN_MESSAGE)
async def retain_message(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Nothing happens to one that has reached its end meanwhile."""
    await ports.storage.write(lambda unit: _retain(unit, arguments["message_sid"]), SERVER)


def _retain(unit: UnitOfWork, sid: str) -> None:
    message = unit.get(Message, sid)
    if message is None or message.is_final:
        return
    changes = retained(unit, message)
    if changes:
        unit.update(message, changes)
