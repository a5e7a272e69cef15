"""<Parameter>: a name and a value handed to the other side."""

from dataclasses import dataclass

from callwright.twiml.attribute import Text, attribute
from callwright.twiml.declaration import Declared, register
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Parameter(Declared):
    """Accepted inside <Hangup> and <Reject>."""

    element_name = "Parameter"

    name: str = attribute("name", Text(longest=500), default="")
    value: str = attribute("value", Text(longest=500, shortest=0), default="")
