"""<Body>: the text of a message."""

from dataclasses import dataclass

from callwright.twiml.declaration import Declared, PlainText, content, register
from callwright.twiml.vocabulary import MESSAGING


@register(MESSAGING)
@dataclass(frozen=True, kw_only=True)
class Body(Declared):
    """The text of the <Message> that it stands in."""

    element_name = "Body"

    text: str = content(PlainText())
