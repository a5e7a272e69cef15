"""Explain a call or message that goes out: who may send it, and which trunk or carriers take it."""

from dataclasses import dataclass, replace
from typing import Any

from callwright.model.carrier_routing import Routing, choose_carriers
from callwright.model.errors import ApiError, ToUnreachable
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import NOTHING, Reason, Route
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.create_call import callee_of, caller_number, caller_of
from callwright.usecases.explanation import Asked, Caution, Explanation, Outcome, refused, refused_by
from callwright.usecases.place_call import outbound_trunks
from callwright.usecases.ports import Carriers, UnitOfWork
from callwright.usecases.queue_message import Draft, checked_addresses, is_here
from callwright.usecases.routed_call import inactive
from callwright.usecases.routed_message import number_at, taker_here, unreachable


@dataclass(frozen=True)
class _Addresses:
    """Implements model.carrier_routing.Addressed."""

    from_: str | None
    to: str | None


def explain_outgoing_call(unit: UnitOfWork, account: Account, asked: Asked, settings: Any) -> Explanation:
    """A call created for the account (Calls), as create_call and place_call decide on it."""
    explanation = _begun(unit, account, asked)
    trunks = tuple(outbound_trunks(unit, account))
    trunk = trunks[0] if trunks else None
    explanation = replace(explanation, ways=trunks, way=trunk)
    if account.status != "active":
        return replace(explanation, outcome=refused(inactive(account)))
    try:
        to, caller = callee_of(asked.to), caller_of(asked.from_)
        if trunk is None and not to.startswith("sip:"):
            raise ToUnreachable()
        number = caller_number(unit, account, trunk, caller, settings)
    except ApiError as error:
        return replace(explanation, outcome=refused_by(error))
    shown = f"{caller} ({number.sid})" if number is not None else caller
    rule = "From is a number here" if number is not None else "any caller id may be shown"
    step = _trunk_step(trunks)
    route = Route(
        source="request", trunk_sid=trunk.sid if trunk else None, reasons=(Reason("number", rule, shown), step)
    )
    text = f"Dialed by {step.chose}. What drives it is said by its Url, Twiml or ApplicationSid."
    return replace(explanation, to=to, from_=caller, number=number, route=route, outcome=Outcome("dialed", text))


def _trunk_step(trunks: tuple[Trunk, ...]) -> Reason:
    if not trunks:
        return Reason("trunk", "To is a SIP URI and no trunk has a host", "the URI itself")
    rule = "lowest priority number, of the account's own trunks before its parent's"
    return Reason("trunk", rule, _named(trunks[0]), tuple(_named(trunk) for trunk in trunks[1:]))


def _named(way: Trunk | Carrier) -> str:
    kind = "trunk" if isinstance(way, Trunk) else "carrier"
    return f"{kind} {way.sid} ({way.friendly_name})"


def explain_outgoing_message(
    unit: UnitOfWork, account: Account, asked: Asked, settings: Any, carriers: Carriers
) -> Explanation:
    """A message created for the account (Messages), as queue_message and the dispatcher decide on it."""
    explanation = _begun(unit, account, asked)
    if account.status != "active":
        return replace(explanation, outcome=refused(inactive(account)))
    try:
        to, sender, _ = checked_addresses(unit, Draft(account, asked.to, asked.from_), settings)
    except ApiError as error:
        return replace(explanation, outcome=refused_by(error))
    here = is_here(unit, to)
    known = carriers_of_account(unit, account)
    routing = choose_carriers(_Addresses(sender, to), known, is_here=here)
    chosen = _first_ready(routing, carriers)
    decided = routing.decided(chosen, is_here=here)
    outcome = Outcome("sent", f"Handed over by {decided.reasons[-1].chose}.")
    if chosen is None and taker_here(unit, to) is None:
        outcome = refused(unreachable(to, known))
    return replace(
        explanation,
        to=to,
        from_=sender,
        number=number_at(unit, sender),
        route=decided,
        way=chosen,
        ways=tuple(carrier for carrier in routing.candidates if carrier is not None),
        outcome=outcome,
        cautions=tuple(
            _away(account, carrier, carriers) for carrier in routing.candidates if not _is_ready(carrier, carriers)
        ),
    )


def _begun(unit: UnitOfWork, account: Account, asked: Asked) -> Explanation:
    return Explanation(
        direction="outbound",
        channel=asked.channel,
        to=asked.to,
        from_=asked.from_,
        at=asked.at or unit.now,
        account=account,
        outcome=Outcome("refused", NOTHING),
    )


def _first_ready(routing: Routing, carriers: Carriers) -> Carrier | None:
    """The candidate that takes it when none is full; the best one, which is waited for, when none is connected."""
    ready = (candidate for candidate in routing.candidates if _is_ready(candidate, carriers))
    return next(ready, routing.candidates[0])


def _is_ready(carrier: Carrier | None, carriers: Carriers) -> bool:
    return carrier is None or carriers.state(carrier.sid).is_ready


def _away(account: Account, carrier: Carrier | None, carriers: Carriers) -> Caution:
    assert carrier is not None  # noqa: S101 - this server itself is always ready
    state = carriers.state(carrier.sid)
    # What is wrong with a parent's carrier, and where that is, is the parent's business.
    detail = state.detail if carrier.account_sid == account.sid else "ask the parent account"
    return Caution("carrier-not-connected", f"{_named(carrier)} is {state.state}", detail)
