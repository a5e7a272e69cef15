"""Queue an outgoing message: who writes to whom, what it says, and when its turn is. The way in for all messages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callwright.model.carrier_routing import takes_sender
from callwright.model.delivery_error import QUEUE_OVERFLOW
from callwright.model.errors import InvalidParameter
from callwright.model.fields import is_web_url
from callwright.model.message_errors import (
    FromNotSmsCapable,
    InvalidMediaUrl,
    InvalidMessageFrom,
    InvalidMessageTo,
    MessageBodyRequired,
    MessageBodyTooLong,
    MessageFromRequired,
    MessageToRequired,
    RecipientOptedOut,
    SameToAndFrom,
    SenderQueueFull,
    TooManyMedia,
)
from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.phone_number import to_e164
from callwright.model.queued_message import QueuedMessage
from callwright.model.record import position_of
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import MOST_MEDIA
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.ports import Condition, Job, UnitOfWork
from callwright.usecases.progress_message import progress_message
from callwright.usecases.reserve_message_slot import reserve_message_slot
from callwright.wire.sms.segments import segment
from callwright.wire.sms.smart_encoding import smart_encoded

LONGEST_BODY = 1600
LONGEST_VALIDITY_S = 36_000
#: Job (argument message_sid): a scheduled message's moment has come.
QUEUE_SCHEDULED_MESSAGE = "queue_scheduled_message"
#: Job (argument message_sid): fetch the MediaUrls, then queue the message (`queue_fetched`).
FETCH_MEDIA = "fetch_media"

_SHORT_CODE = re.compile(r"\d{3,8}", re.ASCII)
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +\-_&.]{1,11}", re.ASCII)


@dataclass(frozen=True)
class Draft:
    """A message to be sent, as it was asked for. `sending` is kept on the row to be shown (Message.sending)."""

    account: Account
    to: str | None
    from_: str | None
    body: str | None = None
    media_urls: Sequence[str] = ()
    direction: str = "outbound-api"
    status_callback: str | None = None
    application_sid: str | None = None
    application_revision: int | None = None
    smart_encoded: bool = False
    validity_period_s: int = LONGEST_VALIDITY_S
    #: When it goes out; None: as soon as it is its turn.
    send_at: datetime | None = None
    sending: Mapping[str, Any] = field(default_factory=dict)
    #: The inbound message it answers, or the call whose document sends it.
    reply_to_sid: str | None = None
    call_sid: str | None = None
    #: The answer to STOP, START and HELP goes also to those who want no messages.
    ignores_opt_out: bool = False


def queue_message(unit: UnitOfWork, draft: Draft, settings: Any) -> Message:
    """Store the message with its turn among those of its sender; answers it queued, or scheduled.

    Raises an ApiError of the 216xx family (and 21211, 21266) when it cannot be sent so.
    """
    media_urls = _media_urls(draft)
    body = _body(draft, media_urls)
    to, sender, number_sid = checked_addresses(unit, draft, settings)
    message = _message(unit, draft, body, media_urls, {"from_": sender, "to": to, "phone_number_sid": number_sid})
    return _started(unit, message, settings)


def checked_addresses(unit: UnitOfWork, draft: Draft, settings: Any) -> tuple[str, str, str | None]:
    """To and From as they are stored, and the SID of the sender's number or short code.

    Raises an ApiError of the 216xx family (and 21266) when the one may not write to the other.
    """
    to = _recipient(unit, draft.to)
    sender, number_sid = _sender(unit, draft)
    if sender == to:
        raise SameToAndFrom()
    if not draft.ignores_opt_out and is_stopped(unit, draft.account.sid, sender, to, settings):
        raise RecipientOptedOut(
            f"Attempt to send to unsubscribed recipient: {to} answered STOP to {sender}. START from {to} lets you "
            "write again."
        )
    return to, sender, number_sid


def is_stopped(unit: UnitOfWork, account_sid: str, sender: str, recipient: str, settings: Any) -> bool:
    """Whether the recipient has answered STOP to that sender, and opt-out is on."""
    return settings.opt_out and unit.get(OptOut, opt_out_sid(account_sid, sender, recipient)) is not None


def queue_fetched(unit: UnitOfWork, message: Message, settings: Any) -> Message:
    """Queue a stored message that waited for its moment or its media; it fails when the sender's queue is full."""
    try:
        put_in_queue(unit, message, settings)
    except SenderQueueFull as refusal:
        facts = {"error_code": QUEUE_OVERFLOW, "error_message": refusal.message}
        return progress_message(unit, message, "failed", facts)
    return progress_message(unit, message, "queued")


def put_in_queue(unit: UnitOfWork, message: Message, settings: Any) -> None:
    """Give a message its place in the queue. Raises SenderQueueFull (21611)."""
    due = reserve_message_slot(unit, message, settings)
    unit.insert(
        QueuedMessage.model_construct(
            sid=unit.new_sid("QM"),
            account_sid=message.account_sid,
            message_sid=message.sid,
            sender=f"{message.account_sid}:{message.from_}",
            to=message.to or "",
            expires_at=message.expires_at or unit.now + timedelta(seconds=LONGEST_VALIDITY_S),
            is_here=is_here(unit, message.to or ""),
            due=due,
        )
    )


def is_here(unit: UnitOfWork, to: str) -> bool:
    """Whether To is a number of this server; a short code is, or it would have been refused."""
    if not to.startswith("+"):
        return True
    return unit.find(IncomingPhoneNumber, Condition("phone_number", to)) is not None


def _started(unit: UnitOfWork, message: Message, settings: Any) -> Message:
    """The stored message, on its way: scheduled, waiting for its media, or in the queue."""
    arguments = {"message_sid": message.sid}
    if message.send_at is not None:
        unit.enqueue(Job(QUEUE_SCHEDULED_MESSAGE, arguments, account_sid=message.account_sid), due=message.send_at)
    elif message.media_urls:
        unit.enqueue(Job(FETCH_MEDIA, arguments, account_sid=message.account_sid))
    else:
        put_in_queue(unit, message, settings)
    return unit.insert(message)


def _message(unit: UnitOfWork, draft: Draft, body: str, media_urls: list[str], addresses: Mapping[str, Any]) -> Message:
    sid = unit.new_sid("MM" if media_urls else "SM")
    segments = segment(body)
    return Message.model_construct(
        sid=sid,
        position=position_of(sid),
        account_sid=draft.account.sid,
        body=body,
        # Media travel as one MMS, whatever the length of the text.
        num_segments="1" if media_urls else str(segments.count),
        encoding=segments.encoding,
        num_media=str(len(media_urls)),
        media_urls=media_urls,
        status="queued" if draft.send_at is None else "scheduled",
        direction=draft.direction,
        status_callback=draft.status_callback,
        application_sid=draft.application_sid,
        application_revision=draft.application_revision,
        send_at=draft.send_at,
        expires_at=(draft.send_at or unit.now) + timedelta(seconds=draft.validity_period_s),
        sending={**draft.sending, **({"ignores_opt_out": True} if draft.ignores_opt_out else {})},
        reply_to_sid=draft.reply_to_sid,
        call_sid=draft.call_sid,
        **addresses,
    )


def _media_urls(draft: Draft) -> list[str]:
    urls = [url for url in draft.media_urls if url]
    if len(urls) > MOST_MEDIA:
        raise TooManyMedia()
    for url in urls:
        if not is_web_url(url):
            raise InvalidMediaUrl(f"Invalid media URL {url[:200]!r}: give an absolute http or https URL.")
    return urls


def _body(draft: Draft, media_urls: list[str]) -> str:
    body = draft.body or ""
    if not body and not media_urls:
        raise MessageBodyRequired()
    if "\x00" in body:
        raise InvalidParameter("Body holds a NUL character: leave it out.")
    if draft.smart_encoded:
        body = smart_encoded(body)
    if len(body) > LONGEST_BODY:
        raise MessageBodyTooLong()
    return body


def _recipient(unit: UnitOfWork, text: str | None) -> str:
    if not text:
        raise MessageToRequired()
    number = to_e164(text)
    if number is not None:
        return number
    if _SHORT_CODE.fullmatch(text) and unit.find(ShortCode, Condition("short_code", text)) is not None:
        return text
    raise InvalidMessageTo(
        f"Invalid 'To' Phone Number: {text[:40]}. Give E.164, for example +15555550100, or a short code of this server."
    )


def _sender(unit: UnitOfWork, draft: Draft) -> tuple[str, str | None]:
    """What the message is sent from, and the SID of that number or short code. Raises FromNotSmsCapable (21606)."""
    text = draft.from_
    if not text:
        raise MessageFromRequired()
    mine = Condition("account_sid", draft.account.sid)
    number = to_e164(text)
    if number is not None:
        return number, _capable(unit.find(IncomingPhoneNumber, Condition("phone_number", number), mine), number).sid
    if _SHORT_CODE.fullmatch(text):
        code = unit.find(ShortCode, Condition("short_code", text), mine)
        if code is None:
            raise FromNotSmsCapable(
                f"The 'From' short code {text} is not one of this account: add it (callwright short-codes add)."
            )
        return text, code.sid
    if _ALPHANUMERIC.fullmatch(text):
        return _alphanumeric(unit, draft.account, text), None
    raise InvalidMessageFrom(
        f"Invalid 'From' Number {text[:40]}: give one of the account's IncomingPhoneNumbers in E.164, for example "
        "+15555550100, or one of its short codes."
    )


def _capable(number: IncomingPhoneNumber | None, text: str) -> IncomingPhoneNumber:
    if number is None:
        raise FromNotSmsCapable(
            f"The 'From' phone number {text} is not a number of this account: buy it (callwright numbers create)."
        )
    if not number.capabilities.get("sms"):
        raise FromNotSmsCapable(
            f"The 'From' phone number {text} cannot send messages: use one with the sms capability."
        )
    return number


def _alphanumeric(unit: UnitOfWork, account: Account, sender: str) -> str:
    """A name as sender: only where a carrier says that it may be, as most networks refuse or replace it."""
    carriers = carriers_of_account(unit, account)
    if any(carrier.is_enabled and carrier.senders and takes_sender(carrier, sender) for carrier in carriers):
        return sender
    raise FromNotSmsCapable(
        f"The alphanumeric 'From' {sender} can be sent by no carrier of this account: add it to the senders of the "
        f'carrier that may (callwright carriers update NAME --sender "{sender}").'
    )
