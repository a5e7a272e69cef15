"""The command line page, from the typer application."""

from collections.abc import Iterator
from typing import Any

import typer
from docs.generators.markdown import NOTICE, code, escape, table

from callwright.cli.program import program

_INTRODUCTION = """# Command line

`make install` puts the command into `.venv/bin/callwright`. Every command explains itself with `--help`.

"""


def pages() -> dict[str, str]:
    root = typer.main.get_command(program)
    sections = [_section(name, command) for name, command in commands(root)]
    return {"cli.md": NOTICE + _INTRODUCTION + "\n".join(sections)}


def commands(group: Any, before: str = "callwright") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name; groups are looked into."""
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def _section(name: str, command: Any) -> str:
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    rows = [
        (_names(parameter), escape(getattr(parameter, "help", None) or ""), _default(parameter)) for parameter in shown
    ]
    parts = [f"## {name}", escape((command.help or "").strip())]
    if rows:
        parts.append(table(("Argument or option", "Meaning", "Default"), rows).rstrip())
    return "\n\n".join(part for part in parts if part) + "\n"


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(parameter.name.upper())
    return ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default is None or default == [] or callable(default):
        return ""
    return code(str(default).lower() if isinstance(default, bool) else default)
