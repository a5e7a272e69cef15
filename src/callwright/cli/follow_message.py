"""`messages send --wait`: a message's statuses as they come, why it waits, what became of it at its web app."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from callwright.cli.api import Api, Row
from callwright.cli.failure import CommandFailed, with_code
from callwright.cli.output import Output
from callwright.model.resources.message import FINAL_STATUSES
from callwright.model.resources.notification import ERROR

_POLL_S = 0.2
#: After so long without news it is told, once, what the message waits for.
_PATIENCE_S = 5.0
#: How long it is looked for what its web app does with it, once the message has arrived.
_ANSWERS_S = 3.0
_NOT_ARRIVED = frozenset({"failed", "undelivered", "canceled"})
_UNDELIVERED = 3


@dataclass
class AtItsNumber:
    """What became of a message that arrived at a number of this account.

    `received` is the inspection of the message as it came in there, None where it is not (yet) to be seen.
    `answers` are the messages that came back, oldest first.
    """

    received: Row | None
    answers: list[Row]

    @property
    def problems(self) -> list[Row]:
        """What the debugger was told, oldest first."""
        notifications = self.received["notifications"] if self.received else []
        return [problem for problem in reversed(notifications) if problem["log"] == ERROR]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected: its web app is done, and its replies have come."""
        received = self.received
        if received is None or not received["is_answered"]:
            return False
        return len(self.answers) >= max(len(received["replies"]), 1 if received["opt_out_type"] else 0)


async def follow_message(api: Api, output: Output, row: Row, timeout_s: float) -> None:
    """Print each status, then what its web app did.

    Raises CommandFailed (exit status 3) when it did not arrive, or has not left when the time is over.
    """
    sent = row
    row = await _final(api, output, row, timeout_s)
    found = await _at_its_number(api, sent) if row["status"] == "delivered" else AtItsNumber(None, [])
    if output.is_json:
        received_sid = found.received["sid"] if found.received else None
        output.record({**row, "received_sid": received_sid, "answers": found.answers, "problems": found.problems})
    else:
        _tell(output, found)
    if row["status"] in _NOT_ARRIVED:
        raise CommandFailed(_why(row), _UNDELIVERED)
    if row["status"] not in FINAL_STATUSES:
        _tell_unfinished(output, row, timeout_s)


def _tell_unfinished(output: Output, row: Row, timeout_s: float) -> None:
    """Raises CommandFailed, unless the carrier has the message: some never send receipts."""
    told = f"{row['sid']} is still {row['status']} after {timeout_s:g} s. {_tells_more(row['sid'])}"
    if row["status"] != "sent":
        raise CommandFailed(told, _UNDELIVERED)
    if not output.is_json:
        output.done(told)


def _tell(output: Output, found: AtItsNumber) -> None:
    for problem in found.problems:
        told = with_code(f"Its web app failed: {problem['message_text']}", f"error {problem['error_code']}")
        output.done(f"{told}. {_tells_more(found.received['sid'])}" if found.received else told)
    for answer in found.answers:
        output.done(f"{answer['from']} answers: {answer['body'] or '(no text)'}")
    if found.received and not found.received["is_answered"] and not found.problems and not found.answers:
        output.done(f"Its web app has not answered yet: {_tells_more(found.received['sid'])}")


async def _final(api: Api, output: Output, row: Row, timeout_s: float) -> Row:
    """Its row once nothing more is to be expected, or after that time."""
    told, start = None, time.monotonic()
    explain_at = start + _PATIENCE_S
    while True:
        if row["status"] != told and not output.is_json:
            output.done(f"{row['sid']} is {row['status']}.")
        told = row["status"]
        now = time.monotonic()
        if told in FINAL_STATUSES or now > start + timeout_s:
            return row
        if now > explain_at and not output.is_json:
            why = await _why_it_waits(api, row["sid"])
            explain_at = float("inf") if why else now + _PATIENCE_S
            if why:
                output.done(why)
        await asyncio.sleep(_POLL_S)
        row = await api.fetch(f"Messages/{row['sid']}")


async def _why_it_waits(api: Api, sid: str) -> str | None:
    known = await api.request("GET", f"/v1/Messages/{sid}")
    if known["status"] == "sent":
        return "The carrier has it and has sent no receipt so far."
    return waiting_reason(known, datetime.now(UTC))


def waiting_reason(known: Row, now: datetime) -> str | None:
    """What a message waits for, from its inspection; None when it does not wait, or nobody knows."""
    carriers = known.get("waits_for") or []
    if carriers and not any(carrier.get("is_ready") or carrier["state"] == "ready" for carrier in carriers):
        return f"It waits for {'; or for '.join(_carrier(carrier) for carrier in carriers)}"
    queue = known.get("queue")
    if not queue or datetime.fromisoformat(queue["due"]) <= now:
        return None
    due = f"{datetime.fromisoformat(queue['due']).astimezone(UTC):%H:%M:%S} UTC"
    failure = (known.get("sending") or {}).get("last_failure")
    if queue["attempt"] and failure:
        return f"It is tried again at {due}: {failure}"
    return (
        f"Its turn is at {due}: CALLWRIGHT_MESSAGES_PER_SECOND and CALLWRIGHT_SHORT_CODE_MESSAGES_PER_SECOND of the "
        "server say how fast a sender may write."
    )


def _carrier(carrier: Row) -> str:
    detail = f": {carrier['detail']}" if carrier.get("detail") else ""
    return f"carrier {carrier['friendly_name']}, which is {carrier['state']}{detail}"


async def _at_its_number(api: Api, sent: Row) -> AtItsNumber:
    """What is known of it within a few seconds."""
    deadline = time.monotonic() + _ANSWERS_S
    while True:
        found = AtItsNumber(await _received(api, sent), await _answers(api, sent))
        if found.is_over or time.monotonic() > deadline:
            return found
        await asyncio.sleep(_POLL_S)


async def _received(api: Api, sent: Row) -> Row | None:
    """The inspection of the message as the number it was sent to received it."""
    rows = await _inbound(api, sent["from"], sent["to"], since=sent)
    same = [row for row in rows if row["body"] == sent["body"]]
    return await api.request("GET", f"/v1/Messages/{same[0]['sid']}") if same else None


async def _answers(api: Api, sent: Row) -> list[Row]:
    return await _inbound(api, sent["to"], sent["from"], since=sent)


async def _inbound(api: Api, sender: str, recipient: str, since: Row) -> list[Row]:
    """What this account received from one number at the other after a message was made; oldest first."""
    found = await api.rows("Messages", "messages", {"From": sender, "To": recipient}, 20)
    return [row for row in reversed(found) if row["direction"] == "inbound" and _age(row) > _age(since)]


def _age(row: Row) -> str:
    """What grows from message to message: SIDs do, but for their prefix (ADR 0002)."""
    return str(row["sid"][2:])


def _why(row: Row) -> str:
    told = f"{row['sid']} is {row['status']}"
    if row.get("error_message"):
        told += f": {row['error_message']}"
    if row.get("error_code"):
        told = with_code(told, f"error {row['error_code']}")
    return f"{told.rstrip('.')}. {_tells_more(row['sid'])}"


def _tells_more(sid: str) -> str:
    return f"`callwright messages show {sid}` tells more."
