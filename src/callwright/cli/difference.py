"""How differences are printed: a line for each record, below it its fields, red what goes, green what comes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from callwright.cli.api import Row
from callwright.cli.output import Output, printable

#: What happens to a record, or happened without us: the sign before it, and its colour.
_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red"), "drift": ("!", "magenta")}
_LONGEST_VALUE = 200
_MOST_IN_FULL = 200


@dataclass(frozen=True)
class Difference:
    """What happens to one record: `changes` are rows `{field, before, after}` of the API, `notes` are told below."""

    title: str
    operation: str
    changes: Sequence[Row]
    notes: Sequence[str] = field(default_factory=list)


def show_differences(output: Output, differences: Sequence[Difference], nothing: str = "No difference.") -> None:
    """Print them for people, the first 200 in full; `nothing` is said when there are none."""
    console = output.console
    for difference in differences[:_MOST_IN_FULL]:
        sign, style = _SIGNS[difference.operation]
        bold = "" if difference.operation == "drift" else " bold"
        console.print(Text(f"{sign} {printable(difference.title)}", style=f"{style}{bold}"))
        for change in difference.changes:
            console.print(_line(change, difference.operation))
        for note in difference.notes:
            console.print(Text(f"    ! {printable(note)}", style="magenta"))
    if len(differences) > _MOST_IN_FULL:
        console.print(Text(f"… and {len(differences) - _MOST_IN_FULL} more: --json prints all of them.", style="dim"))
    if not differences and nothing:
        console.print(Text(nothing))


def _line(change: Row, operation: str) -> Text:
    text = Text(f"    {printable(str(change['field']))}: ")
    before, after = change["before"], change["after"]
    if before is not None:
        text.append(_value(before), style="red")
        if operation != "delete":
            text.append(" → " if after is not None else " → nothing")
    if after is not None:
        text.append(_value(after), style="green")
    return text


def _value(value: Any) -> str:
    shown = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    text = printable(shown)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
