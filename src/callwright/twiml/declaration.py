"""What an element may hold, declared once as fields of a class, and the reading of elements by it.

    @register(VOICE)
    @dataclass(frozen=True, kw_only=True)
    class Pause(Verb):
        element_name = "Pause"
        length_s: int = attribute("length", WholeNumber(1), default=1, code=13910)

Whatever cannot be used is warned about and left out; only what makes the document unusable raises TwimlError.
"""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from callwright.twiml.attribute import SCHEMA_WARNING, Attribute, declared_attribute, resolve_url
from callwright.twiml.errors import InvalidUrl, NotSupportedYet, SchemaViolation
from callwright.twiml.markup import Element
from callwright.twiml.ports import Warned
from callwright.twiml.vocabulary import VOICE, Vocabulary, vocabulary_of

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D", bound="Declared")

#: One document can fill the debugger only so far.
MAX_WARNINGS = 50

_METADATA_KEY = "content"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """An element of TwiML as read: subclasses declare its attributes and content as fields."""

    element_name: ClassVar[str]
    attributes: ClassVar[Mapping[str, tuple[str, Attribute]]]
    resolved_defaults: ClassVar[tuple[tuple[str, Attribute], ...]]
    content_field: ClassVar[str | None]
    content_reader: ClassVar["Content[Any]"]

    line: int = 1
    column: int = 1

    def warned(self, code: int, message: str, *, is_error: bool = False) -> Warned:
        """A problem of this element, with its place."""
        return Warned(code, message, self.line, self.column, is_error)

    def check(self, reading: "Reading") -> None:
        """Warn of combinations of attributes and content that cannot work; runs once after reading."""


def register(*vocabularies: Vocabulary) -> Callable[[type[D]], type[D]]:
    """Make the declared class an element of these languages. Raises ValueError for a name taken twice."""

    def add(declared: type[D]) -> type[D]:
        _collect_fields(declared)
        for vocabulary in vocabularies:
            vocabulary.add(declared)
        return declared

    return add


def _collect_fields(declared: type[Declared]) -> None:
    fields = dataclasses.fields(declared)
    pairs = [(f.name, found) for f in fields if (found := declared_attribute(f.metadata))]
    declared.attributes = {found.name: (field_name, found) for field_name, found in pairs}
    declared.resolved_defaults = tuple(
        pair for pair in pairs if pair[1].kind.reads_default and pair[1].default is not None
    )
    contents = [f for f in fields if _METADATA_KEY in f.metadata]
    declared.content_field = contents[0].name if contents else None
    declared.content_reader = contents[0].metadata[_METADATA_KEY] if contents else Nothing()


@dataclass
class Reading:
    """The reading of one document: its language, its URL, and the warnings so far."""

    vocabulary: Vocabulary
    url: str | None
    warnings: list[Warned] = field(default_factory=list)

    def warn(self, code: int, message: str, element: "Element | Declared") -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Warned(code, message, element.line, element.column))
        elif len(self.warnings) == MAX_WARNINGS:
            self.warnings.append(Warned(SCHEMA_WARNING, "more warnings follow; they are not listed"))

    def resolve_url(self, text: str, element: Element) -> str:
        """Raises InvalidUrl with the element's place."""
        try:
            return resolve_url(text, self.url)
        except InvalidUrl as error:
            raise _placed(error, element) from error

    def read_verbs(self, root: Element, base: type[D]) -> tuple[D, ...]:
        """What stands in <Response>; elements of the other language are left out with a warning."""
        own = [child for child in root.children if not self._is_foreign(child)]
        return tuple(c for c in self._read_all(root, own, self.vocabulary.names(base)) if isinstance(c, base))

    def read_children(self, parent: Element, allowed: frozenset[str]) -> tuple[Declared, ...]:
        """The child elements, read. Raises SchemaViolation for one that is unknown or not allowed here."""
        return self._read_all(parent, parent.children, allowed)

    def _read_all(self, parent: Element, children: Iterable[Element], allowed: frozenset[str]) -> tuple[Declared, ...]:
        if parent.text:
            self.warn(SCHEMA_WARNING, f"text directly inside <{parent.name}> is ignored", parent)
        return tuple(self.read_child(child, parent, allowed) for child in children)

    def read(self, element: Element, declared: type[D]) -> D:
        """One element by its declaration."""
        values: dict[str, Any] = {"line": element.line, "column": element.column}
        for field_name, attribute in declared.resolved_defaults:
            if attribute.name not in element.attributes:
                values[field_name] = self._read_value(element, attribute, cast("str", attribute.default))
        for name, text in element.attributes.items():
            found = declared.attributes.get(name)
            if found is None:
                self._warn_unknown_attribute(element, name, declared.attributes)
            else:
                values[found[0]] = self._read_value(element, found[1], text.strip())
        content = declared.content_reader.read(element, self)
        if declared.content_field is not None:
            values[declared.content_field] = content
        made = declared(**values)
        made.check(self)
        return made

    def read_child(self, child: Element, parent: Element, allowed: frozenset[str]) -> Declared:
        """Raises SchemaViolation when it is unknown or not among the `allowed` names."""
        declared = self.vocabulary.find(child.name) if child.name in allowed else None
        if declared is None:
            raise refusal(child, parent, allowed)
        return self.read(child, declared)

    def _is_foreign(self, element: Element) -> bool:
        """Whether only the other language has it: then the author is told so, and the rest runs."""
        other = None if self.vocabulary.knows(element.name) else vocabulary_of(element.name)
        if other is not None:
            message = f"<{element.name}> belongs in {other.documents}, not in {self.vocabulary.documents}: left out"
            self.warn(SCHEMA_WARNING, message, element)
        return other is not None

    def _read_value(self, element: Element, attribute: Attribute, text: str) -> object:
        try:
            return attribute.kind.read(text, self.url)
        except InvalidUrl as error:
            raise _placed(error, element, f"<{element.name} {attribute.name}>: ") from error
        except ValueError:
            message = (
                f"<{element.name} {attribute.name}={_quoted(text)}>: must be {attribute.kind.expected}; "
                f"{_shown(attribute.default)} is used"
            )
            self.warn(attribute.code, message, element)
            return attribute.default

    def _warn_unknown_attribute(self, element: Element, name: str, known: Iterable[str]) -> None:
        if name == "xmlns" or ":" in name:  # namespaces and schema locations tell XML tools, not us
            return
        if len(self.warnings) > MAX_WARNINGS:  # the search for a hint costs time that nobody would read
            return
        hint = _did_you_mean(name, known)
        self.warn(SCHEMA_WARNING, f"<{element.name}> has no attribute {_quoted(name)}{hint}; ignored", element)


def refusal(child: Element, parent: Element, allowed: Iterable[str]) -> SchemaViolation:
    """Why `child` cannot stand inside `parent`: to come later, misplaced, or unknown."""
    name = child.name[:100]
    vocabulary = vocabulary_of(name)
    if vocabulary is not None and name in vocabulary.later:
        return NotSupportedYet(f"<{name}> is not supported yet", child.line, child.column)
    if vocabulary is not None or name == "Response":
        return SchemaViolation(f"<{name}> cannot stand inside <{parent.name}>", child.line, child.column)
    hint = _did_you_mean(name, {*allowed, *VOICE.later})
    return SchemaViolation(f"<{name}> is not a TwiML element{hint}", child.line, child.column)


class Content(Generic[T_co]):
    """What stands between an element's tags; `names` are the elements that may be among it."""

    names: frozenset[str] = frozenset()

    def read(self, element: Element, reading: Reading) -> T_co:
        raise NotImplementedError


def content(reader: Content[T]) -> T:
    """A dataclass field that is filled from what stands between the tags."""
    made: T = field(metadata={_METADATA_KEY: reader})
    return made


class Nothing(Content[None]):
    def read(self, element: Element, reading: Reading) -> None:
        reading.read_children(element, frozenset())


class PlainText(Content[str]):
    def read(self, element: Element, reading: Reading) -> str:
        for child in element.children:
            raise refusal(child, element, ())
        return element.text


class UrlText(Content[str]):
    """A URL; empty is the document's own."""

    def read(self, element: Element, reading: Reading) -> str:
        return reading.resolve_url(PlainText().read(element, reading), element)


class Nested(Content[tuple[D, ...]]):
    """Child elements of the given classes."""

    def __init__(self, base: type[D], *names: str) -> None:
        self._base = base
        self.names = frozenset(names)

    def read(self, element: Element, reading: Reading) -> tuple[D, ...]:
        children = reading.read_children(element, self.names)
        return tuple(child for child in children if isinstance(child, self._base))


def _placed(error: InvalidUrl, element: Element, prefix: str = "") -> InvalidUrl:
    return InvalidUrl(f"{prefix or f'<{element.name}>: '}{error.message}", element.line, element.column)


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 100 else f'"{text[:100]}…"'


def _shown(default: object) -> str:
    if default is None or default == "" or default == ():
        return "the default"
    written = " ".join(sorted(default)) if isinstance(default, frozenset) else str(default)
    return f"the default ({written.lower() if isinstance(default, bool) else written})"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    candidates = sorted(known)
    same = [known_name for known_name in candidates if known_name.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name[:100], candidates, n=1, cutoff=0.75)
    return f": did you mean {close[0]}?" if close else ""
