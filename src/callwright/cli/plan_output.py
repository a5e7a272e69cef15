"""How a plan is printed: + green for what is created, ~ yellow for what changes, - red for what is deleted."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from callwright.cli.api import Row
from callwright.cli.output import printable

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_NOUNS = {
    "trunks": "trunk", "carriers": "carrier", "applications": "application", "short_codes": "short code",
    "numbers": "number",
}  # fmt: skip
#: Of so many steps that are all alike but for the name, one is printed in full.
_MOST_IN_FULL = 200
_LONGEST_VALUE = 200


def print_plan(plan: Row) -> None:
    """Drift first, then the steps, then how many of each."""
    console = _console()
    print_drift(plan["drift"])
    for step in plan["steps"][:_MOST_IN_FULL]:
        console.print(_step(step))
    more = len(plan["steps"]) - _MOST_IN_FULL
    if more > 0:
        console.print(Text(f"… and {more} more: --json prints all of them.", style="dim"))
    console.print(Text(_summary(plan)))


def print_drift(drift: list[Row], *, to_errors: bool = False) -> None:
    """What others changed, when, and who."""
    console = _console(to_errors=to_errors)
    for one in drift[:_MOST_IN_FULL]:
        what = "was deleted" if one["is_deleted"] else "was changed"
        console.print(Text(f"! {_named(one)} {what}{_by(one)}", style="magenta"))
        for line in _differences(one["difference"], "update", "magenta"):
            console.print(line)
        if not one["is_overwritten"]:
            console.print(Text("    The files do not touch that.", style="dim"))
    if drift:
        console.print()


def print_summary(applied: Row) -> None:
    """What was done, and what undoes it."""
    group_id = applied["group_id"]
    if group_id is None:
        _console().print(Text("Nothing to change."))
        return
    done = ", ".join(f"{applied['summary'][action]} {word}" for action, word in _DONE.items())
    _console().print(Text(f"Applied: {done} ({group_id}). Undo: callwright revisions undo {group_id}"))


_DONE = {"create": "created", "update": "changed", "delete": "deleted"}


def _console(*, to_errors: bool = False) -> Console:
    """Colours on a terminal only, and not with NO_COLOR; lines are not folded."""
    stream = sys.stderr if to_errors else sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=True)


def _summary(plan: Row) -> str:
    counts = plan["summary"]
    if not plan["steps"]:
        text = f"No changes: {counts['unchanged']} record(s) are as the files say."
    else:
        text = (
            f"Plan: {counts['create']} to create, {counts['update']} to change, {counts['delete']} to delete, "
            f"{counts['unchanged']} unchanged."
        )
    if counts["adopted"]:
        text += f" {counts['adopted']} that were there already are managed by the files from now on."
    if counts["left_over"]:
        text += f" {counts['left_over']} that the files had before are left alone: --prune deletes them."
    return text


def _step(step: Row) -> Text:
    sign, style = _SIGNS[step["action"]]
    text = Text(f"{sign} {_named(step)}", style=f"{style} bold")
    for line in _differences(step["difference"], step["action"], style):
        text.append("\n")
        text.append_text(line)
    return text


def _named(row: Row) -> str:
    name = printable(row["name"])
    sid = f" ({row['sid']})" if row["sid"] and row["sid"] != row["name"] else ""
    return f"{_NOUNS.get(row['section'], row['section'])} {name}{sid}"


def _by(one: Row) -> str:
    facts = [f" by {one['credential']}"] if one["credential"] else []
    facts += [f" from {one['address']}"] if one["address"] else []
    facts += [f" at {one['at']}"] if one["at"] else []
    facts += [f" ({printable(one['reason'])})"] if one["reason"] else []
    return "".join(facts)


def _differences(changes: Iterable[Row], action: str, style: str) -> Iterable[Text]:
    for change in changes:
        before, after = _value(change["before"]), _value(change["after"])
        line = Text(f"    {change['field']}: ")
        if action == "update":
            line.append(before, style="red")
            line.append(" → ")
            line.append(after, style="green")
        else:
            line.append(after if action == "create" else before, style=style)
        yield line


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = printable(value) if isinstance(value, str) else printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
