"""`callwright events`: what happens, while it happens."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Row
from callwright.cli.command import api_command
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Output
from callwright.model.event import KINDS

group = typer.Typer()

_PAUSE_S = 2.0
#: How often in a row a connection may fail before the command gives up.
_MOST_FAILURES = 15


@api_command(group, "events")
async def follow_events(
    api: Api,
    output: Output,
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help=f"Only {', '.join(KINDS)}.")] = None,
    sid: Annotated[
        list[str] | None,
        typer.Option(metavar="SID", help="Only about these: a call, message, application, number, carrier …"),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
) -> None:
    """Follow calls, messages, errors and changes of the configuration, a line each, until Ctrl-C."""
    if not api.is_running:
        raise CommandFailed("no server runs, so nothing happens: start one with `callwright serve`, or give --url")
    seen = 0
    async with aclosing(_followed(api, {"kind": kind or [], "sid": sid or []})) as events:
        async for name, data in events:
            output.line(_told(name, data), {"event": name, **data})
            seen += name != "reset"
            if count is not None and seen >= count:
                return


async def _followed(api: Api, query: dict[str, list[str]]) -> AsyncGenerator[tuple[str, Row], None]:
    """Events, also of the time in which the connection was lost."""
    last_id: str | None = None
    failures = 0
    while True:
        try:
            async with aclosing(api.lines("/v1/Events", query, last_id)) as lines:
                async for event_id, name, data in events_in(lines):
                    last_id, failures = event_id or last_id, 0
                    if name:
                        yield name, data
        except CommandFailed:
            failures += 1
            if last_id is None or failures >= _MOST_FAILURES:
                raise
        await asyncio.sleep(_PAUSE_S)


async def events_in(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, Row]]:
    """Id, name and data of each event of a stream; name is empty where only the id moves on."""
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            data: Any = json.loads(fields.get("data", "{}"))
            yield fields.get("id", ""), fields.get("event", ""), data if isinstance(data, dict) else {}
            fields = {}


def _told(name: str, data: Row) -> str:
    """One line for people."""
    at = str(data.get("at", ""))[11:23].rstrip("Z").ljust(12)
    kind = name.partition(".")[0]
    told = _LINES.get(kind, _of_reset)(data)
    return f"{at}  {name:<24} {told}"


def _of_traffic(row: Row) -> str:
    duration = f", {row['duration_s']} s" if row.get("duration_s") is not None else ""
    error = f", error {row['error_code']}" if row.get("error_code") else ""
    return f"{row.get('from')} → {row.get('to')} ({row.get('direction')}{duration}{error})  {row.get('sid')}"


def _of_problem(row: Row) -> str:
    about = row.get("call_sid") or row.get("message_sid") or row.get("sid")
    return f"{row.get('message')}  {about}"


def _of_configuration(row: Row) -> str:
    what = f"{row['count']} {row['resource']}" if "count" in row else f"{row.get('friendly_name')} {row.get('sid')}"
    fields = f": {', '.join(row['fields'])}" if row.get("fields") else ""
    why = f" — {row['reason']}" if row.get("reason") else ""
    return f"{what}{fields}{why}  by {row.get('credential')}, {row.get('group_id')}"


def _of_reset(row: Row) -> str:
    return str(row.get("reason", ""))


_LINES = {
    "call": _of_traffic,
    "message": _of_traffic,
    "error": _of_problem,
    "warning": _of_problem,
    "configuration": _of_configuration,
}
