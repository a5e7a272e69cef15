"""<Media>: a file of a message."""

from dataclasses import dataclass

from callwright.twiml.declaration import Declared, UrlText, content, register
from callwright.twiml.vocabulary import MESSAGING


@register(MESSAGING)
@dataclass(frozen=True, kw_only=True)
class Media(Declared):
    """The URL of a file that is sent with the <Message> it stands in; relative to the document."""

    element_name = "Media"

    url: str = content(UrlText())
