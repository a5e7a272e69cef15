"""An incoming call: which number it is for, where that number routes it, and the call row it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.model.dial_plan import to_e164
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.model.routing import Route, route_voice
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, report_problem

_NOT_FOUND = 404
_FORBIDDEN = 403
_UNAVAILABLE = 480
_TRUNKING_UNSUPPORTED = 11100


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
    """The call ends here: `sip_status` for the carrier, `cause` (with the fix) for the log."""

    sip_status: int
    cause: str
    call: Call | None = None


def answer_call(unit: UnitOfWork, arrival: Arrival) -> Admitted | Refused:
    """Decide on an incoming call; rows are read now, so that an edit answered before this moment counts."""
    dialed = to_e164(arrival.trunk, arrival.to_user)
    number = unit.find(IncomingPhoneNumber, Condition("phone_number", dialed))
    owner = unit.get(Account, number.account_sid) if number else None
    if number is None or owner is None or not _may_use(owner, arrival.trunk):
        return Refused(_NOT_FOUND, f"{dialed} is no number of this trunk's account: add it (callwright numbers create)")
    if owner.status != "active":
        return Refused(_FORBIDDEN, f"account {owner.sid} is {owner.status}")
    application = unit.get(Application, number.voice_application_sid) if number.voice_application_sid else None
    route = route_voice(number, application)
    call = _insert(unit, arrival, number, route)
    if route.source == "trunk":
        message = f"{dialed} points at trunk {route.trunk_sid}; forwarding to a trunk is not supported yet."
        return _refuse(unit, call, Problem(_TRUNKING_UNSUPPORTED, message))
    if route.error_code is not None and route.url is None:
        return _refuse(unit, call, Problem(route.error_code, route.error or ""))
    return Admitted(call, owner)


def _may_use(owner: Account, trunk: Trunk) -> bool:
    return trunk.account_sid in (owner.sid, owner.owner_account_sid)


def _refuse(unit: UnitOfWork, call: Call, problem: Problem) -> Refused:
    report_problem(unit, call, problem)
    progress_call(unit, call.sid, "failed", {"sip_response_code": _UNAVAILABLE})
    return Refused(_UNAVAILABLE, problem.message, call)


def _insert(unit: UnitOfWork, arrival: Arrival, number: IncomingPhoneNumber, route: Route) -> Call:
    return unit.insert(
        Call.model_construct(
            sid=unit.new_sid("CA"),
            account_sid=number.account_sid,
            to=number.phone_number,
            from_=to_e164(arrival.trunk, arrival.from_user),
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
