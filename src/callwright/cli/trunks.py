"""`callwright trunks`: SIP connections to carriers, by SID or by name."""

from typing import Annotated, Any

import typer

from callwright.cli.api import Api
from callwright.cli.command import IfRevision, Limit, Yes, api_command, expecting
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.config import parse_host_port
from callwright.model.sid import is_sid

group = typer.Typer(help="SIP trunks: whom calls come from and where they go out.", no_args_is_help=True)

Trunk = Annotated[str, typer.Argument(metavar="TRUNK", help="Its SID or its name.")]
Host = Annotated[str | None, typer.Option(metavar="HOST[:PORT]", help="Where outgoing calls are sent.")]
Allow = Annotated[list[str] | None, typer.Option(metavar="CIDR", help="Addresses calls are taken from; repeatable.")]
Transport = Annotated[str | None, typer.Option(help="udp.")]
CountryCode = Annotated[str | None, typer.Option(help="Completes national numbers, for example 44.")]
StripPrefix = Annotated[str | None, typer.Option(help="Taken off numbers before that, for example 9.")]
Priority = Annotated[int | None, typer.Option(help="Lower is tried first for outgoing calls.")]
AnyCallerId = Annotated[
    bool | None, typer.Option("--any-caller-id/--own-caller-id", help="Whether calls may show any caller id.")
]

_PATH = "/v1/Trunks"
_DEFAULT_PORT = 5060
_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Name", "friendly_name"),
    ("Calls go to", lambda row: f"{row['host']}:{row['port']}" if row.get("host") else None),
    ("Calls come from", "allowed_sources"),
    ("Transport", "transport"),
    ("Priority", "priority"),
)


async def find_trunk(api: Api, trunk: str) -> str:
    """The SID of a trunk given by SID or exact name. Raises CommandFailed for none or several."""
    if trunk.startswith("TK") and is_sid(trunk):
        return trunk
    found = [
        row["sid"] for row in await api.extension_rows("Trunks", "trunks", 10_000) if row["friendly_name"] == trunk
    ]
    if len(found) != 1:
        several = f"several trunks are named {trunk!r}: give the SID of one ({', '.join(found)})"
        raise CommandFailed(several if found else f"no trunk is named {trunk!r}. `callwright trunks list` shows all.")
    return str(found[0])


def _settings(host: str | None, allow: list[str] | None, **others: Any) -> dict[str, Any]:
    settings = {name: value for name, value in others.items() if value is not None}
    if host is not None:
        settings |= _place(host)
    if allow:
        settings["allowed_sources"] = [source for source in allow if source]
    return settings


def _place(host: str) -> dict[str, Any]:
    if not host:
        return {"host": None}
    is_bare = ":" not in host or (host.count(":") > 1 and not host.startswith("["))
    try:
        name, port = (host, _DEFAULT_PORT) if is_bare else parse_host_port(host)
    except ValueError as error:
        raise CommandFailed(f"--host: {error}", 2) from error
    return {"host": name, "port": port}


@api_command(group, "list")
async def list_trunks(api: Api, output: Output, limit: Limit = 50) -> None:
    """List trunks."""
    rows = await api.extension_rows("Trunks", "trunks", limit)
    output.rows(rows, _COLUMNS, "No trunks. `callwright trunks add NAME --host HOST:PORT --allow CIDR` makes one.")


@api_command(group, "show")
async def show_trunk(api: Api, output: Output, trunk: Trunk) -> None:
    """Show one trunk."""
    output.record(await api.request("GET", f"{_PATH}/{await find_trunk(api, trunk)}"))


@api_command(group, "create", writes=True)
@api_command(group, "add", writes=True)
async def add_trunk(
    api: Api,
    output: Output,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    host: Host = None,
    allow: Allow = None,
    transport: Transport = None,
    country_code: CountryCode = None,
    strip_prefix: StripPrefix = None,
    priority: Priority = None,
    any_caller_id: AnyCallerId = None,
) -> None:
    """Add a trunk: --host for outgoing calls, --allow for incoming ones."""
    if not host and not any(allow or ()):
        raise CommandFailed("give --host HOST[:PORT] for outgoing calls, --allow CIDR for incoming ones, or both", 2)
    settings = _settings(
        host, allow, transport=transport, country_code=country_code, strip_prefix=strip_prefix,
        priority=priority, any_caller_id=any_caller_id,
    )  # fmt: skip
    row = await api.request("POST", _PATH, json={"friendly_name": name, **settings})
    output.done(f"Created trunk {row['sid']} ({name}).", row)


@api_command(group, "update", writes=True)
async def update_trunk(
    api: Api,
    output: Output,
    trunk: Trunk,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    host: Host = None,
    allow: Allow = None,
    transport: Transport = None,
    country_code: CountryCode = None,
    strip_prefix: StripPrefix = None,
    priority: Priority = None,
    any_caller_id: AnyCallerId = None,
    if_revision: IfRevision = None,
) -> None:
    """Change a trunk; what is not given stays. The next call follows."""
    changes = _settings(
        host, allow, friendly_name=name, transport=transport, country_code=country_code,
        strip_prefix=strip_prefix, priority=priority, any_caller_id=any_caller_id,
    )  # fmt: skip
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --allow CIDR", 2)
    path = f"{_PATH}/{await find_trunk(api, trunk)}"
    row = await api.request("POST", path, json=changes, headers=expecting(if_revision))
    output.done(f"Updated trunk {row['sid']} ({row['friendly_name']}).", row)


@api_command(group, "delete", writes=True)
async def delete_trunk(api: Api, output: Output, trunk: Trunk, yes: Yes = False) -> None:
    """Delete a trunk: calls from its addresses are refused from then on."""
    sid = await find_trunk(api, trunk)
    if not yes:
        output.confirm(f"Delete trunk {sid}?")
    await api.request("DELETE", f"{_PATH}/{sid}")
    output.done(f"Deleted {sid}.")
