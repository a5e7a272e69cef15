"""`callwright explain`: where a call or message would go, step by step, and what is in its way."""

from typing import Annotated

import typer

from callwright.cli.api import Api, Row
from callwright.cli.carriers import find_carrier
from callwright.cli.command import api_command, given
from callwright.cli.output import Line, Output, in_utc
from callwright.cli.trunks import find_trunk

group = typer.Typer()

_REFUSED = "refused"
#: Kinds of warnings that only tell what is so.
_NOTES = frozenset({"open", "variant"})


@api_command(group, "explain")
async def explain(
    api: Api,
    output: Output,
    to: Annotated[str, typer.Argument(metavar="NUMBER", help="Whom the call or message is for, in E.164.")],
    from_number: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="Who calls or writes [withheld].")
    ] = None,
    sms: Annotated[bool, typer.Option("--sms", help="Explain a message [a call].")] = False,
    at: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="When: ISO 8601 with an offset, 2026-12-25T10:00+01:00 [now].")
    ] = None,
    trunk: Annotated[
        str | None,
        typer.Option(metavar="TRUNK", help="Trunk it comes by, by name or SID; it says how numbers are read."),
    ] = None,
    carrier: Annotated[str | None, typer.Option(metavar="CARRIER", help="Carrier it comes by, by name or SID.")] = None,
) -> None:
    """Tell where a call or message would go and why; nothing is called, asked or changed."""
    query = given(
        to=to, channel="sms" if sms else "voice", at=at, trunk_sid=await find_trunk(api, trunk) if trunk else None,
        carrier_sid=(await find_carrier(api, carrier))["sid"] if carrier else None, **{"from": from_number or None},
    )  # fmt: skip
    row = await api.request("GET", "/v1/Explain", params=query)
    if output.is_json:
        output.record(row)
        return
    output.tree(_title(row), [*steps_of(row["route"]), _outcome(row["outcome"])])
    for warning in row["warnings"]:
        output.note(warning["text"], warning["fix"], is_warning=warning["kind"] not in _NOTES)


def _title(row: Row) -> str:
    sender = row["from"] or "somebody unknown"
    what = "call" if row["channel"] == "voice" else "message"
    return f"{what} from {sender} to {row['to']} at {in_utc(row['at'])} UTC ({row['direction']})"


def steps_of(route: Row | None) -> list[list[Line]]:
    """The steps of a route, each as the lines of its branch."""
    return [_step(reason) for reason in (route or {}).get("reasons", [])]


def _step(reason: Row) -> list[Line]:
    lost: list[Line] = [("dim", "", f"not: {one}") for one in reason.get("lost", [])]
    name = reason.get("step") or "step"
    return [("", name, reason["chose"]), ("cyan", "", f"by: {reason['rule']}"), *lost]


def _outcome(outcome: Row) -> list[Line]:
    if outcome["kind"] != _REFUSED:
        return [("bold green", outcome["kind"], outcome["text"])]
    facts = (("fix", "fix"), ("code", "code"), ("SIP status", "sip_status"))
    told: list[Line] = [("", "", f"{called}: {outcome[name]}") for called, name in facts if outcome[name]]
    return [("bold red", _REFUSED, outcome["cause"]), *told]
