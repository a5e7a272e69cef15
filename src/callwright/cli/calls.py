"""`callwright calls`: what calls there were and are, new ones, and orders to live ones."""

from typing import Annotated

import typer

from callwright.cli.api import Api, Form
from callwright.cli.apps import find_app
from callwright.cli.command import Limit, Yes, api_command
from callwright.cli.explain import steps_of
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output, moment
from callwright.model.resources.call import CallCreation, CallFilters, CallUpdate

group = typer.Typer(help="Calls, live and ended.", no_args_is_help=True)

#: `--url` is where the server is, in every command.
VoiceUrl = Annotated[str | None, typer.Option(metavar="URL", help="Web app that drives the call (Url).")]
Sid = Annotated[str, typer.Argument(metavar="SID", help="The call's SID, CA….")]

_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("From", "from"),
    ("To", "to"),
    ("Direction", "direction"),
    ("Status", "status"),
    moment("Started", "start_time"),
    ("Seconds", "duration"),
)


@api_command(group, "list", CallFilters)
async def list_calls(api: Api, output: Output, form: Form, limit: Limit = 50) -> None:
    """List calls, newest first."""
    output.rows(await api.rows("Calls", "calls", form, limit), _COLUMNS, "No calls.")


@api_command(group, "show")
async def show_call(api: Api, output: Output, sid: Sid) -> None:
    """Show one call, the way it was routed, and what went wrong with it."""
    row = await api.fetch(f"Calls/{sid}")
    known = await api.request("GET", f"/v1/Calls/{sid}")
    if output.is_json:
        output.record({**row, "inspection": known})
        return
    added = {name: value for name, value in known.items() if name not in row}
    route, told = added.pop("route"), added.pop("notifications")
    output.record({**row, **added})
    if route:
        output.tree("How it was routed when it started", steps_of(route))
    for problem in told:
        output.note(f"{problem['error_code']}: {problem['message_text']}", None, is_warning=True)


@api_command(group, "create", CallCreation, frozenset({"to", "from_", "application_sid", "url"}))
async def create_call(
    api: Api,
    output: Output,
    form: Form,
    to: Annotated[str, typer.Argument(metavar="TO", help="The number to call, in E.164.")],
    from_: Annotated[str, typer.Option("--from", metavar="NUMBER", help="The caller id: a number of yours.")],
    app: Annotated[str | None, typer.Option(metavar="APP", help="Application that drives it, by name or SID.")] = None,
    voice_url: VoiceUrl = None,
) -> None:
    """Have the server call a number; --app, --voice-url or --twiml says what happens then."""
    chosen = {"ApplicationSid": await find_app(api, app)} if app else {}
    if voice_url:
        chosen["Url"] = voice_url
    row = await api.send("Calls", {**form, **chosen, "To": to, "From": from_})
    output.done(
        f"{row['sid']} to {row['to']} is {row['status']}. `callwright calls show {row['sid']}` follows it.", row
    )


@api_command(group, "update", CallUpdate, frozenset({"url"}))
async def update_call(api: Api, output: Output, form: Form, sid: Sid, voice_url: VoiceUrl = None) -> None:
    """Send a live call to another --voice-url or --twiml, or change its settings."""
    changes = {**form, **({"Url": voice_url} if voice_url else {})}
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-url URL", 2)
    row = await api.send(f"Calls/{sid}", changes)
    output.done(f"{row['sid']} is {row['status']}.", row)


@api_command(group, "hangup")
async def hang_up_call(api: Api, output: Output, sid: Sid) -> None:
    """End a live call, or cancel one that has not been answered."""
    row = await api.send(f"Calls/{sid}", {"Status": "completed"})
    output.done(f"{row['sid']} is {row['status']}.", row)


@api_command(group, "delete")
async def delete_call(api: Api, output: Output, sid: Sid, yes: Yes = False) -> None:
    """Delete the record of a call that has ended."""
    if not yes:
        output.confirm(f"Delete the record of call {sid}?")
    await api.delete(f"Calls/{sid}")
    output.done(f"Deleted {sid}.")
