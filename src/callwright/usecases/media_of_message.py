"""The files of a message, in their order."""

from callwright.model.resources.media import MOST_MEDIA, Media
from callwright.usecases.ports import Condition, UnitOfWork


def media_of_message(unit: UnitOfWork, message_sid: str) -> tuple[Media, ...]:
    """By their place among them; ask only of a message that has some, as it takes a query."""
    found = unit.select(Media, [Condition("parent_sid", message_sid)], limit=MOST_MEDIA)
    return tuple(sorted(found, key=lambda media: media.number))
