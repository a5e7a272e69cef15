"""`callwright apps`: Applications, by SID or by name."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Form, Row
from callwright.cli.app_settings import OPTIONS, body_of
from callwright.cli.command import IfRevision, Limit, Yes, api_command, expecting
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output, in_utc
from callwright.model.resources.application import ApplicationParameters
from callwright.model.sid import is_sid

group = typer.Typer(help="Applications: named webhook settings that many numbers share.", no_args_is_help=True)

App = Annotated[str, typer.Argument(metavar="APP", help="Its SID or its name.")]
Check = Annotated[
    bool, typer.Option("--check", help="Ask the URLs that change before saving; one that is not usable refuses it.")
]
SaveAnyway = Annotated[bool, typer.Option("--save-anyway", help="With --check: save also when a URL is not usable.")]

_PATH = "/v1/Applications"
_NAME = frozenset({"friendly_name"})
_CLOSED = {"calls": "closed_voice_url", "messages": "closed_sms_url"}


def _use(row: Row) -> str | None:
    """When it was asked last, for a call or a message."""
    moments = [row[name]["at"] for name in ("last_call", "last_message") if row[name] and row[name]["at"]]
    return in_utc(max(moments)) if moments else None


_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Name", "friendly_name"),
    ("Numbers: calls", lambda row: row["numbers"]["voice"]),
    ("messages", lambda row: row["numbers"]["sms"]),
    ("Last used (UTC)", _use),
    ("Failed, 24 h", lambda row: row["failures_24h"] or None),
    ("Canary", lambda row: row["has_canary"] or None),
    ("Tags", "tags"),
    ("Voice URL", "voice_url"),
    ("SMS URL", "sms_url"),
)
_NUMBER_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Number", "phone_number"),
    ("Name", "friendly_name"),
    ("Uses it for", "uses"),
    ("Tags", "tags"),
)


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


@api_command(group, "list")
async def list_apps(
    api: Api,
    output: Output,
    name: Annotated[
        str | None, typer.Option("--name", "--friendly-name", help="Only those of exactly that name.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Only those with it in name, notes, URLs or tags.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    unused: Annotated[
        bool | None, typer.Option("--unused/--used", help="Only those that no number (or some number) points at.")
    ] = None,
    limit: Limit = 50,
) -> None:
    """List applications, newest first: their numbers, and when they were used last."""
    filters = {"friendly_name": name, "text": text, "tag": tag, "unused": unused}
    given = {key: value for key, value in filters.items() if value is not None}
    rows = await api.extension_rows("Applications", "applications", limit, given)
    output.rows(rows, _COLUMNS, "No applications. `callwright apps create NAME --voice-url URL` makes one.")


@api_command(group, "show")
async def show_app(api: Api, output: Output, app: App) -> None:
    """Show one application: its settings, its numbers, and when it was used last."""
    row = await api.request("GET", f"{_PATH}/{await find_app(api, app)}")
    output.record(row if output.is_json else _readable(row))


@api_command(group, "create", ApplicationParameters, _NAME, settings=OPTIONS, writes=True)
async def create_app(
    api: Api,
    output: Output,
    form: Form,
    settings: Mapping[str, Any],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    check: Check = False,
    save_anyway: SaveAnyway = False,
) -> None:
    """Create an application."""
    body = {**body_of(form, settings), "friendly_name": name}
    row = await api.request("POST", _PATH, json=body, params=_checking(check, save_anyway))
    _say_saved(output, f"Created {row['sid']} ({name}).", row)


@api_command(group, "update", ApplicationParameters, _NAME, settings=OPTIONS, writes=True)
async def update_app(
    api: Api,
    output: Output,
    form: Form,
    settings: Mapping[str, Any],
    app: App,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    check: Check = False,
    save_anyway: SaveAnyway = False,
    if_revision: IfRevision = None,
) -> None:
    """Change an application; "" clears a setting. The next call or message follows."""
    changes = {**body_of(form, settings), **({"friendly_name": name} if name is not None else {})}
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-url URL", 2)
    checking = _checking(check, save_anyway)
    path = f"{_PATH}/{await find_app(api, app)}"
    row = await api.request("POST", path, json=changes, params=checking, headers=expecting(if_revision))
    _say_saved(output, f"Updated {row['sid']} ({row['friendly_name']}).", row)


@api_command(group, "delete", writes=True)
async def delete_app(
    api: Api,
    output: Output,
    app: App,
    replace_with: Annotated[
        str | None, typer.Option(metavar="APP", help="Move its numbers to this application first, by SID or name.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Delete it also when numbers point at it: they fail until they are changed.")
    ] = False,
    if_revision: IfRevision = None,
    yes: Yes = False,
) -> None:
    """Delete an application that no number uses, or move its numbers to another one with it."""
    sid = await find_app(api, app)
    query: dict[str, Any] = {"force": True} if force else {}
    if replace_with is not None:
        query["replace_with"] = await find_app(api, replace_with)
    if not yes:
        output.confirm(await _question(api, sid, query))
    deleted = await api.request("DELETE", f"{_PATH}/{sid}", params=query, headers=expecting(if_revision))
    output.done(_deleted(deleted), deleted)


@api_command(group, "numbers")
async def list_numbers(
    api: Api,
    output: Output,
    app: App,
    use: Annotated[str, typer.Option(metavar="voice|sms|both", help="What they use it for.")] = "both",
    limit: Limit = 50,
) -> None:
    """List the numbers that use an application."""
    sid = await find_app(api, app)
    rows = await api.extension_rows(f"Applications/{sid}/Numbers", "numbers", limit, {"use": use})
    output.rows(rows, _NUMBER_COLUMNS, f"No numbers use {sid}. `callwright numbers update NUMBER --voice-app {sid}`")


def _checking(check: bool, save_anyway: bool) -> dict[str, Any]:
    if save_anyway and not check:
        raise CommandFailed("--save-anyway goes with --check", 2)
    return {"check": check, "save_anyway": save_anyway} if check else {}


def _say_saved(output: Output, message: str, row: Row) -> None:
    checked = [f"{check['url']}: {check['verdict']}" for check in row["checks"]]
    output.done("\n".join([message, *checked]), row)


async def _question(api: Api, sid: str, query: Mapping[str, Any]) -> str:
    row = await api.request("GET", f"{_PATH}/{sid}")
    used = f"{row['numbers']['voice']} numbers for calls, {row['numbers']['sms']} for messages"
    fate = f", which go to {query['replace_with']}" if "replace_with" in query else ""
    return f"Delete application {sid} ({row['friendly_name']}; {used}{fate})?"


def _deleted(deleted: Row) -> str:
    moved, left = (max(deleted[name].values()) for name in ("moved", "left"))
    lines = [f"Deleted {deleted['sid']}. `callwright revisions undo {deleted['group_id']}` takes it back."]
    if moved:
        counts = deleted["moved"]
        lines.append(
            f"Moved to {deleted['replaced_by']}: calls of {counts['voice']}, messages of {counts['sms']} numbers."
        )
    if left:
        counts = deleted["left"]
        lines.append(f"Still naming it, so failing: calls of {counts['voice']}, messages of {counts['sms']} numbers.")
    if deleted["live_calls"]:
        lines.append(f"{deleted['live_calls']} live call(s) go on to their end.")
    return "\n".join(lines)


def _readable(row: Row) -> Row:
    """The application for people: what is made of several values in one line each."""
    shown = {**row, "numbers": f"calls of {row['numbers']['voice']}, messages of {row['numbers']['sms']}"}
    for name in ("last_call", "last_message"):
        last = row[name]
        shown[name] = f"{last['sid']} {last['status']}, {in_utc(last['at'])} UTC" if last else None
    for name in ("voice_variants", "sms_variants"):
        shown[name] = [f"{variant['weight']:g} % {variant['url']}" for variant in row[name]]
    if row["opening_hours"]:
        shown["opening_hours"] = _hours_in_words(row["opening_hours"])
    return shown | {name: in_utc(row[name]) + " UTC" for name in ("date_created", "date_updated")}


def _hours_in_words(hours: Mapping[str, Any]) -> str:
    days = {**hours["week"], **hours["exceptions"]}
    words = [f"{day} {', '.join(spans) or 'closed'}" for day, spans in days.items()]
    closed = [f"else {name} to {hours[key]}" for name, key in _CLOSED.items() if hours[key]]
    return "; ".join([hours["time_zone"], *words, *closed])
