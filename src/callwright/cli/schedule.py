"""`callwright schedule`: changes of applications and numbers that take effect at a moment."""

import json
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.command import Limit, Yes, api_command, given
from callwright.cli.failure import CommandFailed
from callwright.cli.numbers import find_number
from callwright.cli.output import Column, Output, moment
from callwright.model.naming import to_snake
from callwright.model.resources.application import ApplicationParameters

group = typer.Typer(help="Changes that take effect at a moment.", no_args_is_help=True)

Change = Annotated[str, typer.Argument(metavar="CHANGE", help="Its SID (CH…).")]

_PATH = "/v1/ScheduledChanges"


_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    moment("At", "at"),
    moment("Until", "until"),
    ("Status", "status"),
    ("Target", "target_sid"),
)


def _told(row: Row) -> str:
    changes = ", ".join(f"{name}={value}" for name, value in row["changes"].items())
    return row["error"] or changes


@api_command(group, "list")
async def list_changes(
    api: Api,
    output: Output,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="scheduled, active, done, failed or canceled.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="TARGET", help="Only of this application or number, as `add` takes it.")
    ] = None,
    limit: Limit = 50,
) -> None:
    """List scheduled changes, newest first."""
    filters = given(status=status, target_sid=await _target(api, target) if target else None)
    rows = await api.extension_rows("ScheduledChanges", "scheduled_changes", limit, filters)
    nothing = "No scheduled changes. `callwright schedule add APP --at MOMENT --voice-url URL` makes one."
    output.rows(rows, _COLUMNS, nothing, text=("Changes", _told))


@api_command(group, "show")
async def show_change(api: Api, output: Output, change: Change) -> None:
    """Show one scheduled change."""
    output.record(await api.request("GET", f"{_PATH}/{change}"))


@api_command(group, "create", ApplicationParameters, writes=True)
@api_command(group, "add", ApplicationParameters, writes=True)
async def add_change(
    api: Api,
    output: Output,
    form: Form,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Application (SID or name) or number (+…, SID).")],
    at: Annotated[str, typer.Option(metavar="MOMENT", help="When, for example 2026-12-24T18:00.")],
    until: Annotated[str | None, typer.Option(metavar="MOMENT", help="When it is put back [never].")] = None,
    time_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Whose clock they mean, for example Europe/Berlin.")
    ] = None,
    voice_app: Annotated[str | None, typer.Option(metavar="APP", help="Of a number: application for calls.")] = None,
    sms_app: Annotated[str | None, typer.Option(metavar="APP", help="Of a number: application for messages.")] = None,
    settings_json: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=JSON", help="Any other setting of /v1; repeatable.")
    ] = None,
    if_revision: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Only if the target is still at this revision then.")
    ] = None,
) -> None:
    """Schedule a change of an application or number."""
    changes: dict[str, Any] = {to_snake(name): value for name, value in form.items()}
    changes |= dict(_setting(one) for one in settings_json or ())
    for name, app in (("voice_application_sid", voice_app), ("sms_application_sid", sms_app)):
        if app is not None:
            changes[name] = await find_app(api, app) if app else ""
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-url URL", 2)
    order: dict[str, Any] = {"target_sid": await _target(api, target), "changes": changes, "at": at}
    optional = {"until": until, "time_zone": time_zone, "expected_revision": if_revision}
    order |= {name: value for name, value in optional.items() if value is not None}
    row = await api.request("POST", _PATH, json=order)
    output.done(f"Scheduled {row['sid']} for {row['at']}.", row)


@api_command(group, "cancel")
async def cancel_change(api: Api, output: Output, change: Change, yes: Yes = False) -> None:
    """Cancel a scheduled change; one that is active stays in effect and is not put back anymore."""
    if not yes:
        output.confirm(f"Cancel scheduled change {change}?")
    row = await api.request("POST", f"{_PATH}/{change}/Cancel")
    output.done(f"Canceled {change}.", row)


async def _target(api: Api, target: str) -> str:
    is_number = target.startswith("+") or target.startswith("PN")
    return await (find_number(api, target) if is_number else find_app(api, target))


def _setting(given: str) -> tuple[str, Any]:
    """`NAME=JSON`; what is no JSON is taken as text."""
    name, equals, value = given.partition("=")
    if not equals:
        raise CommandFailed(f"--set {given} has no value: give NAME=JSON, for example --set 'tags=[\"night\"]'", 2)
    try:
        return to_snake(name), json.loads(value)
    except json.JSONDecodeError:
        return to_snake(name), value
