"""The `#:` comments that document the fields of a class: the help of options and the reference pages show them."""

import ast
import inspect
import textwrap


def field_comments(owner: type) -> dict[str, str]:
    """The `#:` comment above each annotated field of a class, by the field's name."""
    lines = textwrap.dedent(inspect.getsource(owner)).splitlines()
    comments = {}
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comments[node.target.id] = _comment_above(lines, node.lineno - 1)
    return {name: comment for name, comment in comments.items() if comment}


def field_comments_of(owner: type) -> dict[str, str]:
    """The `#:` comments of a class and of its bases."""
    comments: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        if base.__module__.startswith("callwright."):
            comments.update(field_comments(base))
    return comments


def _comment_above(lines: list[str], index: int) -> str:
    found: list[str] = []
    while index > 0 and lines[index - 1].strip().startswith("#:"):
        index -= 1
        found.insert(0, lines[index].strip().removeprefix("#:").strip())
    return " ".join(found)
