"""`callwright check`: whether a URL can take calls or messages."""

from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Row
from callwright.cli.command import api_command
from callwright.cli.output import Output

group = typer.Typer()

_NOT_USABLE = 3
#: What is shown, in this order, where there is something to show.
_SHOWN = ("status", "duration_ms", "content_type", "redirects", "final_url", "verbs", "fix", "code")


@api_command(group, "check")
async def check(
    api: Api,
    output: Output,
    checked: Annotated[str, typer.Argument(metavar="URL", help="As it would be set, #overrides included.")],
    method: Annotated[str, typer.Option(metavar="GET|POST", help="How it is asked.")] = "POST",
    sms: Annotated[bool, typer.Option("--sms", help="Ask as a message does [as a call does].")] = False,
    from_number: Annotated[str | None, typer.Option("--from", metavar="NUMBER", help="From of the test.")] = None,
    to: Annotated[str | None, typer.Option(metavar="NUMBER", help="To of the test.")] = None,
) -> None:
    """Ask a URL as a call or message would, and judge the answer.

    Exit status 3: it is not usable.
    """
    numbers = {"from": from_number, "to": to}
    order: dict[str, Any] = {"url": checked, "method": method, "channel": "sms" if sms else "voice"}
    row = await api.request("POST", "/v1/Checks", json=order | {name: text for name, text in numbers.items() if text})
    if output.is_json:
        output.record(row)
    else:
        output.definitions(row["verdict"], _facts(row))
    if not row["is_usable"]:
        raise typer.Exit(_NOT_USABLE)


def _facts(row: Row) -> list[tuple[str, str]]:
    told = [(name, row[name]) for name in _SHOWN if row.get(name) not in (None, [], "")]
    facts = [(name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in told]
    if not row["redirects"]:
        facts = [fact for fact in facts if fact[0] != "final_url"]
    return facts + [_problem(problem) for problem in row["problems"]]


def _problem(problem: Row) -> tuple[str, str]:
    kind = "error" if problem["is_error"] else "warning"
    place = f"line {problem['line']}, column {problem['column']}: " if problem["line"] is not None else ""
    return f"{kind} {problem['code']}", f"{place}{problem['message']}"
