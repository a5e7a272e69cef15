"""Explain: what would happen to a call or message between two addresses now (or then), and by which rules.

It asks what answering, receiving and sending ask themselves (routed_call, routed_message, outbound_trunks,
choose_carriers), and changes nothing.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from callwright.model import dial_plan
from callwright.model.errors import InvalidParameter, NotFound
from callwright.model.phone_number import carrier_address, to_e164
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import Route
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.explain_outgoing import explain_outgoing_call, explain_outgoing_message
from callwright.usecases.explain_warnings import cautions_of
from callwright.usecases.explanation import Asked, Explanation, Outcome, refused
from callwright.usecases.ports import Carriers, Condition, UnitOfWork
from callwright.usecases.routed_call import routed_call
from callwright.usecases.routed_message import Number, number_at, recipient_at, routed_message

W = TypeVar("W", Trunk, Carrier)

_MOST_TRUNKS = 100
_FURTHEST = timedelta(days=3653)


def explain(unit: UnitOfWork, account: Account, asked: Asked, settings: Any, carriers: Carriers) -> Explanation:
    """Explain a call or message: in, unless From is a number of the account (or of a subaccount) and To is none.

    Raises NotFound for a trunk or carrier that is not the account's, and InvalidParameter for a moment that is years
    away.
    """
    if asked.at is not None and abs(asked.at - unit.now) > _FURTHEST:
        raise InvalidParameter("At is too far from now: give a moment within ten years.")
    trunk = _way(unit, account, Trunk, asked.trunk_sid, "trunk") if asked.trunk_sid else None
    carrier = _way(unit, account, Carrier, asked.carrier_sid, "carrier") if asked.carrier_sid else None
    to, from_ = (_address(text, asked, trunk) for text in (asked.to, asked.from_))
    _, sender_account = _whose(unit, account, from_)
    if sender_account is not None and _whose(unit, account, to)[0] is None:
        if asked.channel == "voice":
            explanation = explain_outgoing_call(unit, sender_account, asked, settings)
        else:
            explanation = explain_outgoing_message(unit, sender_account, asked, settings, carriers)
    elif asked.channel == "voice":
        explanation = _incoming_call(unit, account, to, from_, asked, trunk)
    else:
        explanation = _incoming_message(unit, account, to, from_, asked, carrier)
    return replace(explanation, cautions=(*explanation.cautions, *cautions_of(unit, explanation)))


def _way(unit: UnitOfWork, account: Account, kind: type[W], sid: str, called: str) -> W:
    """The trunk or carrier, of the account or its parent."""
    found = unit.get(kind, sid)
    if found is None or found.account_sid not in (account.sid, account.owner_account_sid):
        raise NotFound(f"Account {account.sid} has no {called} {sid[:40]}.")
    return found


def _address(text: str, asked: Asked, trunk: Trunk | None) -> str:
    """In E.164 where it can be told, as the trunk that is named (or carriers) write it."""
    if asked.channel == "sms":
        return carrier_address(text)
    return dial_plan.to_e164(trunk, text) if trunk is not None else to_e164(text) or text


def _whose(unit: UnitOfWork, account: Account, address: str) -> tuple[Number | None, Account | None]:
    """The number at that address and its account, when that is the account or a subaccount of it."""
    number = number_at(unit, address)
    owner = unit.get(Account, number.account_sid) if number is not None else None
    if owner is None or account.sid not in (owner.sid, owner.owner_account_sid):
        return None, None
    return number, owner


def _incoming_call(
    unit: UnitOfWork, account: Account, to: str, from_: str, asked: Asked, trunk: Trunk | None
) -> Explanation:
    # By the account itself, also with a trunk of its parent: what that brings to others is not to be known.
    routed = routed_call(unit, account.sid, to, from_, trunk=trunk, at=asked.at)
    owner = routed.owner or account
    if routed.refusal is not None:
        outcome = refused(routed.refusal)
    else:
        assert routed.route is not None  # noqa: S101 - what is not refused has a route
        outcome = _asks(routed.route)
    return Explanation(
        direction="inbound",
        channel="voice",
        to=to,
        from_=from_,
        at=asked.at or unit.now,
        account=owner,
        outcome=outcome,
        number=routed.number,
        application=routed.application,
        route=routed.route,
        way=trunk,
        ways=tuple(trunk for trunk in _trunks(unit, owner) if trunk.allowed_sources),
    )


def _incoming_message(
    unit: UnitOfWork, account: Account, to: str, from_: str, asked: Asked, carrier: Carrier | None
) -> Explanation:
    recipient = recipient_at(unit, account.sid, to, carrier)
    owner = recipient.owner or account
    explanation = Explanation(
        direction="inbound",
        channel="sms",
        to=to,
        from_=from_,
        at=asked.at or unit.now,
        account=owner,
        outcome=Outcome("kept", "The message is kept and nobody is asked."),
        number=recipient.number,
        way=carrier,
        ways=tuple(one for one in carriers_of_account(unit, owner) if one.is_enabled),
    )
    if recipient.refusal is not None:
        return replace(explanation, outcome=refused(recipient.refusal))
    assert recipient.number is not None  # noqa: S101 - or it would be refused
    routed = routed_message(unit, recipient.number, from_, asked.at)
    outcome = _asks(routed.route) if routed.route.url else explanation.outcome
    return replace(explanation, application=routed.application, route=routed.route, outcome=outcome)


def _asks(route: Route) -> Outcome:
    """The request that the route leads to; a call without URL begins with the fallback."""
    url, method = (route.url, route.method) if route.url else (route.fallback_url, route.fallback_method)
    return Outcome("webhook", f"{method} {url}", url, method)


def _trunks(unit: UnitOfWork, account: Account) -> list[Trunk]:
    """Those that may bring calls for the account: of its own and of its parent."""
    owners = sorted({account.sid, account.owner_account_sid})
    return unit.select(Trunk, [Condition("account_sid", owners, "in")], limit=_MOST_TRUNKS)
