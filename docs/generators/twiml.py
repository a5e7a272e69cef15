"""The TwiML page, from the declarations of verbs and nouns."""

from typing import Any

from docs.generators.markdown import NOTICE, code, escape, table

from callwright.registry import load_all
from callwright.twiml import declaration
from callwright.twiml.declaration import Declared
from callwright.twiml.message_verb import MessageVerb
from callwright.twiml.verb import Verb
from callwright.twiml.vocabulary import MESSAGING, VOICE, Vocabulary

_INTRODUCTION = """# TwiML

What a web app may answer. There are two languages, one for calls and one for messages; both are written inside
`<Response>`. Names are case-sensitive. An attribute value that cannot be used is replaced by the default, and the
notifications of the call or message get a warning with the code in the table, the line and the column. So does a
verb of the other language, which is left out. An element that is unknown or in a wrong place ends the document with
error 12200, and the fallback URL is asked.

"""
_VOICE = """## Voice

Verbs run from top to bottom; a call that runs out of verbs is hung up.

"""
_MESSAGING = """## Messaging

Verbs run from top to bottom; a document without verbs means no reply.

"""
_LATER = """## Not run yet

These elements are known and refused with error 12200 ("not supported yet"), so that they are not mistaken for a
misspelling:

"""
_LANGUAGES = ((VOICE, Verb, _VOICE), (MESSAGING, MessageVerb, _MESSAGING))


def pages() -> dict[str, str]:
    _load()
    languages = [introduction + _elements(words, base) for words, base, introduction in _LANGUAGES]
    later = ", ".join(code(f"<{name}>") for name in sorted(VOICE.later | MESSAGING.later))
    return {"twiml.md": NOTICE + _INTRODUCTION + "\n".join(languages) + "\n" + _LATER + later + ".\n"}


def verbs() -> list[type[Declared]]:
    """The verbs that run, of both languages."""
    _load()
    return [verb for words, base, _ in _LANGUAGES for verb in _sorted(words, words.names(base))]


def _load() -> None:
    for package in ("nouns", "verbs", "message_verbs"):
        load_all(f"callwright.twiml.{package}")


def _elements(words: Vocabulary, base: type[Declared]) -> str:
    """Sections of a language: verbs first, then what stands inside them."""
    names = words.names(base)
    elements = [*_sorted(words, names), *_sorted(words, words.names(Declared) - names)]
    return "\n".join(_section(element) for element in elements)


def _sorted(words: Vocabulary, names: frozenset[str]) -> list[type[Declared]]:
    return [declared for name in sorted(names) if (declared := words.find(name)) is not None]


def _section(declared: type[Declared]) -> str:
    parts = [f"### &lt;{declared.element_name}&gt;", _description(declared)]
    if issubclass(declared, Verb):
        parts.append(_answering(declared))
    parts.append(_content(declared))
    if declared.attributes:
        parts.append(_attributes(declared))
    return "\n\n".join(part for part in parts if part) + "\n"


def _description(declared: type[Declared]) -> str:
    return escape("\n".join(line.strip() for line in (declared.__doc__ or "").strip().splitlines()))


def _answering(verb: type[Verb]) -> str:
    return "A call that still rings is answered first." if verb.needs_answer else "It does not answer the call."


def _content(declared: type[Declared]) -> str:
    reader: declaration.Content[Any] = declared.content_reader
    if not reader.names:
        return ""
    return "May hold " + ", ".join(code(f"<{name}>") for name in sorted(reader.names)) + "."


def _attributes(declared: type[Declared]) -> str:
    rows = [
        (code(name), attribute.kind.expected, _default(attribute.default), str(attribute.code))
        for name, (_, attribute) in declared.attributes.items()
    ]
    return table(("Attribute", "Value", "Default", "Warning"), rows).rstrip()


def _default(value: object) -> str:
    if value is None or value == ():
        return "none"
    if value == "":
        return "empty"
    if isinstance(value, frozenset):
        return code(" ".join(sorted(value)))
    return code(str(value).lower() if isinstance(value, bool) else value)
