"""The file of a message's media, for whoever may see the record."""

import mimetypes

from callwright.model.resources.media import MEDIA, Media
from callwright.usecases.content import Content, gives_content_of
from callwright.usecases.ports import Ports


@gives_content_of(MEDIA)
def show_media(ports: Ports, media: Media) -> Content:
    content_type = media.content_type or "application/octet-stream"
    return Content(
        content_type=content_type,
        version=media.content_sid,
        file_name=media.sid + (mimetypes.guess_extension(content_type) or ""),
        read=lambda: ports.media.read(media.content_sid),
    )
