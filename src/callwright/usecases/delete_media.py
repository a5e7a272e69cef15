"""Delete media: the record at once, its file soon after, unless another message shares it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from callwright.model.errors import NotFinished
from callwright.model.resource import Operation
from callwright.model.resources.media import MEDIA, Media
from callwright.model.resources.message import Message
from callwright.usecases.jobs import handles
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Condition, Job, Ports, UnitOfWork
from callwright.usecases.stored import stored

DELETE_MEDIA_FILE = "delete_media_file"
#: A delivery to a number of this server that is under way may be about to share the file.
_GRACE = timedelta(seconds=2)
_MOST_MEDIA = 100
#: The message is yet to go out with its media.
_TO_BE_SENT = frozenset({"accepted", "scheduled", "queued", "sending"})


@performs(MEDIA, Operation.DELETE)
def delete_media(unit: UnitOfWork, request: Request) -> None:
    """Raises NotFinished (20009) while the message is yet to be sent with it."""
    media: Media = stored(unit, request)
    message = unit.get(Message, media.parent_sid, for_update=True)
    if message is not None and message.status in _TO_BE_SENT:
        raise NotFinished(
            f"Cannot delete the media of a message that is {message.status}: wait until it has been sent, or cancel it."
        )
    _drop(unit, media)


def delete_media_of(unit: UnitOfWork, message_sid: str) -> None:
    """Delete all media of a message, as part of deleting that."""
    for media in unit.select(Media, [Condition("parent_sid", message_sid)], limit=_MOST_MEDIA):
        _drop(unit, media)


def _drop(unit: UnitOfWork, media: Media) -> None:
    unit.delete(media)
    # A job, so that the file goes also when the server dies right after this transaction.
    unit.enqueue(Job(DELETE_MEDIA_FILE, {"content_sid": media.content_sid}), unit.now + _GRACE)


@handles(DELETE_MEDIA_FILE)
async def delete_media_file(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Delete the file that no media refers to anymore."""
    content_sid: str = arguments["content_sid"]
    users = await ports.storage.read(lambda unit: unit.count(Media, [Condition("content_sid", content_sid)]))
    if not users:
        await ports.media.delete(content_sid)
