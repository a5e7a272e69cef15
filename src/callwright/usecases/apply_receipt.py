"""Apply a carrier's receipts to the messages they are about. They come early, late, twice and out of order."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.delivery_error import UNKNOWN_ERROR
from callwright.model.early_receipt import EarlyReceipt
from callwright.model.rate_slot import RateSlot, slot_sid
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.model.submission import Submission
from callwright.usecases.carrier_traffic import Receipt
from callwright.usecases.jobs import handles
from callwright.usecases.ports import Condition, Job, Ports, UnitOfWork
from callwright.usecases.progress_message import progress_message

_MOST_PARTS = 100
_UNSUCCESSFUL = frozenset({"undelivered", "failed"})
_ARRIVED = frozenset({"delivered", "read"})
#: A receipt whose message did not turn up within that time is forgotten: it is none of ours.
_KEPT = timedelta(days=1)
_BEFORE_ALL = "ER" + "0" * 32
#: So many rows of one carrier are kept when its receipts were looked at again, the newest: a carrier that sends
#: receipts for messages that are none of ours fills no disk, and takes nothing from other carriers.
MOST_EARLY_RECEIPTS = 10_000
#: Job: see `_look_again_later`.
LOOK_AGAIN_AT_RECEIPTS = "look_again_at_receipts"
_LOOK_AFTER, _RECENT = timedelta(seconds=10), timedelta(minutes=1)
_PAGE = 100


def apply_receipt(unit: UnitOfWork, receipt: Receipt) -> None:
    """Move the message on as far as this receipt tells; one for an identifier not known yet is kept for a day."""
    if receipt.status == "sent":  # under way, which is known
        return
    submissions = _submissions(unit, receipt)
    if submissions:
        _apply(unit, submissions, receipt)
    else:
        _keep(unit, receipt)


def apply_early_receipts(unit: UnitOfWork, submissions: Sequence[Submission]) -> None:
    """Apply what came before these submissions of one message were known, in the order in which it came."""
    by_id: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        by_id.setdefault((submission.carrier_sid, submission.carrier_message_id), []).append(submission)
    if not by_id:
        return
    ids = sorted({carrier_message_id for _, carrier_message_id in by_id})
    carriers = sorted({carrier_sid for carrier_sid, _ in by_id})
    conditions = [Condition("carrier_message_id", ids, "in"), Condition("carrier_sid", carriers, "in")]
    found = unit.select(EarlyReceipt, conditions, limit=_MOST_PARTS)
    for early in reversed(found):
        key = (early.carrier_sid, early.carrier_message_id)
        if key in by_id:
            _forget(unit, early)
            by_id[key] = _apply(unit, by_id[key], _as_receipt(early))


def _submissions(unit: UnitOfWork, receipt: Receipt) -> list[Submission]:
    """The parts that a receipt is about: of the newest message, as carriers use their identifiers again."""
    ids = [receipt.carrier_message_id, *receipt.alternative_ids]
    of_carrier = Condition("carrier_sid", receipt.carrier_sid)
    found = unit.select(Submission, [Condition("carrier_message_id", ids, "in"), of_carrier], limit=_MOST_PARTS)
    exact = [one for one in found if one.carrier_message_id == receipt.carrier_message_id] or found
    return [one for one in exact if one.message_sid == exact[0].message_sid]


def _apply(unit: UnitOfWork, submissions: Sequence[Submission], receipt: Receipt) -> list[Submission]:
    """The submissions as they are now."""
    changes = {"status": receipt.status, **_failure(receipt)}
    after = [unit.update(one, changes) if _is_news(one, receipt) else one for one in submissions]
    if any(one is not other for one, other in zip(after, submissions, strict=True)):
        message = unit.get(Message, after[0].message_sid)
        if message is not None:
            _progress(unit, message, receipt)
    return after


def _is_news(submission: Submission, receipt: Receipt) -> bool:
    if receipt.status == "read":
        return submission.status in ("sent", "delivered")
    return submission.status == "sent"


def _failure(receipt: Receipt) -> dict[str, object]:
    if receipt.status not in _UNSUCCESSFUL:
        return {}
    return {"error_code": receipt.error_code or UNKNOWN_ERROR, "error_message": receipt.error_message}


def _progress(unit: UnitOfWork, message: Message, receipt: Receipt) -> None:
    """A message is undelivered as soon as one part is; it is delivered when all parts are."""
    parts = unit.select(Submission, [Condition("message_sid", message.sid)], limit=_MOST_PARTS)
    facts = {"raw_receipt_date": receipt.done_date} if receipt.done_date else {}
    lost = next((part for part in parts if part.status in _UNSUCCESSFUL), None)
    if lost is not None:
        failure = {"error_code": lost.error_code, "error_message": lost.error_message}
        progress_message(unit, message, lost.status, facts | failure)
    elif all(part.status in _ARRIVED for part in parts):
        is_read = any(part.status == "read" for part in parts)
        progress_message(unit, message, "read" if is_read else "delivered", facts)


def _keep(unit: UnitOfWork, receipt: Receipt) -> None:
    """Under every way its identifier may be written, as only the message will show which is right."""
    ids = list(dict.fromkeys((receipt.carrier_message_id, *receipt.alternative_ids)))
    # One row more than is added may go, so that there are never more than those of a day.
    for old in unit.select(EarlyReceipt, limit=len(ids) + 1, after_sid=_BEFORE_ALL):
        if old.date_created is not None and old.date_created < unit.now - _KEPT:
            unit.delete(old)
    carrier = unit.get(Carrier, receipt.carrier_sid)
    if carrier is None:  # deleted: nothing will be submitted to it anymore
        return
    _look_again_later(unit, carrier)
    sids = [unit.new_sid("ER") for _ in ids]
    for sid, carrier_message_id in zip(sids, ids, strict=True):
        unit.insert(
            EarlyReceipt.model_construct(
                sid=sid,
                account_sid=carrier.account_sid,
                carrier_sid=receipt.carrier_sid,
                carrier_message_id=carrier_message_id,
                status=receipt.status,
                error_code=receipt.error_code,
                error_message=receipt.error_message,
                done_date=receipt.done_date,
                siblings=[other for other in sids if other != sid],
            )
        )


def _forget(unit: UnitOfWork, early: EarlyReceipt) -> None:
    """Its message turned up: delete it under all ways to write its identifier."""
    unit.delete(early)
    if early.siblings:
        for sibling in unit.select(EarlyReceipt, [Condition("sid", early.siblings, "in")], limit=len(early.siblings)):
            unit.delete(sibling)


def _look_again_later(unit: UnitOfWork, carrier: Carrier) -> None:
    """Have a job apply it in case the carrier's answer is being stored at this very moment.

    On PostgreSQL neither of two transactions sees what the other inserts. One job serves all that come meanwhile.
    """
    name = f"early receipts {carrier.sid}"
    sid = slot_sid(carrier.account_sid, name)
    slot = unit.get(RateSlot, sid)
    if slot is not None and slot.free_from(unit.now) > unit.now:
        return
    next_free = unit.now + _LOOK_AFTER / 2
    if slot is not None:
        unit.update(slot, {"next_free": next_free})
    else:
        unit.insert(RateSlot.model_construct(sid=sid, account_sid=carrier.account_sid, name=name, next_free=next_free))
    job = Job(LOOK_AGAIN_AT_RECEIPTS, {"carrier_sid": carrier.sid}, account_sid=carrier.account_sid)
    unit.enqueue(job, due=unit.now + _LOOK_AFTER)


@handles(LOOK_AGAIN_AT_RECEIPTS)
async def look_again_at_receipts(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """Apply the carrier's receipts of the last minute whose messages have become known, then drop the oldest."""
    carrier_sid: str = arguments["carrier_sid"]
    before_sid: str | None = None
    for _ in range(MOST_EARLY_RECEIPTS // _PAGE):
        work = partial(apply_waiting_receipts, carrier_sid=carrier_sid, before_sid=before_sid)
        before_sid = await ports.storage.write(work, SERVER)
        if before_sid is None:
            break
    of_carrier = [Condition("carrier_sid", carrier_sid)]
    too_many = await ports.storage.read(lambda unit: unit.count(EarlyReceipt, of_carrier)) - MOST_EARLY_RECEIPTS
    for dropped in range(0, too_many, _PAGE):
        await ports.storage.write(partial(_drop_oldest, carrier_sid=carrier_sid, most=too_many - dropped), SERVER)


def apply_waiting_receipts(unit: UnitOfWork, carrier_sid: str, before_sid: str | None = None) -> str | None:
    """Apply a page of them, the newest; where the next page begins, None when there is none."""
    of_carrier = Condition("carrier_sid", carrier_sid)
    page = unit.select(EarlyReceipt, [of_carrier], limit=_PAGE, before_sid=before_sid)
    recent = [early for early in page if early.date_created and early.date_created > unit.now - _RECENT]
    ids = list({early.carrier_message_id for early in recent})
    known = Condition("carrier_message_id", ids, "in")
    if ids and unit.find(Submission, known, of_carrier) is not None:
        _apply_recent(unit, recent)
    return recent[-1].sid if len(recent) == _PAGE else None


def _apply_recent(unit: UnitOfWork, recent: Sequence[EarlyReceipt]) -> None:
    for early in reversed(recent):
        receipt = _as_receipt(early)
        submissions = _submissions(unit, receipt)
        if submissions:
            _forget(unit, early)
            _apply(unit, submissions, receipt)


def _drop_oldest(unit: UnitOfWork, carrier_sid: str, most: int) -> None:
    of_carrier = [Condition("carrier_sid", carrier_sid)]
    for early in unit.select(EarlyReceipt, of_carrier, limit=min(most, _PAGE), after_sid=_BEFORE_ALL):
        unit.delete(early)


def _as_receipt(early: EarlyReceipt) -> Receipt:
    return Receipt(
        carrier_sid=early.carrier_sid,
        carrier_message_id=early.carrier_message_id,
        status=early.status,
        error_code=early.error_code,
        error_message=early.error_message,
        done_date=early.done_date,
    )
