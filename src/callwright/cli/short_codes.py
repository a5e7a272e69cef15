"""`callwright short-codes`: numbers of a few digits that send and receive messages."""

from typing import Annotated

import typer

from callwright.cli.api import Api, Form
from callwright.cli.command import IfRevision, Limit, Yes, api_command, expecting
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Column, Output
from callwright.model.naming import to_snake
from callwright.model.resources.short_code import ShortCodeUpdate
from callwright.model.sid import is_sid

group = typer.Typer(help="Short codes that carriers have given you.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="CODE", help="Its digits or its SID.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="Web app that is asked about its messages.")]
Method = Annotated[str | None, typer.Option(help="GET or POST [POST].")]
FallbackUrl = Annotated[str | None, typer.Option(metavar="URL", help="Asked when --sms-url fails.")]

_PATH = "SMS/ShortCodes"
#: The name has an option of its own, the version of the API means nothing here.
_OWN = frozenset({"friendly_name", "api_version"})
_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    ("Short code", "short_code"),
    ("Name", "friendly_name"),
    ("SMS URL", "sms_url"),
)


async def find_short_code(api: Api, code: str) -> str:
    """The SID of a short code given by SID or digits. Raises CommandFailed when there is none."""
    if code.startswith("SC") and is_sid(code):
        return code
    for row in await api.extension_rows("ShortCodes", "short_codes", 10_000):
        if row["short_code"] == code:
            return str(row["sid"])
    raise CommandFailed(f"there is no short code {code}. `callwright short-codes list` shows all.")


@api_command(group, "list")
async def list_short_codes(api: Api, output: Output, limit: Limit = 50) -> None:
    """List short codes."""
    rows = await api.extension_rows("ShortCodes", "short_codes", limit)
    output.rows(rows, _COLUMNS, "No short codes. `callwright short-codes add 12345 --sms-url URL` adds one.")


@api_command(group, "create", writes=True)
@api_command(group, "add", writes=True)
async def add_short_code(
    api: Api,
    output: Output,
    code: Annotated[str, typer.Argument(metavar="CODE", help="3 to 8 digits.")],
    name: Annotated[str | None, typer.Option(help="Its name [the digits].")] = None,
    sms_url: Url = None,
    sms_method: Method = None,
    sms_fallback_url: FallbackUrl = None,
    sms_fallback_method: Method = None,
) -> None:
    """Add a short code."""
    fields = {
        "friendly_name": name,
        "sms_url": sms_url,
        "sms_method": sms_method,
        "sms_fallback_url": sms_fallback_url,
        "sms_fallback_method": sms_fallback_method,
    }
    given = {field: value for field, value in fields.items() if value is not None}
    row = await api.request("POST", "/v1/ShortCodes", json={"short_code": code, **given})
    output.done(f"Added short code {code} ({row['sid']}).", row)


@api_command(group, "show")
async def show_short_code(api: Api, output: Output, code: Code) -> None:
    """Show one short code."""
    output.record(await api.fetch(f"{_PATH}/{await find_short_code(api, code)}"))


@api_command(group, "update", ShortCodeUpdate, _OWN, writes=True)
async def update_short_code(
    api: Api,
    output: Output,
    form: Form,
    code: Code,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    if_revision: IfRevision = None,
) -> None:
    """Change a short code; "" clears a setting. The next message follows."""
    changes = {to_snake(parameter): value or None for parameter, value in form.items()}
    if name is not None:
        changes["friendly_name"] = name or None
    if not changes:
        raise CommandFailed("nothing to change: give at least one setting, for example --sms-url URL", 2)
    path = f"/v1/ShortCodes/{await find_short_code(api, code)}"
    row = await api.request("POST", path, json=changes, headers=expecting(if_revision))
    output.done(f"Updated {row['short_code']}.", row)


@api_command(group, "delete", writes=True)
async def delete_short_code(api: Api, output: Output, code: Code, yes: Yes = False) -> None:
    """Delete a short code: messages to it are refused from then on."""
    sid = await find_short_code(api, code)
    if not yes:
        output.confirm(f"Delete short code {code}?")
    await api.request("DELETE", f"/v1/ShortCodes/{sid}")
    output.done(f"Deleted {sid}.")
