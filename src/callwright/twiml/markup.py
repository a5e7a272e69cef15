"""XML to a tree of elements that know their line and column; refuses what XML can do to its reader.

No DTD, so no entities of the document's own; depth, size and encodings are bounded (expat, XML 1.0).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Hardened below: any DTD is refused before its first declaration is read, input is at most 64 kB.
from xml.parsers import expat

from callwright.twiml.errors import BodyTooLarge, NotWellFormed

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 32

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)


@dataclass(slots=True)
class Element:
    """An element as written. `parts` are its texts and child elements in order; positions count from 1."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    line: int = 1
    column: int = 1
    parts: list["str | Element"] = field(default_factory=list)

    @property
    def children(self) -> Iterator["Element"]:
        return (part for part in self.parts if isinstance(part, Element))

    @property
    def text(self) -> str:
        """The element's own text, trimmed; that of its children is not in it."""
        return "".join(part for part in self.parts if isinstance(part, str)).strip()


class _TreeBuilder:
    """Receives expat's events; `root` is set once parsing is through."""

    def __init__(self, encoding: str | None) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        parser = self.parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parser = self.parser
        element = Element(name, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if not self._open:
            self.root = element
        elif len(self._open) >= MAX_DEPTH:
            raise NotWellFormed(f"elements are nested deeper than {MAX_DEPTH}", element.line, element.column)
        else:
            self._open[-1].parts.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def _refuse_doctype(self, *_: object) -> None:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        raise NotWellFormed("a document type declaration (DTD) is not allowed: remove it", line, column)


def read_markup(body: str | bytes, content_type: str | None = None) -> Element:
    """The root element. A `charset` in the content type wins over the XML declaration (RFC 7303 section 3).

    Raises BodyTooLarge, or NotWellFormed with the place.
    """
    body, encoding = _as_bytes(body, content_type)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"the document is {len(body)} bytes, at most {MAX_BODY_BYTES} are read")
    try:
        builder = _TreeBuilder(encoding)
        builder.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise NotWellFormed(_explain(error), error.lineno, error.offset + 1) from error
    except (ValueError, LookupError) as error:  # an encoding that is unknown or has several bytes a character
        raise NotWellFormed(f"the document's encoding cannot be read: {error}", 1, 1) from error
    if builder.root is None:  # expat refuses a document without a root element
        raise NotWellFormed("the document has no element", 1, 1)
    return builder.root


def _as_bytes(body: str | bytes, content_type: str | None) -> tuple[bytes, str | None]:
    if isinstance(body, str):
        try:
            return body.encode(), "utf-8"
        except UnicodeEncodeError as error:
            raise NotWellFormed("the document holds characters that XML does not allow", 1, 1) from error
    charset = _CHARSET.search(content_type) if content_type else None
    return body, charset.group(1) if charset else None


def _explain(error: expat.ExpatError) -> str:
    """Expat's own words, and the usual cause where they do not tell it."""
    reason = expat.ErrorString(error.code) or "not well-formed"
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]:
        return f"{reason}: nothing, not even white space, may stand before <?xml"
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
        return f"{reason}: & and < in text and URLs are written &amp; and &lt;"
    return reason
