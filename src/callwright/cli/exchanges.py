"""`callwright exchanges`: what web apps were asked and answered, asking again, and what a signature is made of."""

from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Row
from callwright.cli.apps import find_app
from callwright.cli.command import Limit, api_command, given
from callwright.cli.failure import CommandFailed
from callwright.cli.moments import Since, Until, moment_of
from callwright.cli.output import Column, Output, in_utc, moment, printable
from callwright.model.exchange import KINDS

group = typer.Typer(help="What web apps were asked, what they answered, and why not.", no_args_is_help=True)

Sid = Annotated[str, typer.Argument(metavar="SID", help="The exchange's SID, EX….")]

_PATH = "/v1/Exchanges"
_NOTHING = "No exchanges. They are kept for CALLWRIGHT_EXCHANGE_RETENTION_DAYS days (7)."


def _number(row: Row) -> str | None:
    told = f"retry {row['attempt']}" if row["attempt"] else ""
    return ", ".join(filter(None, [told, f"redirect {row['hop']}" if row["hop"] else ""])) or None


def _outcome(row: Row) -> str | None:
    if row["is_failure"]:
        return f"{row['error_code']} {row['error']}"
    return None


_COLUMNS: tuple[Column, ...] = (
    ("SID", "sid"),
    moment("Ended", "date_created"),
    ("Kind", "kind"),
    ("Of", lambda row: row["call_sid"] or row["message_sid"]),
    ("Method", "method"),
    ("Status", "status_code"),
    ("ms", lambda row: round(row["duration_ms"])),
    ("", _number),
    ("URL", lambda row: row["url"].partition("?")[0]),
)


@api_command(group, "list")
async def list_exchanges(
    api: Api,
    output: Output,
    failures: Annotated[bool, typer.Option("--failures", help="Only what failed.")] = False,
    call: Annotated[str | None, typer.Option(metavar="SID", help="Of this call.")] = None,
    message: Annotated[str | None, typer.Option(metavar="SID", help="Of this message.")] = None,
    app: Annotated[str | None, typer.Option(metavar="APP", help="Of this application, by name or SID.")] = None,
    to: Annotated[str | None, typer.Option(metavar="URL", help="Requests to this URL as it is configured.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help=f"One of {', '.join(KINDS)}.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> None:
    """List requests to web apps and carriers with what came of them, newest first."""
    filters = given(
        failures=failures, call_sid=call, message_sid=message, url=to, kind=kind,
        application_sid=await find_app(api, app) if app else None, since=moment_of(since), until=moment_of(until),
    )  # fmt: skip
    rows = await api.extension_rows("Exchanges", "exchanges", limit, filters)
    output.rows(rows, _COLUMNS, _NOTHING, text=("Error", _outcome))


@api_command(group, "show")
async def show_exchange(api: Api, output: Output, sid: Sid) -> None:
    """Show a request as it was sent and the answer as it came, what was signed, its retries, cause and fix."""
    row = await api.request("GET", f"{_PATH}/{sid}")
    if output.is_json:
        output.record(row)
        return
    _show_summary(output, row)
    _show_request(output, row)
    response = row["response"]
    if response is None:
        output.definitions("Answer", [("none", row["error"] or "")])
    else:
        _show_answer(output, response["status_code"], response["headers"], response["body"], response["is_body_cut"])
    if len(row["related"]) > 1:
        output.rows(row["related"], _COLUMNS, "", text=("Error", _outcome))
    known = row["cause"]
    further = [one for one in row["problems"] if known is None or one["code"] != str(known["code"])]
    for cause in filter(None, [known, *further]):
        output.note(f"{cause['code']}: {cause['message']}", cause.get("fix"))


def _show_summary(output: Output, row: Row) -> None:
    application = row["application"] or {}
    facts = {
        "kind": ", ".join(filter(None, [row["kind"], _number(row)])),
        "ended": in_utc(row["date_created"]) if row["date_created"] else None,
        "call": row["call_sid"],
        "message": row["message_sid"],
        "application": _named(application),
        "replay of": row["replay_of"],
        "time": _timing(row),
        "request id": row["request_id"],
        "replayed by": [one["sid"] for one in row["replays"]],
    }
    output.definitions(row["sid"], [(name, _text(value)) for name, value in facts.items() if value])


def _named(application: Row) -> str | None:
    if not application:
        return None
    revision = f", revision {application['revision']}" if application["revision"] else ""
    return f"{application['sid']} ({application['friendly_name']}{revision}; now {application['current_revision']})"


def _timing(row: Row) -> str:
    parts = {"connected after": row["connect_ms"], "answering after": row["first_byte_ms"], "all": row["duration_ms"]}
    return ", ".join(f"{name} {value:g} ms" for name, value in parts.items() if value is not None)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show_request(output: Output, row: Row) -> None:
    request, signature = row["request"], row["signature"]
    output.definitions(f"{request['method']} {request['url']}", _pairs(request["headers"]))
    if request["parameters"]:
        cut = " (parts are not kept)" if request["is_cut"] else ""
        output.definitions(f"Parameters{cut}", _pairs(request["parameters"]))
    if signature["signed_text"]:
        output.definitions("Signed text", [("", signature["signed_text"])])


def _show_answer(output: Output, status: Any, headers: Row, body: str | None, is_cut: bool) -> None:
    output.definitions(f"Answer: {status}", _pairs(headers))
    output.text("Body" + (" (its beginning)" if is_cut else ""), body if body is not None else "(no text)")


def _pairs(values: Row) -> list[tuple[str, str]]:
    return [(printable(str(name)), str(value)) for name, value in values.items()]


@api_command(group, "replay", writes=True)
async def replay_exchange(
    api: Api,
    output: Output,
    sid: Sid,
    to: Annotated[
        str | None, typer.Argument(metavar="URL", help="Another URL to send it to.", show_default=False)
    ] = None,
    method: Annotated[str | None, typer.Option(metavar="METHOD", help="GET or POST; default: as it was.")] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also when parts of its parameters are not kept anymore.")
    ] = False,
) -> None:
    """Send the same parameters again, freshly signed, and show the answer. The call or message is left alone.

    Exit status 3: the web app did not answer with a status of 2xx, or not with a usable document.
    """
    answer = await api.request("POST", f"{_PATH}/{sid}/Replay", json=given(url=to, method=method, anyway=anyway))
    verdict = answer["verdict"] or {}
    if output.is_json:
        output.record(answer)
    else:
        place = f"{answer['method']} {answer['url']}"
        output.done(printable(f"{place} answered {answer['status'] or 'nothing'} after {answer['duration_ms']:g} ms."))
        if answer["status"] is not None:
            _show_answer(output, answer["status"], answer["headers"], answer["body"], answer["is_body_cut"])
        if answer["error"]:
            output.note(f"{answer['error_code']}: {answer['error']}", answer["fix"])
        elif verdict:
            output.note(verdict["verdict"], verdict["fix"], is_warning=not verdict["is_usable"])
    if answer["error"] or (verdict and not verdict["is_usable"]):
        raise CommandFailed("the replay failed", 3)


@api_command(group, "doctor")
async def diagnose(
    api: Api,
    output: Output,
    sid: Annotated[
        str | None, typer.Argument(metavar="SID", help="The exchange's SID; left out for a request that is pasted.")
    ] = None,
    signature: Annotated[str | None, typer.Option(metavar="TEXT", help="The signature that your app computes.")] = None,
    seen_url: Annotated[str | None, typer.Option(metavar="URL", help="The URL as your app sees it.")] = None,
    seen_body: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The raw body as your app sees it: A=1&B=2.")
    ] = None,
    method: Annotated[str, typer.Option(metavar="METHOD", help="Of a request that is pasted: GET or POST.")] = "POST",
    header: Annotated[str | None, typer.Option(metavar="TEXT", help="Its header X-Twilio-Signature.")] = None,
    host: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Host and X-Forwarded-Host your app gets; repeatable.")
    ] = None,
) -> None:
    """Say why your app finds a signature wrong: which URL, parameters and token it signs, and what to change.

    Of an exchange give what you know of your app, the signature it computes or the URL and body it sees; or paste
    a request with --seen-url, --seen-body and --header. Exit status 3: the signature is right, but not for what
    your app signs; 4: it could not be explained.
    """
    if sid:
        evidence = given(computed_signature=signature, received_url=seen_url, received_body=seen_body, hosts=host)
        told = await api.request("POST", f"{_PATH}/{sid}/Doctor", json=evidence)
    elif seen_url and header:
        pasted = given(
            url=seen_url, method=method, body=seen_body, signature=header, computed_signature=signature, hosts=host
        )
        told = await api.request("POST", "/v1/SignatureDoctor", json=pasted)
    else:
        raise CommandFailed("give the SID of an exchange, or --seen-url and --header of a request", 2)
    if output.is_json:
        output.record(told)
    else:
        _show_diagnosis(output, told)
    if told["verdict"] != "valid":
        raise CommandFailed(
            "your app signs something else" if told["findings"] else "not explained", _STATUS[told["verdict"]]
        )


_STATUS = {"explained": 3, "unexplained": 4}


def _show_diagnosis(output: Output, told: Row) -> None:
    if not told["findings"]:
        output.note(told["summary"], None, is_warning=told["verdict"] != "valid")
    for finding in told["findings"]:
        output.note(finding["what"], finding["fix"])
    facts = {
        "was sent": (told["sent"] or {}).get("url"),
        "your app signs": (told["received"] or {}).get("url"),
        "signed text": told["signed_text"],
        "signature": told["signature"],
    }
    shown = [(name, value) for name, value in facts.items() if value]
    if shown:
        output.definitions("Signed", shown)
    mistakes = [(one["signature"], one["finding"]["what"]) for one in told["usual_mistakes"]]
    if mistakes:
        output.definitions("If your app computes", mistakes)
