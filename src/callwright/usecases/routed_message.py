"""Where an incoming message goes: its number, the number's account and application, and the route, or why not.

Receiving messages and Explain both ask here, so that one cannot tell other than what the other does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callwright.model.delivery_error import ACCOUNT_SUSPENDED, UNREACHABLE
from callwright.model.notices import MESSAGE_TO_UNKNOWN_NUMBER
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode
from callwright.model.routing import Route, route_message
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.refusal import Refusal, shown_address

Number = IncomingPhoneNumber | ShortCode

_DIGITS_OF_SHORT_CODES = range(3, 9)


@dataclass(frozen=True)
class Recipient:
    """The number or short code at an address, and its account. With `refusal` it takes no message."""

    number: Number | None
    owner: Account | None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class RoutedMessage:
    """`application` is None for a number without one, and when it is gone (then the route has an error)."""

    application: Application | None
    route: Route


def recipient_at(unit: UnitOfWork, brought_by: str, address: str, carrier: Carrier | None = None) -> Recipient:
    """Who takes a message for that address (as model.phone_number.carrier_address writes it).

    `brought_by` is the account of the carrier that brought it; `carrier` is that one, where it is known.
    """
    number = number_at(unit, address)
    owner = unit.get(Account, number.account_sid) if number else None
    if number is None or owner is None or brought_by not in (owner.sid, owner.owner_account_sid):
        return Recipient(None, None, _unknown(carrier, address))
    if owner.status != "active":
        cause = f"Account {owner.sid} of {address} is {owner.status}"
        return Recipient(number, owner, Refusal(ACCOUNT_SUSPENDED, cause, "make it active again"))
    return Recipient(number, owner)


def routed_message(unit: UnitOfWork, number: Number, sender: str, at: datetime | None = None) -> RoutedMessage:
    """The route of a message to one of our numbers; `at` is its moment, if not now.

    The application is read now, so that an edit answered before this moment counts for this message already.
    """
    sid = None if isinstance(number, ShortCode) else number.sms_application_sid
    application = unit.get(Application, sid) if sid else None
    if application is not None and application.account_sid != number.account_sid:
        application = None  # gone, for this account
    return RoutedMessage(application, route_message(number, application, caller=sender, now=at or unit.now))


def number_at(unit: UnitOfWork, address: str) -> Number | None:
    """The number or short code of this server at an address; digits alone may be either."""
    if address.startswith("+"):
        return unit.find(IncomingPhoneNumber, Condition("phone_number", address))
    if not (address.isascii() and address.isdigit()):
        return None
    code: Number | None = None
    if len(address) in _DIGITS_OF_SHORT_CODES:
        code = unit.find(ShortCode, Condition("short_code", address))
    return code or unit.find(IncomingPhoneNumber, Condition("phone_number", f"+{address}"))


def taker_here(unit: UnitOfWork, to: str) -> tuple[Number, Account] | None:
    """The number of this server that takes a message sent from here, and its account; None when there is none."""
    number = number_at(unit, to)
    owner = unit.get(Account, number.account_sid) if number else None
    if number is None or owner is None or owner.status != "active":
        return None
    return number, owner


def unreachable(to: str, carriers: Sequence[Carrier]) -> Refusal:
    """That neither a carrier nor this server takes it; often there is a carrier, but it is switched off."""
    off = [carrier.friendly_name for carrier in carriers if not carrier.is_enabled]
    fix = "Add a carrier (callwright carriers add NAME), or the number to this server"
    if off:
        fix = f"Switched off: {', '.join(off)} (callwright carriers update NAME --enable)"
    cause = f"Unreachable destination: no carrier takes messages to {to}, and it is no number of this server"
    return Refusal(UNREACHABLE, cause, fix)


def _unknown(carrier: Carrier | None, address: str) -> Refusal:
    whose = f"carrier {carrier.sid}" if carrier is not None else "its carrier"
    return Refusal(
        MESSAGE_TO_UNKNOWN_NUMBER,
        f"{shown_address(address)!r} is no number or short code of the account of {whose}",
        "add it (callwright numbers create, callwright short-codes add)",
    )
