"""Markdown from values: table rows, code spans, and the `#:` comments that document a class's fields."""

import ast
import inspect
import textwrap
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


def field_comments(owner: type) -> dict[str, str]:
    """The `#:` comment above each annotated field of a class, by the field's name."""
    lines = textwrap.dedent(inspect.getsource(owner)).splitlines()
    comments = {}
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comments[node.target.id] = _comment_above(lines, node.lineno - 1)
    return {name: comment for name, comment in comments.items() if comment}


def _comment_above(lines: list[str], index: int) -> str:
    found: list[str] = []
    while index > 0 and lines[index - 1].strip().startswith("#:"):
        index -= 1
        found.insert(0, lines[index].strip().removeprefix("#:").strip())
    return " ".join(found)
