"""Media: pictures and other files of messages, kept in the server's media store."""

from typing import Annotated, ClassVar

from callwright.model.fields import Hidden, Indexed
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare

#: Files of one message.
MOST_MEDIA = 10


class Media(Record):
    """One file of a message; its bytes lie in the media store (ports.MediaStore)."""

    table: ClassVar[str] = "media"

    parent_sid: Annotated[str, Indexed()]
    content_type: str | None = None
    #: Under which SID the media store has the bytes: messages between numbers of this server share them.
    content_sid: Annotated[str, Hidden(), Indexed()] = ""
    size_bytes: Annotated[int, Hidden()] = 0
    #: Its place among the message's media, from 0.
    number: Annotated[int, Hidden()] = 0


class MediaFilters(Parameters):
    date_created: str | None = None
    date_created_before: str | None = None
    date_created_after: str | None = None


MEDIA = declare(
    Resource(
        name="Messages/Media",
        record=Media,
        path="/Accounts/{AccountSid}/Messages/{MessageSid}/Media",
        singular="Media",
        plural="MediaList",
        list_key="media_list",
        sid_prefix="ME",
        summary="Pictures and other files of a message.",
        filters=MediaFilters,
        deletable=True,
        path_columns={"MessageSid": "parent_sid"},
        has_content=True,
    )
)
