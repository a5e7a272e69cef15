"""`callwright carriers`: connections to SMS carriers, by SID or by name."""

import shlex
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Row
from callwright.cli.carrier_options import described, flags_of, setting_options, settings_of, with_options
from callwright.cli.command import IfRevision, Limit, Yes, api_command, expecting
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.model.sid import is_sid
from callwright.usecases.ports import CarrierSetting

group = typer.Typer(help="SMS carriers: how messages leave and arrive.", no_args_is_help=True)

Carrier = Annotated[str, typer.Argument(metavar="CARRIER", help="Its SID or its name.")]
Kind = Annotated[str, typer.Option(metavar="KIND", help="smpp, http, loopback: `callwright carriers kinds`.")]
Priority = Annotated[int | None, typer.Option(help="Lower is tried first [10].")]
Senders = Annotated[
    list[str] | None,
    typer.Option("--sender", metavar="NUMBER", help="Only these send by it; a prefix ends in *. Repeatable."),
]
Destinations = Annotated[
    list[str] | None,
    typer.Option("--destination", metavar="PREFIX", help="Only to these, for example +49. Repeatable."),
]
Rate = Annotated[
    str | None,
    typer.Option("--messages-per-second", metavar="NUMBER", help="Most messages handed over [as many as it takes]."),
]
Retry = Annotated[
    bool | None,
    typer.Option(
        "--retry-unacknowledged/--no-retry-unacknowledged",
        help="Whether to hand over again what was lost before the carrier's answer: it may arrive twice.",
    ),
]
Enabled = Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it connects.")]

_PATH = "/v1/Carriers"
_OPTIONS = setting_options()
#: Objects within a carrier, and what stands before the names in them.
_PARTS = {"settings": "setting", "secrets": "secret", "connection": "connection"}
_OFFLINE = "It connects when the server runs."
_NOTHING = (
    "No carriers: messages reach numbers of this server only. "
    "`callwright carriers add NAME --kind smpp --host HOST:PORT` adds one."
)


def _state(row: Row) -> Any:
    return (row.get("connection") or {}).get("state")


def _detail(row: Row) -> str | None:
    return (row.get("connection") or {}).get("detail")


_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Name", "friendly_name"),
    ("Kind", "kind"),
    ("State", _state),
    ("Priority", "priority"),
    ("Senders", "senders"),
    ("Destinations", "destinations"),
)


async def find_carrier(api: Api, carrier: str) -> Row:
    """The carrier of that SID or exact name. Raises CommandFailed when there is none."""
    if carrier.startswith("CR") and is_sid(carrier):
        return await api.request("GET", f"{_PATH}/{carrier}")
    for row in await api.extension_rows("Carriers", "carriers", 10_000):
        if row["friendly_name"] == carrier:
            return row
    raise CommandFailed(f"no carrier is named {carrier!r}. `callwright carriers list` shows all.")


def _fields(rate: str | None, senders: list[str] | None, destinations: list[str] | None, **others: Any) -> Row:
    """What was given, as fields of the API."""
    fields = {name: value for name, value in others.items() if value is not None}
    for name, values in (("senders", senders), ("destinations", destinations)):
        if values:
            fields[name] = [value for value in values if value]
    if rate is not None:
        fields["messages_per_second"] = _number(rate)
    return fields


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise CommandFailed(f"--messages-per-second: {text!r} is no number", 2) from None


def _in_lines(row: Row) -> Row:
    """Its connection and each setting on a line of their own."""
    lines = {name: value for name, value in row.items() if name not in _PARTS}
    connection = row.get("connection") or {}
    if connection.get("detail"):
        command = f"callwright carriers update {shlex.quote(row['friendly_name'])}"
        connection = {**connection, "detail": with_options(connection["detail"], row["kind"], command)}
        row = {**row, "connection": connection}
    for part in _PARTS:
        lines.update({f"{_PARTS[part]} {name}": value for name, value in (row.get(part) or {}).items()})
    return lines


async def _saved(api: Api, path: str, fields: Row, kind: str, if_revision: int | None = None) -> Row:
    """The carrier as it is now. What the server refuses is told with the options that set it."""
    try:
        return await api.request("POST", path, json=fields, headers=expecting(if_revision))
    except CommandFailed as refusal:
        raise CommandFailed(with_options(str(refusal), kind), refusal.exit_code) from refusal


@api_command(group, "list")
async def list_carriers(api: Api, output: Output, limit: Limit = 50) -> None:
    """List carriers, with the state of their connections."""
    rows = await api.extension_rows("Carriers", "carriers", limit)
    output.rows(rows, _COLUMNS, _NOTHING, text=("Detail", _detail))


@api_command(group, "show")
async def show_carrier(api: Api, output: Output, carrier: Carrier) -> None:
    """Show one carrier, its settings and its connection; secrets are not shown."""
    row = await find_carrier(api, carrier)
    output.record(row if output.is_json else _in_lines(row))


@api_command(group, "kinds")
async def list_kinds(
    api: Api,
    output: Output,
    name: Annotated[str | None, typer.Argument(metavar="KIND", help="Only this one.")] = None,
) -> None:
    """List the kinds of carriers and what each can be set to."""
    kinds = (await api.request("GET", "/v1/CarrierKinds"))["carrier_kinds"]
    chosen = [kind for kind in kinds if name in (None, kind["name"])]
    if not chosen:
        known = ", ".join(kind["name"] for kind in kinds)
        raise CommandFailed(f"there is no kind {name!r}: give one of {known}", 2)
    if output.is_json:
        output.rows(chosen, (), "")
        return
    for kind in chosen:
        output.definitions(f"{kind['name']}: {kind['summary']}", _settings_of_kind(kind))


def _settings_of_kind(kind: Row) -> list[tuple[str, str]]:
    """The option of each setting, and its meaning; the server may know settings that this program does not."""
    flags = flags_of(kind["name"])
    return [(flags.get(row["name"], row["name"]), described(_setting(row))) for row in kind["settings"]]


def _setting(row: Row) -> CarrierSetting:
    return CarrierSetting(
        row["name"], row["type"], row["description"], row["is_required"], row["is_secret"], row["default"]
    )


@api_command(group, "create", settings=_OPTIONS, writes=True)
@api_command(group, "add", settings=_OPTIONS, writes=True)
async def add_carrier(
    api: Api,
    output: Output,
    settings: dict[str, Any],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    kind: Kind,
    priority: Priority = None,
    senders: Senders = None,
    destinations: Destinations = None,
    rate: Rate = None,
    retry: Retry = None,
    enabled: Enabled = None,
) -> None:
    """Add a carrier; the options of each kind stand together, below its name."""
    fields = _fields(
        rate, senders, destinations, priority=priority, retry_unacknowledged=retry, is_enabled=enabled
    )  # fmt: skip
    fields |= {"friendly_name": name, "kind": kind, **settings_of(kind, settings).fields}
    row = await _saved(api, _PATH, fields, kind)
    follow = f"`callwright carriers show {row['sid']}` tells how it connects." if api.is_running else _OFFLINE
    output.done(f"Created carrier {row['sid']} ({name}). {follow}", row)


@api_command(group, "update", settings=_OPTIONS, writes=True)
async def update_carrier(
    api: Api,
    output: Output,
    settings: dict[str, Any],
    carrier: Carrier,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    priority: Priority = None,
    senders: Senders = None,
    destinations: Destinations = None,
    rate: Rate = None,
    retry: Retry = None,
    enabled: Enabled = None,
    if_revision: IfRevision = None,
) -> None:
    """Change a carrier; what is not given stays, "" clears a setting. With other settings it connects again."""
    changes = _fields(
        rate, senders, destinations, friendly_name=name, priority=priority, retry_unacknowledged=retry,
        is_enabled=enabled,
    )  # fmt: skip
    if not changes and not settings:
        raise CommandFailed("nothing to change: give at least one setting, for example --priority 5", 2)
    before = await find_carrier(api, carrier)
    changes |= settings_of(before["kind"], settings).fields
    row = await _saved(api, f"{_PATH}/{before['sid']}", changes, before["kind"], if_revision)
    output.done(f"Updated carrier {row['sid']} ({row['friendly_name']}).", row)


@api_command(group, "delete", writes=True)
async def delete_carrier(api: Api, output: Output, carrier: Carrier, yes: Yes = False) -> None:
    """Delete a carrier; messages that wait for it go by another."""
    row = await find_carrier(api, carrier)
    if not yes:
        output.confirm(f"Delete carrier {row['sid']} ({row['friendly_name']})?")
    await api.request("DELETE", f"{_PATH}/{row['sid']}")
    output.done(f"Deleted {row['sid']}.")
