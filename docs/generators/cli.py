"""The command line page, from the typer application."""

from collections.abc import Iterator
from typing import Any

import typer
from docs.generators.markdown import NOTICE, code, escape, table

from callwright.cli.program import program

_INTRODUCTION = """# Command line

`make install` puts the command into `.venv/bin/callwright`. Every command explains itself with `--help`. What a program
uses when an option is not given stands in brackets.

"""
_COMMON = """## Common options

The commands that read or change data work on the data directory of a server on this machine, running or not, or with
`--url` on a server elsewhere.

"""
#: Options that every command on data has: they are described once.
_COMMON_OPTIONS = frozenset({"--data", "--url", "--account", "--token", "--json"})


def pages() -> dict[str, str]:
    found = list(commands(typer.main.get_command(program)))
    sections = [_section(name, command) for name, command in found]
    sharing = next((command for _, command in found if _is_sharing(command)), None)
    if sharing is not None:
        sections.append(_COMMON + _table([option for option in sharing.params if _is_common(option)]))
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


def _is_sharing(command: Any) -> bool:
    return sum(_is_common(parameter) for parameter in command.params) == len(_COMMON_OPTIONS)


def _is_common(parameter: Any) -> bool:
    return parameter.opts[0] in _COMMON_OPTIONS


def _section(name: str, command: Any) -> str:
    shares = _is_sharing(command)
    shown = [parameter for parameter in command.params if not (shares and _is_common(parameter))]
    parts = [f"## {name}", escape((command.help or "").strip())]
    if shown:
        parts.append(_table(shown).rstrip())
    if shares:
        parts.append("Also takes the [common options](#common-options).")
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(parameters: list[Any]) -> str:
    rows = [(_names(parameter), _meaning(parameter), _default(parameter)) for parameter in parameters]
    return table(("Argument or option", "Meaning", "Default"), rows)


def _meaning(parameter: Any) -> str:
    """Its help, after the heading that `--help` shows it below."""
    heading = None if _is_common(parameter) else getattr(parameter, "rich_help_panel", None)
    return (f"{heading}: " if heading else "") + (getattr(parameter, "help", None) or "")


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(parameter.name.upper())
    return ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default in (None, "", [], False) or callable(default):
        return ""
    return code(str(default).lower() if default is True else default)
