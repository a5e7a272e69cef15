"""Store what came of handing a message to its carrier, and say when it is to be tried again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callwright.model.carrier_routing import choose_carriers
from callwright.model.delivery_error import UNKNOWN_ERROR
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import LOCAL_KINDS, Carrier
from callwright.model.resources.message import Message
from callwright.model.submission import Submission
from callwright.usecases.apply_receipt import apply_early_receipts
from callwright.usecases.carrier_traffic import (
    Accepted,
    ForThisServer,
    Outcome,
    Postponed,
    Refused,
    Sending,
    Unacknowledged,
)
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.progress_message import progress_message
from callwright.usecases.receive_message import deliver_here
from callwright.usecases.retain_message import retained
from callwright.usecases.routed_message import unreachable

_FIRST_DELAY_S, _LONGEST_DELAY_S = 5.0, 300.0


@dataclass(frozen=True)
class Attempt:
    """A claimed row, its message and the carrier it was claimed for (None: this server itself)."""

    unit: UnitOfWork
    row: QueuedMessage
    message: Message
    carrier: Carrier | None

    @property
    def carrier_name(self) -> str:
        return f"Carrier {self.carrier.friendly_name}" if self.carrier is not None else "This server"


def settle_message(unit: UnitOfWork, sending: Sending, outcome: Outcome, settings: Any) -> datetime | None:
    """The moment from which on the message may be claimed again; None when it is out of the queue.

    An outcome that comes a second time, or after the row was claimed again, changes nothing.
    """
    row = unit.get(QueuedMessage, sending.queued_sid)
    if row is None or row.node is None or row.attempt != sending.attempt:
        return None
    message = unit.get(Message, row.message_sid)
    if message is None or message.is_final:
        unit.delete(row)
        return None
    return _SETTLE[type(outcome)](Attempt(unit, row, message, sending.carrier), outcome, settings)


def settle_unacknowledged(attempt: Attempt, outcome: Unacknowledged, delay_s: float | None = None) -> datetime | None:
    """The carrier may have it or not: it is tried again only where that does no harm, or is wanted nevertheless."""
    carrier = attempt.carrier
    may_retry = carrier is None or carrier.kind in LOCAL_KINDS or carrier.retry_unacknowledged
    if may_retry and not outcome.carrier_message_ids:
        return _try_again(attempt, f"{attempt.carrier_name} did not answer: {outcome.reason}", delay_s)
    text = (
        f"Unknown error: {attempt.carrier_name} did not acknowledge the message, so it may have been delivered or "
        f"not: {outcome.reason}. To hand such messages over again, and have some arrive twice, set the carrier's "
        "retry_unacknowledged."
    )
    facts = {"error_code": UNKNOWN_ERROR, "error_message": text}
    submissions = _submitted(attempt, outcome.carrier_message_ids)
    attempt.unit.delete(attempt.row)
    progress_message(attempt.unit, attempt.message, "undelivered", facts)
    apply_early_receipts(attempt.unit, submissions)
    return None


def _settle_accepted(attempt: Attempt, outcome: Accepted, settings: Any) -> None:
    unit = attempt.unit
    submissions = _submitted(attempt, outcome.carrier_message_ids)
    unit.delete(attempt.row)
    message = progress_message(unit, attempt.message, "sent")
    if outcome.is_delivered:
        progress_message(unit, message, "delivered")
    elif submissions:
        apply_early_receipts(unit, submissions)
    else:
        _end_without_receipt(unit, message)


def _end_without_receipt(unit: UnitOfWork, message: Message) -> None:
    changes = retained(unit, message)
    if changes:
        unit.update(message, changes)


def _submitted(attempt: Attempt, carrier_message_ids: Sequence[str]) -> list[Submission]:
    """Store what receipts are to find: a row for each part that has an identifier."""
    carrier, message = attempt.carrier, attempt.message
    if carrier is None:
        return []
    return [
        attempt.unit.insert(
            Submission.model_construct(
                sid=attempt.unit.new_sid("SB"),
                account_sid=message.account_sid,
                message_sid=message.sid,
                carrier_sid=carrier.sid,
                carrier_message_id=carrier_message_id,
                part=part,
            )
        )
        for part, carrier_message_id in enumerate(carrier_message_ids, 1)
        if carrier_message_id
    ]


def _settle_refused(attempt: Attempt, outcome: Refused, settings: Any) -> datetime | None:
    reason = f"{attempt.carrier_name} refused it: {outcome.reason}"
    if outcome.try_elsewhere:
        return _try_elsewhere(attempt, reason)
    _failed(attempt, outcome.code, reason)
    return None


def _failed(attempt: Attempt, code: int, text: str) -> None:
    attempt.unit.delete(attempt.row)
    progress_message(attempt.unit, attempt.message, "failed", {"error_code": code, "error_message": text})


def _try_elsewhere(attempt: Attempt, reason: str) -> datetime:
    """At once by a carrier that has not been tried; when none is left, by all of them after a while."""
    sid = attempt.carrier.sid if attempt.carrier is not None else ""
    tried = [*attempt.row.tried, sid]
    if sid not in attempt.row.tried and _has_others(attempt, tried):
        return _try_again(attempt, reason, 0.0, tried)
    return _try_again(attempt, reason, None, tried if _has_others(attempt, tried) else [])


def _has_others(attempt: Attempt, tried: Sequence[str]) -> bool:
    candidates = choose_carriers(attempt.row, _carriers(attempt), tried, is_here=attempt.row.is_here).candidates
    return attempt.row.is_here or any(carrier is not None and carrier.sid not in tried for carrier in candidates)


def _carriers(attempt: Attempt) -> list[Carrier]:
    account = attempt.unit.get(Account, attempt.message.account_sid)
    return carriers_of_account(attempt.unit, account) if account is not None else []


def _try_again(
    attempt: Attempt, reason: str, delay_s: float | None = None, tried: Sequence[str] | None = None
) -> datetime:
    """Release the row; without a delay that grows with each failure. The reason is kept for the case of expiry."""
    failures = attempt.message.sending.get("failures", 0) + 1
    wait_s = min(_FIRST_DELAY_S * 2 ** min(failures - 1, 16), _LONGEST_DELAY_S) if delay_s is None else delay_s
    kept = {**attempt.message.sending, "failures": failures, "last_failure": reason}
    attempt.unit.update(attempt.message, {"sending": kept})
    return _released(attempt, wait_s, attempt.row.tried if tried is None else list(dict.fromkeys(tried)))


def _released(attempt: Attempt, wait_s: float, tried: list[str]) -> datetime:
    """The row may be claimed again then; not after its expiry, as a claim is what ends it."""
    unit, row = attempt.unit, attempt.row
    due = min(unit.now + timedelta(seconds=wait_s), max(row.expires_at, unit.now))
    unit.update(row, {"node": None, "due": due, "tried": tried})
    return due


def _settle_postponed(attempt: Attempt, outcome: Postponed, settings: Any) -> datetime:
    return _released(attempt, outcome.delay_s, attempt.row.tried)


def _settle_unacknowledged(attempt: Attempt, outcome: Unacknowledged, settings: Any) -> datetime | None:
    return settle_unacknowledged(attempt, outcome)


def _deliver_here(attempt: Attempt, outcome: ForThisServer, settings: Any) -> None:
    message = attempt.message
    if deliver_here(attempt.unit, message, settings) is None:
        why = unreachable(message.to or "", _carriers(attempt))
        _failed(attempt, why.code, f"{why.cause}. {why.fix}.")
        return
    attempt.unit.delete(attempt.row)
    sent = progress_message(attempt.unit, message, "sent")
    progress_message(attempt.unit, sent, "delivered")


_SETTLE: dict[type[Outcome], Callable[[Attempt, Any, Any], datetime | None]] = {
    Accepted: _settle_accepted,
    Refused: _settle_refused,
    Postponed: _settle_postponed,
    Unacknowledged: _settle_unacknowledged,
    ForThisServer: _deliver_here,
}
