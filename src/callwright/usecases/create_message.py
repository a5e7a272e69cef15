"""Create a message: what a client may say about it, checked; queueing it is the same for all messages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from callwright.model.errors import InvalidParameter, NotSupportedYet
from callwright.model.message_errors import ScheduleTypeRequired, SendAtInvalid, ValidityPeriodInvalid
from callwright.model.resource import Operation
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import InvalidApplicationSid
from callwright.model.resources.message import MESSAGES, Message, MessageCreation
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.queue_message import LONGEST_VALIDITY_S, Draft, queue_message

_FURTHEST = timedelta(days=35)
_PRICE = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
#: Kept with the message as they were given, to be shown and to be acted on at its end (progress_message).
_KEPT = (
    "max_price", "attempt", "provide_feedback", "force_delivery", "content_retention", "address_retention",
    "smart_encoded", "send_as_mms", "risk_check", "traffic_type", "validity_period",
)  # fmt: skip

READS = frozenset({*_KEPT, "media_url", "schedule_type"})


@performs(MESSAGES, Operation.CREATE, reads=READS)
def create_message(unit: UnitOfWork, request: Request) -> Message:
    """Store the message as queued (or scheduled). Raises the ApiError of what is wrong with it."""
    asked = request.parameters
    assert isinstance(asked, MessageCreation)  # noqa: S101 - the resource declares it
    draft = Draft(
        account=request.account,
        to=asked.to,
        from_=asked.from_,
        body=asked.body,
        media_urls=asked.media_url,
        smart_encoded=asked.smart_encoded,
        validity_period_s=_validity_period_s(asked.validity_period),
        send_at=_send_at(asked, unit.now, request.settings),
        sending=_kept(asked),
        **status_callback_of(unit, request.account, asked.status_callback, asked.application_sid),
    )
    return queue_message(unit, draft, request.settings)


def status_callback_of(
    unit: UnitOfWork, account: Account, given: str | None, application_sid: str | None, *, sms_first: bool = False
) -> dict[str, Any]:
    """Whom to tell, as fields of a Draft: StatusCallback beats ApplicationSid (reference: resources, Messages).

    Raises InvalidApplicationSid (21218) for one the account has not, unless StatusCallback makes it unused.
    """
    if given or not application_sid:
        return {"status_callback": given}
    return callback_of(application_of(unit, account, application_sid), sms_first=sms_first)


def callback_of(application: Application, *, sms_first: bool = False) -> dict[str, Any]:
    """That the application is told, as fields of a Draft; `sms_first` prefers its SmsStatusCallback."""
    message, sms = application.message_status_callback, application.sms_status_callback
    return {
        "status_callback": (sms or message) if sms_first else (message or sms),
        "application_sid": application.sid,
        "application_revision": application.revision,
    }


def application_of(unit: UnitOfWork, account: Account, sid: str) -> Application:
    """Raises InvalidApplicationSid (21218) when the account has no such application."""
    application = unit.get(Application, sid)
    if application is None or application.account_sid != account.sid:
        raise InvalidApplicationSid(f"Invalid ApplicationSid {sid}: the account {account.sid} has no such application.")
    return application


def _validity_period_s(text: str | None) -> int:
    if not text:
        return LONGEST_VALIDITY_S
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= LONGEST_VALIDITY_S:
        raise ValidityPeriodInvalid()
    return int(text)


def _send_at(asked: MessageCreation, now: datetime, settings: Any) -> datetime | None:
    if not asked.send_at and asked.schedule_type is None:
        return None
    if not asked.send_at or asked.schedule_type is None:
        raise ScheduleTypeRequired()
    moment = _moment(asked.send_at)
    lead_s: float = settings.schedule_lead_s
    if moment is None or not timedelta(seconds=lead_s) <= moment - now <= _FURTHEST:
        raise SendAtInvalid(
            f"Invalid SendAt {asked.send_at[:40]!r}: give ISO 8601 with a time zone, for example "
            f"{now + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}, at least {lead_s:g} seconds and at most 35 days ahead."
        )
    return moment


def _moment(text: str) -> datetime | None:
    # A blank before the offset is a + that a client forgot to percent-encode.
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _kept(asked: MessageCreation) -> dict[str, Any]:
    if asked.max_price and not _PRICE.fullmatch(asked.max_price):
        raise InvalidParameter("Invalid MaxPrice: give a number of US dollars, for example 0.05.")
    if asked.attempt and (not _WHOLE.fullmatch(asked.attempt) or int(asked.attempt) < 1):
        raise InvalidParameter("Invalid Attempt: give the number of this attempt, from 1.")
    if asked.send_as_mms and not any(asked.media_url):
        raise NotSupportedYet("SendAsMms without MediaUrl is not supported: leave it out, or give MediaUrl.")
    values = {name: getattr(asked, name) for name in _KEPT}
    return {name: value for name, value in values.items() if value}
