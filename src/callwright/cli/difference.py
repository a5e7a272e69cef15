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
#: More records than that which differ alike are told as one; of those so many are named.
_MOST_ONE_BY_ONE = 20
_EXAMPLES = 3


@dataclass(frozen=True)
class Difference:
    """What happens to one record: `changes` are rows `{field, before, after}` of the API, `notes` are told below."""

    title: str
    operation: str
    changes: Sequence[Row]
    notes: Sequence[str] = field(default_factory=list)


def alike(differences: Sequence[Difference]) -> list[Difference]:
    """Those that differ in the same way as one, with their number and the first of them; for more than a screenful.

    A title is what the record is, a space, and its name.
    """
    if len(differences) <= _MOST_ONE_BY_ONE:
        return list(differences)
    same: dict[str, list[Difference]] = {}
    for one in differences:
        kind = one.title.partition(" ")[0]
        key = json.dumps([kind, one.operation, *(_changed_to(one, change) for change in one.changes), *one.notes])
        same.setdefault(key, []).append(one)
    return [found[0] if len(found) == 1 else _many(found) for found in same.values()]


def _changed_to(difference: Difference, change: Row) -> Any:
    """What many have in common: for creations and deletions, whose fields all differ, the fields alone."""
    shown = [change["before"], change["after"]] if difference.operation == "update" else []
    return [change["field"], *shown]


def _many(found: Sequence[Difference]) -> Difference:
    kind = found[0].title.partition(" ")[0]
    names = ", ".join(one.title.partition(" ")[2] for one in found[:_EXAMPLES])
    more = ", …" if len(found) > _EXAMPLES else ""
    changes = found[0].changes if found[0].operation == "update" else []
    return Difference(f"{len(found)} {kind}: {names}{more}", found[0].operation, changes, found[0].notes)


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
