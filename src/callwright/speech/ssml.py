"""SSML inside <Say> as a list of segments: what is spoken in one manner, and the silences between.

Source: W3C SSML 1.1, the subset of Twilio's page "Text-to-speech" (break, emphasis, lang, p, phoneme,
prosody, s, say-as, sub, w). Unknown elements are unwrapped, wrong attribute values ignored.
"""

import re
from dataclasses import dataclass, field, replace
from html import unescape
from xml.parsers import expat

from callwright.speech.say_as import read_as

_LONGEST_BREAK_MS = 10_000
_MOST_SEGMENTS = 2_000
_SENTENCE_BREAK_MS = 150
_PARAGRAPH_BREAK_MS = 400
_BREAK_MS = {"none": 0, "x-weak": 50, "weak": 150, "medium": 300, "strong": 600, "x-strong": 1000}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.5, "x-fast": 2.0, "default": 1.0}
_PITCHES = {"x-low": 0.7, "low": 0.85, "medium": 1.0, "high": 1.2, "x-high": 1.4, "default": 1.0}
_VOLUMES = {
    "silent": 0.0, "x-soft": 0.25, "soft": 0.5, "medium": 1.0, "loud": 1.4, "x-loud": 2.0, "default": 1.0,
}  # fmt: skip
_EMPHASIS = {"strong": (0.8, 1.3), "moderate": (0.9, 1.15), "none": (1.0, 1.0), "reduced": (1.1, 0.8)}
_NUMBER = re.compile(r"([+-]?)(\d{1,4}(?:\.\d{1,4})?)(ms|s|%|st|db)?", re.IGNORECASE)


@dataclass(frozen=True)
class Manner:
    """How text is spoken; rate, pitch and volume are multiples. `language` None is the voice's own."""

    language: str | None = None
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0
    say_as: str | None = None
    say_as_format: str = ""


@dataclass(frozen=True)
class Spoken:
    text: str
    manner: Manner


@dataclass(frozen=True)
class Silence:
    duration_ms: int


Segment = Spoken | Silence


def parse_ssml(ssml: str) -> list[Segment]:
    """Segments in order, of at most 2 000; text that is no XML is spoken as it stands. Raises nothing."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.buffer_text = True
    try:
        # Inside an element no DOCTYPE, and so no entity of the sender's, can stand.
        parser.Parse(f"<speak>{ssml}</speak>".encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return [Spoken(unescape(ssml), Manner())] if ssml.strip() else []
    reader.flush()
    return reader.segments


@dataclass
class _Open:
    """An open element: the manner inside it, the silence after it, and whether its text counts."""

    manner: Manner
    silence_ms: int = 0
    is_replaced: bool = False


@dataclass
class _Reader:
    segments: list[Segment] = field(default_factory=list)
    _stack: list[_Open] = field(default_factory=lambda: [_Open(Manner())])
    _text: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.flush()
        above = self._stack[-1]
        opened = _opened(name, attributes, above)
        if name == "sub" and not above.is_replaced:
            self._text.append(attributes.get("alias", ""))
            self.flush()
        self._stack.append(opened)

    def end(self, _name: str) -> None:
        self.flush()
        if silence_ms := self._stack.pop().silence_ms:
            self._add(Silence(silence_ms))

    def text(self, text: str) -> None:
        if not self._stack[-1].is_replaced:
            self._text.append(text)

    def flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if text.strip():
            manner = self._stack[-1].manner
            self._add(Spoken(_as_read(text, manner), manner))

    def _add(self, segment: Segment) -> None:
        if len(self.segments) < _MOST_SEGMENTS:
            self.segments.append(segment)


def _as_read(text: str, manner: Manner) -> str:
    return read_as(text, manner.say_as, manner.say_as_format) if manner.say_as else text


def _opened(name: str, attributes: dict[str, str], above: _Open) -> _Open:
    manner = above.manner
    match name:
        case "break":
            return _Open(manner, _break_ms(attributes))
        case "p" | "s":
            return _Open(manner, _PARAGRAPH_BREAK_MS if name == "p" else _SENTENCE_BREAK_MS, above.is_replaced)
        case "lang":
            manner = replace(manner, language=attributes.get("xml:lang") or manner.language)
        case "emphasis":
            rate, volume = _EMPHASIS.get(attributes.get("level", "moderate"), _EMPHASIS["moderate"])
            manner = replace(manner, rate=manner.rate * rate, volume=manner.volume * volume)
        case "prosody":
            manner = _prosody(manner, attributes)
        case "say-as":
            manner = replace(manner, say_as=attributes.get("interpret-as"), say_as_format=attributes.get("format", ""))
    return _Open(manner, 0, above.is_replaced or name == "sub")


def _break_ms(attributes: dict[str, str]) -> int:
    time = _NUMBER.fullmatch(attributes.get("time", "").strip())
    if time and (time.group(3) or "").lower() in ("s", "ms") and time.group(1) != "-":
        duration_ms = float(time.group(2)) * (1000 if time.group(3).lower() == "s" else 1)
        return min(int(duration_ms), _LONGEST_BREAK_MS)
    return _BREAK_MS.get(attributes.get("strength", "medium"), _BREAK_MS["medium"])


def _prosody(manner: Manner, attributes: dict[str, str]) -> Manner:
    return replace(
        manner,
        rate=_bounded(manner.rate * _multiple(attributes.get("rate", ""), _RATES), 0.2, 4.0),
        pitch=_bounded(manner.pitch * _multiple(attributes.get("pitch", ""), _PITCHES), 0.5, 2.0),
        volume=_bounded(manner.volume * _multiple(attributes.get("volume", ""), _VOLUMES), 0.0, 4.0),
    )


def _multiple(value: str, names: dict[str, float]) -> float:
    """`fast`, `120%`, `+20%`, `-2st`, `+6dB` as a multiple; 1.0 for anything else."""
    value = value.strip().lower()
    number = _NUMBER.fullmatch(value)
    if value in names or number is None:
        return names.get(value, 1.0)
    sign, amount, unit = number.group(1), float(number.group(2)), number.group(3)
    signed = -amount if sign == "-" else amount
    match unit:
        case "%":
            return 1.0 + signed / 100 if sign else amount / 100
        case "st":
            return float(2.0 ** (signed / 12))
        case "db":
            return float(10.0 ** (signed / 20))
    return 1.0


def _bounded(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
