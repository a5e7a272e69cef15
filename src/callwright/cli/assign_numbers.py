"""`callwright numbers assign`: where many numbers go, changed at once, after a look at what differs."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from callwright.cli import number_search
from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.command import Yes, api_command
from callwright.cli.difference import Difference, show_differences
from callwright.cli.failure import CommandFailed
from callwright.cli.numbers import SmsApp, VoiceApp, group
from callwright.cli.output import Output
from callwright.cli.trunks import find_trunk
from callwright.model.naming import to_snake
from callwright.model.resources.incoming_phone_number import NumberSettings

_PATH = "/v1/Numbers/Bulk"
_CHUNK = 64 * 1024
#: Filters as `numbers list` calls them, where the API calls them otherwise.
_FILTER_NAMES = {
    "app": "application_sid",
    "voice_app": "voice_application_sid",
    "sms_app": "sms_application_sid",
    "trunk": "trunk_sid",
    "webhook": "url",
}
#: Settings that have options of their own here, or make no sense for many.
_WITHOUT = frozenset({"trunk_sid", "voice_application_sid", "sms_application_sid", "friendly_name"})
_SEVERAL = frozenset({"capability", "tag", "target"})
_STAGES = {
    "sending": "sending",
    "checking": "waiting and checking",
    "reading": "reading numbers",
    "writing": "writing numbers",
}

Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Numbers that meet it, as the options of `numbers list`: tag=retail, country=US, voice-app=Shop, "
        "app, sms-app, trunk, webhook, text, phone-number, type, capability, target. Repeatable: all have to hold.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="All numbers of the account.")]
Numbers = Annotated[list[str] | None, typer.Option("--number", metavar="NUMBER", help="This one; repeatable.")]
Table = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="A table: phone_number or sid, then what to change, a column each. An empty cell leaves, - clears.",
    ),
]
Trunk = Annotated[str | None, typer.Option(metavar="TRUNK", help='Trunk for calls, by name or SID; "" clears.')]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would differ.")]
Shown = Annotated[int, typer.Option("--show", min=0, max=10_000, help="Show the difference of so many numbers.")]


@api_command(group, "assign", NumberSettings, _WITHOUT, writes=True)
async def assign(
    api: Api,
    output: Output,
    form: Form,
    where: Where = None,
    all_: All = False,
    number: Numbers = None,
    csv: Table = None,
    voice_app: VoiceApp = None,
    sms_app: SmsApp = None,
    trunk: Trunk = None,
    tag: number_search.NewTags = None,
    add_tag: number_search.AddedTags = None,
    remove_tag: number_search.RemovedTags = None,
    notes: number_search.Notes = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    show: Shown = 10,
) -> None:
    """Change where many numbers go, all or nothing; shows what differs and asks before. "" clears a setting."""
    ours = number_search.own_settings(tag, add_tag, remove_tag, notes)
    changes = {**number_search.as_json(form), **await _targets(api, voice_app, sms_app, trunk), **ours}
    request = await _request(api, where, all_, number, csv, changes)
    planned = await request.sent(output, dry_run=True, limit=show)
    if not planned["matched"]:
        raise CommandFailed("no number meets that: `callwright numbers list` shows which there are, with their tags")
    if dry_run or not planned["changed"]:
        if not output.is_json:
            _show(output, planned)
        output.done(_summary(planned), planned)
        return
    if not yes:
        _show(output, planned)
        output.confirm(f"{_summary(planned)} Change them?")
    done = await request.sent(output, dry_run=False, limit=show, expected_count=planned["matched"])
    group_id = done["group_id"]
    undo = f" Undo: callwright revisions undo {group_id}" if group_id else ""
    output.done(f"Changed {done['changed']} numbers ({group_id}).{undo}", done)


async def _targets(api: Api, voice_app: str | None, sms_app: str | None, trunk: str | None) -> dict[str, Any]:
    """Applications and trunk by name or SID, as SIDs; "" clears."""
    given: dict[str, Any] = {}
    for name, app in (("voice_application_sid", voice_app), ("sms_application_sid", sms_app)):
        if app is not None:
            given[name] = await find_app(api, app) if app else None
    if trunk is not None:
        given["trunk_sid"] = await find_trunk(api, trunk) if trunk else None
    return given


class _Request:
    """The request, as JSON or as a table."""

    def __init__(self, api: Api, body: Mapping[str, Any] | None, table: bytes | None) -> None:
        self._api = api
        self._body = body
        self._table = table

    async def sent(self, output: Output, **options: Any) -> Row:
        """The answer; a bar shows how far it is, where somebody looks. Raises CommandFailed."""
        given = {name: value for name, value in options.items() if value is not None}
        with _Bar(is_shown=not output.is_json) as bar:
            if self._table is not None:
                query = {name: str(value).lower() for name, value in given.items()}
                headers = {"Content-Type": "text/csv"}
                return await self._api.followed(_PATH, bar.told, query, headers, _parts(self._table, bar))
            content = json.dumps({**(self._body or {}), **given}).encode()
            headers = {"Content-Type": "application/json"}
            return await self._api.followed(_PATH, bar.told, {}, headers, _parts(content, bar))


async def _parts(content: bytes, bar: "_Bar") -> AsyncIterator[bytes]:
    for first in range(0, len(content), _CHUNK):
        yield content[first : first + _CHUNK]
        bar.told({"stage": "sending", "done": min(first + _CHUNK, len(content)), "total": len(content)})


async def _request(
    api: Api,
    where: list[str] | None,
    all_: bool,
    numbers: list[str] | None,
    table: Path | None,
    changes: Mapping[str, Any],
) -> _Request:
    if sum(map(bool, (where, all_, numbers, table))) != 1:
        raise CommandFailed("which numbers? Give one of --where NAME=VALUE, --number, --csv FILE, or --all", 2)
    if table is not None:
        if changes:
            raise CommandFailed("what to change stands in the table: leave the other settings out", 2)
        return _Request(api, None, _read(table))
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --voice-app APP", 2)
    if where:
        return _Request(api, {"where": await _filters(api, where), "changes": changes}, None)
    return _Request(
        api, {"numbers": numbers, "changes": changes} if numbers else {"all": True, "changes": changes}, None
    )


def _read(table: Path) -> bytes:
    try:
        return table.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{table} cannot be read: {error.strerror or error}", 2) from error


async def _filters(api: Api, where: list[str]) -> dict[str, Any]:
    """Filters of the API, from NAME=VALUE; names that it does not have are its to refuse."""
    filters: dict[str, Any] = {}
    for one in where:
        name, sign, value = one.partition("=")
        name = to_snake(name) if name[:1].isupper() else name.strip().replace("-", "_")
        if not sign or not name:
            raise CommandFailed(f"--where {one}: give NAME=VALUE, for example tag=retail", 2)
        name = _FILTER_NAMES.get(name, name)
        if name in filters and name not in _SEVERAL:
            raise CommandFailed(f"--where {one}: {name} is given twice, but a number can meet only one of them", 2)
        filters[name] = [*filters.get(name, []), value] if name in _SEVERAL else value
    return await number_search.with_sids(api, filters)


def _show(output: Output, planned: Row) -> None:
    """The distinct differences with their counts, then the first numbers."""
    distinct = [Difference(_count(one["count"]), "update", one["difference"]) for one in planned["changes"]]
    if planned["distinct_changes"] > 1 or not planned["numbers"]:
        show_differences(output, distinct, "Nothing differs.")
    numbers = [
        Difference(f"{one['phone_number']} {one['sid']}", "update", one["difference"]) for one in planned["numbers"]
    ]
    if numbers:
        show_differences(output, numbers)


def _count(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def _summary(planned: Row) -> str:
    return f"{_count(planned['matched'])} meant: {planned['changed']} differ, {planned['unchanged']} have it already."


class _Bar:
    """A progress bar on a terminal; elsewhere nothing."""

    def __init__(self, *, is_shown: bool) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        is_seen = is_shown and sys.stderr.isatty()
        self._progress = Progress(*columns, console=console, transient=True, disable=not is_seen)
        self._task: TaskID | None = None

    def __enter__(self) -> "_Bar":
        self._progress.start()
        self._task = self._progress.add_task("sending", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, line: Row) -> None:
        if self._task is not None:
            stage = _STAGES.get(str(line.get("stage")), "working")
            self._progress.update(
                self._task, description=stage, completed=line.get("done") or 0, total=line.get("total")
            )
