"""Move a message forward and enqueue the status callback that this owes, in one transaction."""

from typing import Any

from callwright.model.delivery_error import TEXTS
from callwright.model.resources.message import FINAL_STATUSES, Message
from callwright.model.submission import Submission
from callwright.usecases.ports import Condition, Job, UnitOfWork
from callwright.usecases.progress_call import DELIVER_STATUS_CALLBACK
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.retain_message import hides_address, is_kept_whole, retain_later, retained

#: Order of a message's life; a status never goes back. What is final stays, but for `delivered`, which may be `read`.
_RANK = {
    "accepted": 0, "scheduled": 0, "receiving": 0, "queued": 1, "sending": 2, "sent": 3, "partially_delivered": 4,
    "delivered": 5, "undelivered": 5, "failed": 5, "received": 5, "canceled": 5, "read": 6,
}  # fmt: skip
#: Statuses that a status callback tells (reference: webhooks, Messages).
_TOLD = frozenset({"sent", "delivered", "undelivered", "failed", "read", "canceled"})
_HANDED_OVER = frozenset({"sent", "delivered", "undelivered", "read"})
_UNSUCCESSFUL = frozenset({"undelivered", "failed"})
#: Codes of the delivery itself; those of media and such have been reported where they arose.
_DELIVERY_CODES = range(30_000, 31_000)


def progress_message(unit: UnitOfWork, message: Message, status: str, facts: dict[str, Any] | None = None) -> Message:
    """Set the message's status and other facts of it, unless it has come so far already; answers the row.

    `message` is as this transaction has read it. Of an unsuccessful one the facts have `error_code` (and
    `error_message` where more is known than the code's text); the debugger is told as well.
    """
    if not is_forward(message.status, status):
        return message
    changes = {**(facts or {}), "status": status}
    if status in _HANDED_OVER and message.date_sent is None:
        changes["date_sent"] = unit.now
    if status in _UNSUCCESSFUL:
        changes["error_message"] = changes.get("error_message") or TEXTS.get(changes.get("error_code") or 0)
    if not is_kept_whole(message):
        changes |= _retention(unit, message, status, changes.get("error_message"))
    changed = unit.update(message, changes)
    if status in _UNSUCCESSFUL and changed.error_code in _DELIVERY_CODES:
        report_problem(unit, changed, Problem(changed.error_code or 0, changed.error_message or ""))
    if changed.status_callback and status in _TOLD:
        unit.enqueue(_callback(changed))
    return changed


def is_forward(before: str, after: str) -> bool:
    """Whether a message may go from one status to the other."""
    if before in FINAL_STATUSES:
        return (before, after) == ("delivered", "read")
    return _RANK[after] > _RANK[before]


def is_over(unit: UnitOfWork, message: Message) -> bool:
    """Whether nothing more happens to it: it is final, or was sent and no receipt is to be expected."""
    if message.is_final:
        return True
    if message.status != "sent":
        return False
    is_expired = message.expires_at is not None and message.expires_at <= unit.now
    return is_expired or unit.find(Submission, Condition("message_sid", message.sid)) is None


def waits_for(message: Message) -> str:
    """What to wait for until a message is over, for people."""
    if message.status == "sent" and message.expires_at is not None:
        until = message.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"wait for its receipt, or until {until}, when its ValidityPeriod is over and none is expected anymore"
    return "wait for its final status"


def _retention(unit: UnitOfWork, message: Message, status: str, error_message: str | None) -> dict[str, Any]:
    if status in FINAL_STATUSES and not message.is_final:
        return retained(unit, message, error_message)
    if status == "sent":
        retain_later(unit, message)
    return {}


def _callback(message: Message) -> Job:
    parameters = {
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "AccountSid": message.account_sid,
        "From": message.from_ or "",
        "To": message.to or "",
        "ApiVersion": message.api_version,
    }
    if message.status in _UNSUCCESSFUL and message.error_code is not None:
        parameters["ErrorCode"] = str(message.error_code)
    if message.raw_receipt_date:
        parameters["RawDlrDoneDate"] = message.raw_receipt_date
    arguments: dict[str, Any] = {
        "message_sid": message.sid,
        "account_sid": message.account_sid,
        "application_sid": message.application_sid,
        "url": message.status_callback,
        "method": "POST",
        "parameters": parameters,
    }
    if hides_address(message) and not message.is_final:  # the final one has the obfuscated address already
        arguments["unlogged"] = ["To"]
    return Job(DELIVER_STATUS_CALLBACK, arguments, lane=f"callbacks:{message.sid}", account_sid=message.account_sid)
