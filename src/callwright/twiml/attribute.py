"""Attributes of TwiML elements, declared once: name, kind of value, default, and the debugger's code."""

import re
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

from callwright.twiml.errors import InvalidUrl

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SCHEMA_WARNING = 12200

_METADATA_KEY = "attribute"
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)


class Kind(Generic[T_co]):
    """How an attribute's text becomes a value. `expected` completes "must be …" in the warning."""

    expected: str
    #: True where the default is itself read like text that was written (a URL relative to the document).
    reads_default: ClassVar[bool] = False

    def read(self, text: str, document_url: str | None) -> T_co:
        """The value; raises ValueError when the default is to be used with a warning."""
        raise NotImplementedError


@dataclass(frozen=True)
class Attribute:
    """One declared attribute; `code` is the warning told when its value cannot be used."""

    name: str
    kind: Kind[object]
    default: object
    code: int


def attribute(name: str, kind: Kind[T], default: T, code: int = SCHEMA_WARNING) -> T:
    """A dataclass field that is filled from the attribute `name`."""
    return field(default=default, metadata={_METADATA_KEY: Attribute(name, kind, default, code)})


def declared_attribute(metadata: object) -> Attribute | None:
    """The declaration kept in a dataclass field's metadata, if it is an attribute's."""
    found = metadata.get(_METADATA_KEY) if hasattr(metadata, "get") else None
    return found if isinstance(found, Attribute) else None


class WholeNumber(Kind[int]):
    def __init__(self, low: int, high: int | None = None) -> None:
        self._low = low
        self._high = high
        self.expected = f"a whole number from {low}" + (f" to {high}" if high is not None else "")

    def read(self, text: str, document_url: str | None) -> int:
        if not _WHOLE_NUMBER.fullmatch(text):
            raise ValueError
        number = int(text)
        if number < self._low or (self._high is not None and number > self._high):
            raise ValueError
        return number


class WholeNumberOrAuto(Kind["int | str"]):
    def __init__(self, low: int) -> None:
        self._number = WholeNumber(low)
        self.expected = f"auto or {self._number.expected}"

    def read(self, text: str, document_url: str | None) -> int | str:
        return text if text == "auto" else self._number.read(text, document_url)


class OneOf(Kind[str]):
    def __init__(self, *values: str) -> None:
        self._values = values
        self.expected = f"{', '.join(values[:-1])} or {values[-1]}"

    def read(self, text: str, document_url: str | None) -> str:
        if text not in self._values:
            raise ValueError
        return text


class Method(Kind[str]):
    """GET or POST; small letters are understood."""

    expected = "GET or POST"

    def read(self, text: str, document_url: str | None) -> str:
        method = text.upper()
        if method not in ("GET", "POST"):
            raise ValueError
        return method


class Flag(Kind[bool]):
    expected = "true or false"

    def read(self, text: str, document_url: str | None) -> bool:
        if text not in ("true", "false"):
            raise ValueError
        return text == "true"


class Text(Kind[str]):
    def __init__(self, longest: int, shortest: int = 1) -> None:
        self._shortest = shortest
        self._longest = longest
        self.expected = f"a text of {shortest} to {longest} characters"

    def read(self, text: str, document_url: str | None) -> str:
        if not self._shortest <= len(text) <= self._longest:
            raise ValueError
        return text


class Pattern(Kind[str]):
    def __init__(self, pattern: str, expected: str) -> None:
        self._pattern = re.compile(pattern, re.ASCII)
        self.expected = expected

    def read(self, text: str, document_url: str | None) -> str:
        if not self._pattern.fullmatch(text):
            raise ValueError
        return text


class Language(Kind[str]):
    """A BCP 47 tag by its shape; which languages there are is the speech engine's to say."""

    expected = "a language tag such as en-US"

    def read(self, text: str, document_url: str | None) -> str:
        if not _LANGUAGE.fullmatch(text):
            raise ValueError
        return text


class Phrases(Kind[tuple[str, ...]]):
    """Comma-separated phrases."""

    def __init__(self, most: int, longest: int) -> None:
        self._most = most
        self._longest = longest
        self.expected = f"at most {most} phrases of at most {longest} characters, separated by commas"

    def read(self, text: str, document_url: str | None) -> tuple[str, ...]:
        phrases = tuple(phrase.strip() for phrase in text.split(",") if phrase.strip())
        if len(phrases) > self._most or any(len(phrase) > self._longest for phrase in phrases):
            raise ValueError
        return phrases


class Url(Kind[str]):
    """An absolute URL, or one relative to the document; empty means the document's own.

    Unlike other kinds a bad value is an error, since no default could be right: `read` raises InvalidUrl
    (without a place, which the reader of the element adds).
    """

    expected = "an http or https URL"
    reads_default = True

    def read(self, text: str, document_url: str | None) -> str:
        return resolve_url(text, document_url)


def resolve_url(text: str, document_url: str | None) -> str:
    """`text` against the document's URL; the fragment, which may hold connection overrides, is kept.

    Raises InvalidUrl unless the result is an absolute http or https URL.
    """
    text = text.strip()
    if _CONTROL_CHARACTER.search(text):
        raise InvalidUrl(f"{text[:200]!r} holds a line break or another control character")
    try:
        url = urljoin(document_url, text) if document_url else text
        parts = urlsplit(url)
        is_absolute = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError as error:
        raise InvalidUrl(f"{text[:200]!r} is not a URL: {error}") from error
    if is_absolute:
        return url
    if not document_url and not parts.scheme:
        what = f"{text[:200]!r} is relative" if text else "no URL is given"
        raise InvalidUrl(f"{what}, but this document has no URL of its own: give an absolute http or https URL")
    raise InvalidUrl(f"{text[:200]!r} is not an http or https URL")
