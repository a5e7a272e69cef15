"""`callwright messages`: texts that came and went, new ones, and what became of each."""

from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.command import Limit, Yes, api_command
from callwright.cli.explain import steps_of
from callwright.cli.failure import CommandFailed
from callwright.cli.follow_message import follow_message
from callwright.cli.output import Column, Output, moment
from callwright.model.resources.message import MessageCreation, MessageFilters

group = typer.Typer(help="Messages: SMS and MMS, in and out.", no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="The message's SID, SM… or MM….")]

_FROM = "A number or short code of yours, or a sender name that one of your carriers lists."
_WAIT = (
    "Follow it to its final status (delivered, undelivered, failed), then for some seconds show what its number "
    "answers, or how its web app failed. Exit status 3: it did not arrive, or did not leave within --timeout."
)
_OFFLINE = "It goes out when the server runs."
_DIRECTIONS = {"inbound": "in", "outbound-api": "out", "outbound-reply": "reply", "outbound-call": "call"}
_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    moment("Created", "date_created"),
    ("Way", lambda row: _DIRECTIONS.get(row["direction"], row["direction"])),
    ("From", "from"),
    ("To", "to"),
    ("Status", "status"),
    ("Error", "error_code"),
)


@api_command(group, "send", MessageCreation, frozenset({"to", "from_", "body", "media_url", "application_sid"}))
async def send_message(
    api: Api,
    output: Output,
    form: Form,
    to: Annotated[str, typer.Argument(metavar="TO", help="The recipient, in E.164 or a short code.")],
    from_: Annotated[str, typer.Option("--from", metavar="NUMBER", help=_FROM)],
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to write; words are joined.")] = None,
    media: Annotated[list[str] | None, typer.Option(metavar="URL", help="A file to send; repeatable.")] = None,
    app: Annotated[
        str | None, typer.Option(metavar="APP", help="Application whose status callback is told, by name or SID.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help=_WAIT)] = False,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long --wait waits for the final status.")
    ] = 60.0,
) -> None:
    """Send a message; with --send-at at a later time.

    Without --wait it returns as soon as the server has the message.
    """
    if wait and not api.is_running:
        raise CommandFailed("--wait needs a running server (callwright serve): without one nothing is sent", 2)
    request: dict[str, Any] = {**form, "To": to, "From": from_}
    if text:
        request["Body"] = " ".join(text)
    if media:
        request["MediaUrl"] = media
    if app:
        request["ApplicationSid"] = await find_app(api, app)
    if request.get("SendAt"):
        request.setdefault("ScheduleType", "fixed")
    row = await api.send("Messages", request)
    if wait and row["status"] != "scheduled":
        await follow_message(api, output, row, timeout)
        return
    follow = f"`callwright messages show {row['sid']}` follows it." if api.is_running else _OFFLINE
    output.done(f"{row['sid']} to {row['to']} is {row['status']}. {follow}", row)


@api_command(group, "list", MessageFilters)
async def list_messages(api: Api, output: Output, form: Form, limit: Limit = 50) -> None:
    """List messages, newest first."""
    rows = await api.rows("Messages", "messages", form, limit)
    output.rows(rows, _COLUMNS, "No messages.", text=("Text", "body"))


@api_command(group, "show")
async def show_message(api: Api, output: Output, sid: Sid) -> None:
    """Show one message and what is known about it: route, carrier, queue, what it waits for, receipts, errors."""
    row = await api.fetch(f"Messages/{sid}")
    known = await api.request("GET", f"/v1/Messages/{sid}")
    if output.is_json:
        output.record({**row, "inspection": known})
        return
    route = known.get("route")
    output.record({**row, **_unlike(row, known)})
    if route:
        output.tree("How it was routed", steps_of(route))


def _unlike(row: Row, known: Row) -> Row:
    """What the inspection adds; its parts one after the other, so that each has a line."""
    added = {name: value for name, value in known.items() if name not in row and name != "route"}
    for name in ("waits_for", "submissions", "media", "notifications"):
        for number, part in enumerate(added.pop(name, None) or [], 1):
            added[f"{name} {number}"] = part
    return added


@api_command(group, "cancel")
async def cancel_message(api: Api, output: Output, sid: Sid) -> None:
    """Cancel a scheduled message."""
    row = await api.send(f"Messages/{sid}", {"Status": "canceled"})
    output.done(f"{row['sid']} is {row['status']}.", row)


@api_command(group, "redact")
async def redact_message(api: Api, output: Output, sid: Sid, yes: Yes = False) -> None:
    """Clear the text of a message that has reached its final status."""
    if not yes:
        output.confirm(f"Clear the text of message {sid}?")
    row = await api.send(f"Messages/{sid}", {"Body": ""})
    output.done(f"The text of {row['sid']} is gone.", row)


@api_command(group, "delete")
async def delete_message(api: Api, output: Output, sid: Sid, yes: Yes = False) -> None:
    """Delete a message that has reached its final status, with its media."""
    if not yes:
        output.confirm(f"Delete message {sid}?")
    await api.delete(f"Messages/{sid}")
    output.done(f"Deleted {sid}.")
