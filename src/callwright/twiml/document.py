"""Documents: TwiML that has been read and validated, ready to run any number of times."""

from dataclasses import dataclass

from callwright.registry import load_all
from callwright.twiml.declaration import Reading
from callwright.twiml.errors import NotWellFormed
from callwright.twiml.markup import Element, read_markup
from callwright.twiml.message_verb import MessageVerb
from callwright.twiml.ports import Warned
from callwright.twiml.verb import Verb
from callwright.twiml.vocabulary import MESSAGING, VOICE

EMPTY_BODY = 11770

load_all("callwright.twiml.nouns")
load_all("callwright.twiml.verbs")
load_all("callwright.twiml.message_verbs")


@dataclass(frozen=True)
class Document:
    """Verbs in order; `url` is where the document came from (None for the Twiml= parameter)."""

    verbs: tuple[Verb, ...]
    url: str | None = None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class MessageDocument:
    """The same in the language of messages."""

    verbs: tuple[MessageVerb, ...]
    url: str | None = None
    warnings: tuple[Warned, ...] = ()


def parse(text: str | bytes, url: str | None, content_type: str | None = None) -> Document:
    """The document in `text`; `url` resolves its relative URLs. `content_type` is read for its charset only.

    An empty body is an empty document, as upstream: the call is hung up. Raises TwimlError: BodyTooLarge,
    NotWellFormed, SchemaViolation, InvalidUrl, all but the first with line and column.
    """
    if not text.strip():
        return Document((), url, (Warned(EMPTY_BODY, "the response is empty: the call ends"),))
    return _read(_root(text, content_type), url)


def parse_message(text: str | bytes, url: str | None, content_type: str | None = None) -> MessageDocument:
    """As `parse`, for a document that answers a message. An empty body means no reply."""
    if not text.strip():
        return MessageDocument((), url)
    return _read_message(_root(text, content_type), url)


def say_text(text: str, url: str | None) -> Document:
    """A document that speaks `text` and hangs up: what a text/plain answer means."""
    return _read(Element("Response", parts=[Element("Say", parts=[text])]), url)


def play_audio(url: str) -> Document:
    """A document that plays the audio at `url` and hangs up: what an audio answer means."""
    return _read(Element("Response", parts=[Element("Play", parts=[url])]), url)


def reply_text(text: str, url: str | None) -> MessageDocument:
    """A document that replies with `text`: what a text/plain answer to a message means."""
    return _read_message(Element("Response", parts=[Element("Message", parts=[text])]), url)


def _root(text: str | bytes, content_type: str | None) -> Element:
    root = read_markup(text, content_type)
    if root.name != "Response":
        hint = ": did you mean Response?" if root.name.casefold() == "response" else ""
        message = f"the root element is <{root.name[:100]}>, not <Response>{hint}"
        raise NotWellFormed(message, root.line, root.column)
    return root


def _read(root: Element, url: str | None) -> Document:
    reading = Reading(VOICE, url)
    return Document(reading.read_verbs(root, Verb), url, tuple(reading.warnings))


def _read_message(root: Element, url: str | None) -> MessageDocument:
    reading = Reading(MESSAGING, url)
    return MessageDocument(reading.read_verbs(root, MessageVerb), url, tuple(reading.warnings))
