"""Documents: TwiML that has been read and validated, ready to run any number of times."""

from dataclasses import dataclass

from callwright.registry import load_all
from callwright.twiml.declaration import Reading, declared_names
from callwright.twiml.errors import NotWellFormed
from callwright.twiml.markup import Element, read_markup
from callwright.twiml.ports import Warned
from callwright.twiml.verb import Verb

EMPTY_BODY = 11770

load_all("callwright.twiml.nouns")
load_all("callwright.twiml.verbs")
_VERB_NAMES = declared_names(Verb)


@dataclass(frozen=True)
class Document:
    """Verbs in order; `url` is where the document came from (None for the Twiml= parameter)."""

    verbs: tuple[Verb, ...]
    url: str | None = None
    warnings: tuple[Warned, ...] = ()


def parse(text: str | bytes, url: str | None, content_type: str | None = None) -> Document:
    """The document in `text`; `url` resolves its relative URLs. `content_type` is read for its charset only.

    An empty body is an empty document, as upstream: the call is hung up. Raises TwimlError: BodyTooLarge,
    NotWellFormed, SchemaViolation, InvalidUrl, all but the first with line and column.
    """
    if not text.strip():
        return Document((), url, (Warned(EMPTY_BODY, "the response is empty: the call ends"),))
    root = read_markup(text, content_type)
    if root.name != "Response":
        hint = ": did you mean Response?" if root.name.casefold() == "response" else ""
        message = f"the root element is <{root.name[:100]}>, not <Response>{hint}"
        raise NotWellFormed(message, root.line, root.column)
    return _read(root, url)


def say_text(text: str, url: str | None) -> Document:
    """A document that speaks `text` and hangs up: what a text/plain answer means."""
    return _read(Element("Response", parts=[Element("Say", parts=[text])]), url)


def play_audio(url: str) -> Document:
    """A document that plays the audio at `url` and hangs up: what an audio answer means."""
    return _read(Element("Response", parts=[Element("Play", parts=[url])]), url)


def _read(root: Element, url: str | None) -> Document:
    reading = Reading(url)
    verbs = reading.read_children(root, _VERB_NAMES)
    return Document(tuple(verb for verb in verbs if isinstance(verb, Verb)), url, tuple(reading.warnings))
