"""`callwright numbers`: IncomingPhoneNumbers, by number or SID."""

from typing import Annotated

import typer

from callwright.cli import number_search
from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.command import IfRevision, Limit, Yes, api_command, expecting
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.model.resources.incoming_phone_number import NumberFilters, NumberSettings
from callwright.model.sid import is_sid

group = typer.Typer(help="Phone numbers and where their calls and messages go.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="In E.164 (+15550100), or its SID.")]
VoiceApp = Annotated[str | None, typer.Option(metavar="APP", help='Application for calls, by name or SID; "" clears.')]
SmsApp = Annotated[str | None, typer.Option(metavar="APP", help='Application for messages, by name or SID; "" clears.')]

_PATH, _KEY = "IncomingPhoneNumbers", "incoming_phone_numbers"
_NOTHING = "No numbers. `callwright numbers create +15550100 --voice-app APP` makes one."
#: Filters that all numbers of this server meet, or none.
_POINTLESS = frozenset({"beta", "origin"})


def _columns(app_names: dict[str, str]) -> tuple[Column, ...]:
    return (
        ("SID", "sid"),
        ("Number", "phone_number"),
        ("Name", "friendly_name"),
        ("Calls go to", lambda row: _destination(row, "voice", app_names)),
        ("Messages go to", lambda row: _destination(row, "sms", app_names)),
    )


def _destination(row: Row, channel: str, app_names: dict[str, str]) -> str | None:
    """The trunk, else the application, else the URL: the order in which they win."""
    trunk: str | None = row.get("trunk_sid") if channel == "voice" else None
    app: str | None = row.get(f"{channel}_application_sid")
    return trunk or (app and app_names.get(app, f"{app} (deleted)")) or row.get(f"{channel}_url")


def _names_in(rows: list[Row]) -> dict[str, str]:
    """Names of applications by SID, but for those that are gone."""
    names: dict[str, str] = {}
    for row in rows:
        gone = {problem["channel"] for problem in row["problems"] if problem["kind"] == "application_deleted"}
        for channel in {"voice", "sms"} - gone:
            sid = row[f"{channel}_application_sid"]
            if sid:
                names[sid] = row[f"{channel}_application_name"] or sid
    return names


async def find_number(api: Api, number: str) -> str:
    """The SID of a number given by E.164 or SID. Raises CommandFailed for none."""
    if number.startswith("PN") and is_sid(number):
        return number
    wanted = number if number.startswith("+") else f"+{number}"
    for row in await api.rows(_PATH, _KEY, {"PhoneNumber": wanted}, 50):
        if row["phone_number"] == wanted:
            return str(row["sid"])
    raise CommandFailed(f"there is no number {number}. `callwright numbers list` shows all.")


async def _settings(api: Api, form: Form, voice_app: str | None, sms_app: str | None) -> Form:
    """The form, with applications given by name turned into SIDs."""
    settings = dict(form)
    for parameter, app in (("VoiceApplicationSid", voice_app), ("SmsApplicationSid", sms_app)):
        if app is not None:
            settings[parameter] = await find_app(api, app) if app else ""
    return settings


@api_command(group, "list", NumberFilters, _POINTLESS)
async def list_numbers(
    api: Api,
    output: Output,
    form: Form,
    app: number_search.App = None,
    voice_app: number_search.VoiceApp = None,
    sms_app: number_search.SmsApp = None,
    trunk: number_search.Trunk = None,
    webhook: number_search.Webhook = None,
    text: number_search.Text = None,
    country: number_search.Country = None,
    type_: number_search.Type = None,
    capability: number_search.Capabilities = None,
    tag: number_search.WithTags = None,
    target: number_search.Lacks = None,
    limit: Limit = 50,
) -> None:
    """List numbers, newest first; of several filters all have to hold."""
    search = number_search.Search.of(
        application_sid=app, voice_application_sid=voice_app, sms_application_sid=sms_app, trunk_sid=trunk, url=webhook,
        text=text, country=country, type=type_, capability=capability, tag=tag, target=target,
    )  # fmt: skip
    rows = await search.rows(api, form, limit)
    nothing = "No number meets all of these filters." if search.given or form else _NOTHING
    output.rows(rows, (*_columns(_names_in(rows)), ("Tags", "tags")), nothing)


@api_command(group, "show")
async def show_number(api: Api, output: Output, number: Number) -> None:
    """Show one number."""
    row = await api.fetch(f"{_PATH}/{await find_number(api, number)}")
    row = await number_search.fetch_number(api, row)
    if not output.is_json:
        row["problems"] = [problem["message"] for problem in row["problems"]]
    output.record(row)


@api_command(group, "create", NumberSettings, writes=True)
async def create_number(
    api: Api,
    output: Output,
    form: Form,
    number: Number,
    voice_app: VoiceApp = None,
    sms_app: SmsApp = None,
    tag: number_search.NewTags = None,
    notes: number_search.Notes = None,
) -> None:
    """Add a number."""
    settings = await _settings(api, form, voice_app, sms_app)
    row = await api.send(_PATH, {**settings, "PhoneNumber": number})
    ours = number_search.own_settings(tag, None, None, notes)
    if ours:
        try:
            await api.request("POST", f"/v1/Numbers/{row['sid']}", json=ours)
        except CommandFailed as failure:
            raise CommandFailed(f"{number} was created ({row['sid']}), without tags and notes: {failure}") from failure
        row = await number_search.fetch_number(api, row)
    output.done(f"Created {row['phone_number']} ({row['sid']}).", row)


@api_command(group, "update", NumberSettings, writes=True)
async def update_number(
    api: Api,
    output: Output,
    form: Form,
    number: Number,
    voice_app: VoiceApp = None,
    sms_app: SmsApp = None,
    tag: number_search.NewTags = None,
    add_tag: number_search.AddedTags = None,
    remove_tag: number_search.RemovedTags = None,
    notes: number_search.Notes = None,
    if_revision: IfRevision = None,
) -> None:
    """Change a number; "" clears a setting. The next call or message follows."""
    changes = await _settings(api, form, voice_app, sms_app)
    ours = number_search.own_settings(tag, add_tag, remove_tag, notes)
    if not changes and not ours:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-app APP", 2)
    path = f"{_PATH}/{await find_number(api, number)}"
    if ours or if_revision is not None:  # all in one request: all or nothing
        body = {**number_search.as_json(changes), **ours}
        sid = path.rpartition("/")[2]
        await api.request("POST", f"/v1/Numbers/{sid}", json=body, headers=expecting(if_revision))
        row = await number_search.fetch_number(api, await api.fetch(path))
    else:
        row = await api.send(path, changes)
    output.done(f"Updated {row['phone_number']}.", row)


@api_command(group, "delete", writes=True)
async def delete_number(api: Api, output: Output, number: Number, yes: Yes = False) -> None:
    """Give up a number."""
    sid = await find_number(api, number)
    if not yes:
        output.confirm(f"Delete the number {number}?")
    await api.delete(f"{_PATH}/{sid}")
    output.done(f"Deleted {number}.")
