"""The TwiML page, from the declarations of verbs and nouns."""

from typing import Any

from docs.generators.markdown import NOTICE, code, escape, table

from callwright.registry import load_all
from callwright.twiml import declaration
from callwright.twiml.declaration import Declared, declared_class, declared_names
from callwright.twiml.later import LATER
from callwright.twiml.verb import Verb

_INTRODUCTION = """# TwiML

What a web app may answer. Names are case-sensitive. An attribute value that cannot be used is replaced by the
default, and the call's notifications get a warning with the code in the table, the line and the column. An element
that is unknown or in a wrong place ends the document with error 12200, and the fallback URL is asked.

"""
_LATER = """## Not run yet

These elements are known and refused with error 12200 ("not supported yet"), so that they are not mistaken for a
misspelling:

"""


def pages() -> dict[str, str]:
    names = sorted(verb_names())
    nouns = sorted(declared_names(Declared) - set(names))
    sections = [_section(name) for name in names]
    sections += [_section(name) for name in nouns]
    later = ", ".join(code(f"<{name}>") for name in sorted(LATER - set(names) - set(nouns)))
    return {"twiml.md": NOTICE + _INTRODUCTION + "\n".join(sections) + "\n" + _LATER + later + ".\n"}


def verb_names() -> frozenset[str]:
    """Names of the verbs that run."""
    load_all("callwright.twiml.nouns")
    load_all("callwright.twiml.verbs")
    return declared_names(Verb)


def _section(name: str) -> str:
    declared = declared_class(name)
    if declared is None:
        raise LookupError(f"<{name}> is not declared")
    parts = [f"## &lt;{name}&gt;", _description(declared)]
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
    reader: Any = declared.content_reader
    inside = getattr(reader, "names", None)
    if isinstance(reader, declaration.Nested) and inside:
        return "May hold " + ", ".join(code(f"<{name}>") for name in sorted(inside)) + "."
    return ""


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
