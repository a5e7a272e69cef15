"""An incoming call: which number it is for, where that number routes it, and the call row it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.model.dial_plan import to_e164
from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import Route
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.progress_call import progress_call
from callwright.usecases.refusal import Refusal, tell_of_refusal
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.routed_call import RoutedCall, routed_call

_UNAVAILABLE = 480


@dataclass(frozen=True)
class Arrival:
    """An INVITE that a trunk let in. `to_user` and `from_user` are user parts as the carrier wrote them."""

    trunk: Trunk
    to_user: str
    from_user: str
    sip_call_id: str
    node: str
    caller_name: str | None = None
    forwarded_from: str | None = None
    #: Parameters of the web requests that come from the INVITE itself (SipHeader_X-… and such).
    sip_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Admitted:
    """The call has a row (ringing) and a web app to ask."""

    call: Call
    account: Account


@dataclass(frozen=True)
class Refused:
    """The call ends here: `sip_status` for the carrier, `cause` (with the fix) and the debugger's code for the log."""

    sip_status: int
    cause: str
    call: Call | None = None
    code: int | None = None


def answer_call(unit: UnitOfWork, arrival: Arrival) -> Admitted | Refused:
    """Decide on an incoming call; rows are read now, so that an edit answered before this moment counts."""
    dialed = to_e164(arrival.trunk, arrival.to_user)
    caller = to_e164(arrival.trunk, arrival.from_user)
    routed = routed_call(unit, arrival.trunk.account_sid, dialed, caller, trunk=arrival.trunk)
    if routed.number is None or routed.owner is None or routed.route is None:
        return _turn_away(unit, arrival.trunk, dialed, routed)
    call = _insert(unit, arrival, caller, routed.number, routed.route)
    if routed.refusal is not None:
        return _refuse(unit, call, routed.refusal)
    return Admitted(call, routed.owner)


def _turn_away(unit: UnitOfWork, trunk: Trunk, dialed: str, routed: RoutedCall) -> Refused:
    """Refuse without a row: a call that is nobody's is told to the account whose trunk brought it."""
    refusal = routed.refusal
    assert refusal is not None  # noqa: S101 - what has no route is refused
    account_sid = routed.owner.sid if routed.owner is not None else trunk.account_sid
    tell_of_refusal(unit, account_sid, trunk.sid, dialed, Problem(refusal.code, refusal.text))
    return Refused(refusal.sip_status or _UNAVAILABLE, refusal.text, code=refusal.code)


def _refuse(unit: UnitOfWork, call: Call, refusal: Refusal) -> Refused:
    status = refusal.sip_status or _UNAVAILABLE
    report_problem(unit, call, Problem(refusal.code, refusal.text))
    progress_call(unit, call.sid, "failed", {"sip_response_code": status})
    return Refused(status, refusal.text, call, refusal.code)


def _insert(unit: UnitOfWork, arrival: Arrival, caller: str, number: IncomingPhoneNumber, route: Route) -> Call:
    return unit.insert(
        Call.model_construct(
            sid=unit.new_sid("CA"),
            account_sid=number.account_sid,
            to=number.phone_number,
            from_=caller,
            phone_number_sid=number.sid,
            status="ringing",
            start_time=unit.now,
            direction="inbound",
            api_version=number.api_version,
            caller_name=arrival.caller_name if route.caller_id_lookup else None,
            forwarded_from=to_e164(arrival.trunk, arrival.forwarded_from) if arrival.forwarded_from else None,
            trunk_sid=arrival.trunk.sid,
            application_sid=route.application_sid,
            application_revision=route.application_revision,
            url=route.url,
            method=route.method,
            fallback_url=route.fallback_url,
            fallback_method=route.fallback_method,
            status_callback=route.status_callback,
            status_callback_method=route.status_callback_method,
            status_callback_events=["completed"],
            route=route.as_dict(),
            sip_call_id=arrival.sip_call_id,
            sip_parameters=dict(arrival.sip_parameters),
            node=arrival.node,
        )
    )
