"""The segments of a text, counted as Twilio counts them (its Messaging Segment Calculator)."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from callwright.wire.sms.grapheme_clusters import clusters
from callwright.wire.sms.gsm7 import is_gsm7, septet_count

Encoding = Literal["GSM-7", "UCS-2"]

#: What fits into 140 octets, and into them less the six of a header that tells the parts (TS 23.040 §9.2.3.24.1).
_SEPTETS = 160
_SEPTETS_OF_PART = 153
_UNITS = 70
_UNITS_OF_PART = 67
#: Characters of one 16-bit unit that are grapheme clusters by themselves, whatever stands beside them: much of what
#: people write (Latin, Greek, Cyrillic, Armenian, dashes and quotes, currencies, kana, Han, Hangul syllables).
_PLAIN = re.compile(
    "[\t\n -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205f\u20a0-\u20bf"
    "\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u4db5\u4e00-\u9fea\uac00-\ud7a3\uff01-\uff60]*"
)


@dataclass(frozen=True, slots=True)
class Segments:
    """The parts that a text is sent in; joined they are the text."""

    encoding: Encoding
    parts: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.parts)


def segment(text: str) -> Segments:
    """Cut a text into parts that fit one short message each; an empty text is one part.

    GSM-7: 160 septets, or 153 for each of several; an extension character counts two and stays whole.
    UCS-2: 70 code units of UTF-16, or 67; grapheme clusters stay whole unless one is longer than a part.
    """
    if is_gsm7(text):
        septets = septet_count(text)
        if septets <= _SEPTETS:
            return Segments("GSM-7", (text,))
        if septets == len(text):
            return Segments("GSM-7", _sliced(text, _SEPTETS_OF_PART))
        return Segments("GSM-7", tuple(_fill(text, septet_count, _SEPTETS_OF_PART)))
    units = unit_count(text)
    if units <= _UNITS:
        return Segments("UCS-2", (text,))
    if _PLAIN.fullmatch(text):
        return Segments("UCS-2", _sliced(text, _UNITS_OF_PART))
    size = len if units == len(text) else unit_count  # much cheaper, and right for nearly every text
    return Segments("UCS-2", tuple(_fill(_whole(clusters(text), size), size, _UNITS_OF_PART)))


def unit_count(text: str) -> int:
    """How many 16-bit units of UTF-16 a text takes."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _sliced(text: str, room: int) -> tuple[str, ...]:
    """Parts of a text whose characters take one place each and stand alone."""
    return tuple(text[start : start + room] for start in range(0, len(text), room))


def _fill(pieces: Iterable[str], size: Callable[[str], int], room: int) -> Iterator[str]:
    """Put as many pieces into each part as there is room for."""
    part: list[str] = []
    used = 0
    for piece in pieces:
        taken = size(piece)
        if used + taken > room:
            yield "".join(part)
            part, used = [], 0
        part.append(piece)
        used += taken
    yield "".join(part)


def _whole(pieces: Iterable[str], size: Callable[[str], int]) -> Iterator[str]:
    """The clusters, and the characters of those that no part has room for."""
    for piece in pieces:
        if size(piece) > _UNITS_OF_PART:
            yield from piece
        else:
            yield piece
