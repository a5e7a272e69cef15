"""`callwright messages`: texts that came and went, new ones, and what became of each."""

import asyncio
import time
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.carriers import shortened
from callwright.cli.command import Limit, Yes, api_command
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.model.resources.message import FINAL_STATUSES, MessageCreation, MessageFilters

group = typer.Typer(help="Messages: SMS and MMS, in and out.", no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="The message's SID, SM… or MM….")]

_LONGEST_TEXT = 40
_POLL_S = 0.2
#: How long `--wait` looks for answers once the message has arrived.
_ANSWERS_S = 3.0
#: A carrier that sends no receipts leaves a message at `sent`.
_WAIT_S = 60.0
_UNDELIVERED = 3
_OFFLINE = "It goes out when the server runs."
_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Created", "date_created"),
    ("Direction", "direction"),
    ("From", "from"),
    ("To", "to"),
    ("Status", "status"),
    ("Error", "error_code"),
    ("Text", lambda row: shortened(row.get("body"), _LONGEST_TEXT)),
)


@api_command(group, "send", MessageCreation, frozenset({"to", "from_", "body", "media_url", "application_sid"}))
async def send_message(
    api: Api,
    output: Output,
    form: Form,
    to: Annotated[str, typer.Argument(metavar="TO", help="The recipient, in E.164 or a short code.")],
    from_: Annotated[str, typer.Option("--from", metavar="NUMBER", help="A number or short code of yours.")],
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to write; words are joined.")] = None,
    media: Annotated[list[str] | None, typer.Option(metavar="URL", help="A file to send; repeatable.")] = None,
    app: Annotated[
        str | None, typer.Option(metavar="APP", help="Application whose status callback is told, by name or SID.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it to its final status, and show answers.")] = False,
) -> None:
    """Send a message; with --send-at at a later time."""
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
        await _follow(api, output, row)
        return
    follow = f"`callwright messages show {row['sid']}` follows it." if api.is_running else _OFFLINE
    output.done(f"{row['sid']} to {row['to']} is {row['status']}. {follow}", row)


async def _follow(api: Api, output: Output, row: Row) -> None:
    """Print each status; then the answers. Raises CommandFailed (exit status 3) when it did not arrive."""
    before = {message["sid"] for message in await _answers(api, row)}
    row = await _final(api, output, row)
    if row["status"] not in FINAL_STATUSES and not output.is_json:
        output.done(f"No news for {_WAIT_S:.0f} s: `callwright messages show {row['sid']}` tells more.")
    answers = await _wait_for_answers(api, row, before) if row["status"] == "delivered" else []
    if output.is_json:
        output.record({**row, "answers": answers})
    for answer in [] if output.is_json else answers:
        output.done(f"{answer['from']} answers: {answer['body'] or '(no text)'}")
    if row["status"] in ("failed", "undelivered", "canceled"):
        raise CommandFailed(_why(row), _UNDELIVERED)


async def _final(api: Api, output: Output, row: Row) -> Row:
    """Its row once nothing more is to be expected, or for long enough."""
    told, deadline = None, time.monotonic() + _WAIT_S
    while True:
        if row["status"] != told and not output.is_json:
            output.done(f"{row['sid']} is {row['status']}.")
        told = row["status"]
        if told in FINAL_STATUSES or time.monotonic() > deadline:
            return row
        await asyncio.sleep(_POLL_S)
        row = await api.fetch(f"Messages/{row['sid']}")


async def _wait_for_answers(api: Api, row: Row, before: set[str]) -> list[Row]:
    """What came back within a few seconds, oldest first; the first answer ends the wait soon after."""
    deadline = time.monotonic() + _ANSWERS_S
    while True:
        new = [answer for answer in await _answers(api, row) if answer["sid"] not in before]
        if new or time.monotonic() > deadline:
            return new[::-1]
        await asyncio.sleep(_POLL_S)


async def _answers(api: Api, row: Row) -> list[Row]:
    """The newest messages from its recipient that this account received at its sender."""
    found = await api.rows("Messages", "messages", {"From": row["to"], "To": row["from"]}, 20)
    return [message for message in found if message["direction"] == "inbound"]


def _why(row: Row) -> str:
    cause = f": {row['error_message']}" if row.get("error_message") else ""
    code = f" (error {row['error_code']})" if row.get("error_code") else ""
    return f"{row['sid']} is {row['status']}{cause}{code}. `callwright messages show {row['sid']}` tells more."


@api_command(group, "list", MessageFilters)
async def list_messages(api: Api, output: Output, form: Form, limit: Limit = 50) -> None:
    """List messages, newest first."""
    output.rows(await api.rows("Messages", "messages", form, limit), _COLUMNS, "No messages.")


@api_command(group, "show")
async def show_message(api: Api, output: Output, sid: Sid) -> None:
    """Show one message and what is known about it: route, carrier, queue, receipts, errors."""
    row = await api.fetch(f"Messages/{sid}")
    known = await api.request("GET", f"/v1/Messages/{sid}")
    if output.is_json:
        output.record({**row, "inspection": known})
        return
    output.record({**row, **_unlike(row, known)})


def _unlike(row: Row, known: Row) -> Row:
    """What the inspection adds; its parts one after the other, so that each has a line."""
    added = {name: value for name, value in known.items() if name not in row}
    for name in ("submissions", "media", "notifications"):
        for number, part in enumerate(added.pop(name, None) or [], 1):
            added[f"{name} {number}"] = part
    route = added.pop("route", None) or {}
    for number, reason in enumerate(route.get("reasons") or [], 1):
        added[f"route {number}"] = reason
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
        typer.confirm(f"Clear the text of message {sid}?", abort=True)
    row = await api.send(f"Messages/{sid}", {"Body": ""})
    output.done(f"The text of {row['sid']} is gone.", row)


@api_command(group, "delete")
async def delete_message(api: Api, output: Output, sid: Sid, yes: Yes = False) -> None:
    """Delete a message that has reached its final status, with its media."""
    if not yes:
        typer.confirm(f"Delete message {sid}?", abort=True)
    await api.delete(f"Messages/{sid}")
    output.done(f"Deleted {sid}.")
