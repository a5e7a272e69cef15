"""How a plan is printed: + green for what is created, ~ yellow for what changes, - red for what is deleted."""

from rich.text import Text

from callwright.cli.api import Row
from callwright.cli.difference import Difference, show_differences
from callwright.cli.output import Output, in_utc

_NOUNS = {
    "trunks": "trunk", "carriers": "carrier", "applications": "application", "short_codes": "short code",
    "numbers": "number",
}  # fmt: skip
_DONE = {"create": "created", "update": "changed", "delete": "deleted"}


def show_plan(output: Output, plan: Row) -> None:
    """Drift first, then the steps, then how many of each."""
    show_drift(output, plan["drift"])
    steps = [Difference(_named(step), step["action"], step["difference"]) for step in plan["steps"]]
    show_differences(output, steps, nothing="")
    output.console.print(Text(_summary(plan)))


def show_drift(output: Output, drift: list[Row]) -> None:
    """What others changed, when, and who."""
    if drift:
        show_differences(output, [_drifted(one) for one in drift])
        output.console.print()


def show_applied(output: Output, applied: Row) -> None:
    """What was done, and what undoes it."""
    group_id = applied["group_id"]
    if group_id is None:
        output.done("Nothing to change.", applied)
        return
    done = ", ".join(f"{applied['summary'][action]} {word}" for action, word in _DONE.items())
    output.done(f"Applied: {done} ({group_id}). Undo: callwright revisions undo {group_id}", applied)


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


def _named(row: Row) -> str:
    sid = f" ({row['sid']})" if row["sid"] and row["sid"] != row["name"] else ""
    return f"{_NOUNS.get(row['section'], row['section'])} {row['name']}{sid}"


def _drifted(one: Row) -> Difference:
    what = "was deleted" if one["is_deleted"] else "was changed"
    notes = [] if one["is_overwritten"] else ["The files do not touch that."]
    return Difference(f"{_named(one)} {what}{_by(one)}", "drift", one["difference"], notes)


def _by(one: Row) -> str:
    facts = [f" by {one['credential']}"] if one["credential"] else []
    facts += [f" from {one['address']}"] if one["address"] else []
    facts += [f" at {in_utc(one['at'])} UTC"] if one["at"] else []
    facts += [f" ({one['reason']})"] if one["reason"] else []
    return "".join(facts)
