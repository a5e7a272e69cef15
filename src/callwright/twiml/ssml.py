"""SSML inside <Say>: kept as escaped inner XML, cut down to the subset that speech engines are given.

What is unknown or misplaced is unwrapped with a warning, so that its words are still spoken.
Source: Twilio's page "Text-to-speech"; nesting as its SDKs write it.
"""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from callwright.twiml.declaration import Content, Reading, refusal
from callwright.twiml.markup import Element
from callwright.twiml.vocabulary import vocabulary_of

_QUOTE = {'"': "&quot;"}

INVALID_TEXT = 13520
LONGEST_TEXT = 4096


@dataclass(frozen=True)
class _Tag:
    attributes: frozenset[str]
    children: frozenset[str]


def _tag(attributes: str = "", children: str = "") -> _Tag:
    return _Tag(frozenset(attributes.split()), frozenset(children.split()))


_INLINE = "break emphasis phoneme prosody say-as sub"
_PHRASES = f"{_INLINE} lang w"

TAGS = {
    "break": _tag("strength time"),
    "emphasis": _tag("level", _PHRASES),
    "lang": _tag("xml:lang", f"{_PHRASES} p s"),
    "p": _tag("", f"{_PHRASES} s"),
    "phoneme": _tag("alphabet ph"),
    "prosody": _tag("volume rate pitch", f"{_PHRASES} p s"),
    "s": _tag("", _PHRASES),
    "say-as": _tag("interpret-as format"),
    "sub": _tag("alias"),
    "w": _tag("role", _INLINE),
}
_ROOT = _tag("", " ".join(TAGS))


class Ssml(Content[str]):
    """Inner XML of <Say>, trimmed; "" when there is nothing to say or more than 4096 characters of text."""

    def read(self, element: Element, reading: Reading) -> str:
        pieces: list[str] = []
        length = _write(element, _ROOT, pieces, reading)
        inner = "".join(pieces).strip()
        if not inner:
            reading.warn(INVALID_TEXT, "<Say> has no text", element)
        elif length > LONGEST_TEXT:
            message = f"the text of <Say> has {length} characters, at most {LONGEST_TEXT} are spoken: left out"
            reading.warn(INVALID_TEXT, message, element)
            return ""
        return inner


def _write(element: Element, tag: _Tag, pieces: list[str], reading: Reading) -> int:
    """Append the element's content as XML; answers how many characters of text are in it."""
    length = 0
    for part in element.parts:
        if isinstance(part, str):
            pieces.append(escape(part))
            length += len(part)
        else:
            length += _write_child(part, element, tag, pieces, reading)
    return length


def _write_child(child: Element, parent: Element, tag: _Tag, pieces: list[str], reading: Reading) -> int:
    if vocabulary_of(child.name) or child.name == "Response":
        raise refusal(child, parent, ())
    known = TAGS.get(child.name)
    if known is None or child.name not in tag.children:
        reason = "is not SSML that can be spoken" if known is None else f"cannot stand inside <{parent.name[:100]}>"
        reading.warn(INVALID_TEXT, f"<{child.name[:100]}> {reason}: its text is spoken without it", child)
        return _write(child, known or tag, pieces, reading)
    pieces.append(f"<{child.name}{_attributes(child, known, reading)}>")
    length = _write(child, known, pieces, reading)
    pieces.append(f"</{child.name}>")
    return length


def _attributes(element: Element, tag: _Tag, reading: Reading) -> str:
    written = ""
    for name, value in element.attributes.items():
        if name in tag.attributes:
            written += f' {name}="{escape(value, _QUOTE)}"'
        else:
            reading.warn(INVALID_TEXT, f"<{element.name}> has no attribute {name[:100]!r}; ignored", element)
    return written
