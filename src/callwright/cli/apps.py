"""`callwright apps`: Applications, by SID or by name."""

from typing import Annotated

import typer

from callwright.cli.api import Api, Form
from callwright.cli.command import Limit, Yes, api_command
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.model.resources.application import ApplicationFilters, ApplicationParameters
from callwright.model.sid import is_sid

group = typer.Typer(help="Applications: named webhook settings that many numbers share.", no_args_is_help=True)

App = Annotated[str, typer.Argument(metavar="APP", help="Its SID or its name.")]
_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Name", "friendly_name"),
    ("Voice URL", "voice_url"),
    ("SMS URL", "sms_url"),
    ("Status callback", "status_callback"),
)
_NAME = frozenset({"friendly_name"})


async def find_app(api: Api, app: str) -> str:
    """The SID of an application given by SID or exact name. Raises CommandFailed for none or several."""
    if app.startswith("AP") and is_sid(app):
        return app
    found = await api.rows("Applications", "applications", {"FriendlyName": app}, 10)
    if not found:
        raise CommandFailed(f"no application is named {app!r}. `callwright apps list` shows all.")
    if len(found) > 1:
        sids = ", ".join(row["sid"] for row in found)
        raise CommandFailed(f"several applications are named {app!r}: give the SID of one ({sids})")
    return str(found[0]["sid"])


@api_command(group, "list", ApplicationFilters, _NAME)
async def list_apps(
    api: Api,
    output: Output,
    form: Form,
    name: Annotated[str | None, typer.Option(help="Only those of exactly that name.")] = None,
    limit: Limit = 50,
) -> None:
    """List applications, newest first."""
    filters = {**form, **({"FriendlyName": name} if name else {})}
    rows = await api.rows("Applications", "applications", filters, limit)
    output.rows(rows, _COLUMNS, "No applications. `callwright apps create NAME --voice-url URL` makes one.")


@api_command(group, "show")
async def show_app(api: Api, output: Output, app: App) -> None:
    """Show one application."""
    output.record(await api.fetch(f"Applications/{await find_app(api, app)}"))


@api_command(group, "create", ApplicationParameters, _NAME, writes=True)
async def create_app(
    api: Api, output: Output, form: Form, name: Annotated[str, typer.Argument(metavar="NAME")]
) -> None:
    """Create an application."""
    row = await api.send("Applications", {**form, "FriendlyName": name})
    output.done(f"Created {row['sid']} ({name}).", row)


@api_command(group, "update", ApplicationParameters, _NAME, writes=True)
async def update_app(
    api: Api,
    output: Output,
    form: Form,
    app: App,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
) -> None:
    """Change an application; "" clears a setting. The next call or message follows."""
    changes = {**form, **({"FriendlyName": name} if name is not None else {})}
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-url URL", 2)
    row = await api.send(f"Applications/{await find_app(api, app)}", changes)
    output.done(f"Updated {row['sid']} ({row['friendly_name']}).", row)


@api_command(group, "delete", writes=True)
async def delete_app(api: Api, output: Output, app: App, yes: Yes = False) -> None:
    """Delete an application. Numbers that point at it fail until they are changed."""
    sid = await find_app(api, app)
    if not yes:
        typer.confirm(f"Delete application {sid}?", abort=True)
    await api.delete(f"Applications/{sid}")
    output.done(f"Deleted {sid}.")
