"""Markdown from values: table rows and code spans."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Generated from the code by docs/generate.py: edit the declaration, not this page. -->\n\n"


def code(value: object) -> str:
    """A value as a code span; nothing for None."""
    return "" if value is None else f"`{value}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, each cell on one line."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return escape(" ".join(text.split()).replace("|", "\\|"))


def escape(text: str) -> str:
    """Tags such as <Response> as text, not as HTML; code spans are left alone."""
    parts = text.split("`")
    return "`".join(part if i % 2 else part.replace("<", "&lt;") for i, part in enumerate(parts))


def first_line(documented: object) -> str:
    """The first line of a docstring of its own ("" when there is none)."""
    own = getattr(documented, "__doc__", None) or ""
    return own.strip().splitlines()[0] if own.strip() else ""
