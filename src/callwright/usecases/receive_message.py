"""Incoming messages: which number they are for, and what is stored of them.

Carriers write numbers in many ways, split long texts and deliver twice; what they bring is told apart here.
"""

from callwright.config import Settings
from callwright.model.delivery_error import MISSING_SEGMENT
from callwright.model.message_part import MessagePart
from callwright.model.phone_number import carrier_address
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.media import MOST_MEDIA
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Incoming, Part, Undeliverable
from callwright.usecases.media_of_message import media_of_message
from callwright.usecases.message_parts import Assembled, check_length, check_part, collect_part, kept_text, key_of
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.refusal import tell_of_refusal
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.routed_message import Number, recipient_at, taker_here
from callwright.usecases.store_incoming import Arrived, address_of, storable, store_incoming

_LONGEST_ADDRESS = 64


def receive_message(unit: UnitOfWork, incoming: Incoming, settings: Settings) -> Message | None:
    """Store what a carrier brought; None for a part whose message is not complete yet.

    Raises Undeliverable when no number takes it, or for a part that cannot be: before anything is written, as the
    inbox has others in the same transaction.
    """
    number = number_for(unit, incoming.carrier, incoming.to)
    sender = _sender(incoming.from_)
    check_length(incoming.body, incoming.part)
    if incoming.part is not None:
        check_part(incoming.part)
        if incoming.part.total > 1:
            return _receive_part(unit, incoming, incoming.part, number, sender, settings)
    media, body = incoming.media[:MOST_MEDIA], storable(incoming.body)
    return store_incoming(unit, Arrived(number, sender, body, incoming.carrier.sid, received=media), settings)


def deliver_here(unit: UnitOfWork, sent: Message, settings: Settings) -> Message | None:
    """Deliver a message of this server to the number of this server it was sent to; None when there is none."""
    taker = taker_here(unit, sent.to or "")
    if taker is None:
        return None
    number, owner = taker
    shared = media_of_message(unit, sent.sid) if sent.num_media != "0" else ()
    carrier_sid = _visible_carrier(unit, owner, sent.carrier_sid)
    return store_incoming(
        unit, Arrived(number, sent.from_ or "", sent.body or "", carrier_sid, shared=shared), settings
    )


def deliver_assembled(unit: UnitOfWork, number: Number, assembled: Assembled, settings: Settings) -> Message:
    """Store a message that came in parts; what is missing of it is told to the debugger."""
    arrived = Arrived(number, assembled.from_, storable(assembled.body), assembled.carrier_sid)
    message = store_incoming(unit, arrived, settings)
    if assembled.missing:
        numbers = ", ".join(str(number) for number in assembled.missing)
        text = (
            f"Parts of this message have not come (number {numbers} of {assembled.total}) and it was delivered "
            "without them: ask the carrier why, or let parts wait longer (CALLWRIGHT_MESSAGE_PART_TIMEOUT_S)."
        )
        report_problem(unit, message, Problem(MISSING_SEGMENT, text, is_warning=True))
    return message


def number_for(unit: UnitOfWork, carrier: Carrier, written: str) -> Number:
    """The number a carrier delivers to: of the carrier's account, or of a subaccount of it. Raises Undeliverable."""
    recipient = recipient_at(unit, carrier.account_sid, carrier_address(written), carrier)
    refusal, owner = recipient.refusal, recipient.owner
    if refusal is not None:
        raise Undeliverable(refusal.text, refusal.code, owner.sid if owner is not None else None)
    assert recipient.number is not None  # noqa: S101 - or it would have been refused
    return recipient.number


def refuse_message(unit: UnitOfWork, carrier: Carrier, written: str, refusal: Undeliverable) -> None:
    """Tell whoever can mend it that a message for that address was refused; at most ten a minute for each carrier."""
    problem = Problem(refusal.code, str(refusal))
    tell_of_refusal(unit, refusal.account_sid or carrier.account_sid, carrier.sid, carrier_address(written), problem)


def _visible_carrier(unit: UnitOfWork, owner: Account, carrier_sid: str | None) -> str | None:
    """The carrier a message of this server went by, unless it is another account's: that is not to be known."""
    carrier = unit.get(Carrier, carrier_sid) if carrier_sid else None
    is_ours = carrier is not None and carrier.account_sid in (owner.sid, owner.owner_account_sid)
    return carrier_sid if is_ours else None


def _receive_part(
    unit: UnitOfWork, incoming: Incoming, part: Part, number: Number, sender: str, settings: Settings
) -> Message | None:
    to = address_of(number)
    assembled = collect_part(
        unit,
        MessagePart.model_construct(
            sid=unit.new_sid("MP"),
            account_sid=incoming.carrier.account_sid,
            key=key_of(incoming.carrier.sid, sender, to, part),
            carrier_sid=incoming.carrier.sid,
            from_=sender,
            to=to,
            number=part.number,
            total=part.total,
            text=kept_text(incoming.body),
        ),
        settings.message_part_timeout_s,
    )
    stored = [deliver_assembled(unit, number, one, settings) for one in assembled]
    return stored[-1] if stored else None


def _sender(written: str) -> str:
    sender = storable(carrier_address(written))
    if len(sender) > _LONGEST_ADDRESS:
        raise Undeliverable(f"The sender is longer than {_LONGEST_ADDRESS} characters: send a number or a name.")
    return sender
