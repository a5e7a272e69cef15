"""Queue an outgoing call: who is called, from which number, what drives it, and when it is dialled."""

import re
from typing import Any

from callwright.model.errors import (
    FromInvalid,
    FromNotOwned,
    FromRequired,
    InvalidParameter,
    SendDigitsInvalid,
    TimeoutInvalid,
    ToInvalid,
    ToRequired,
    ToUnreachable,
)
from callwright.model.phone_number import sip_uri, to_e164
from callwright.model.resource import Operation
from callwright.model.resources.account import Account
from callwright.model.resources.call import CALLS, Call, CallCreation
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.usecases.instruct_call import instructions_of
from callwright.usecases.operations import Request, performs
from callwright.usecases.place_call import PLACE_CALL, outbound_trunk
from callwright.usecases.ports import Condition, Job, UnitOfWork
from callwright.usecases.reserve_call_slot import reserve_call_slot

_SEND_DIGITS = re.compile(r"[0-9A-D#*wW]{1,32}", re.ASCII)
_DEFAULT_TIMEOUT_S, _LONGEST_TIMEOUT_S = 60, 600
_DEFAULT_TIME_LIMIT_S, _LONGEST_TIME_LIMIT_S = 14_400, 86_400

READS = frozenset({"status_callback_event", "send_digits", "timeout", "time_limit", "caller_id", "application_sid"})


@performs(CALLS, Operation.CREATE, reads=READS)
def create_call(unit: UnitOfWork, request: Request) -> Call:
    """Store the call as queued, with its turn among the account's calls; a durable job dials it then."""
    asked = request.parameters
    assert isinstance(asked, CallCreation)  # noqa: S101 - the resource declares it
    to = callee_of(asked.to)
    caller = caller_of(asked.from_)
    drives = instructions_of(unit, request.account, asked, to)
    dialing = _dialing(asked)
    trunk = outbound_trunk(unit, request.account)
    if trunk is None and not to.startswith("sip:"):
        raise ToUnreachable()
    number = caller_number(unit, request.account, trunk, caller, request.settings)
    if dialing["caller_id"] is not None:
        caller_number(unit, request.account, trunk, dialing["caller_id"], request.settings)
    call = unit.insert(
        Call.model_construct(
            sid=unit.new_sid("CA"),
            account_sid=request.account.sid,
            to=to,
            from_=caller,
            phone_number_sid=number.sid if number is not None else None,
            status="queued",
            direction="outbound-api",
            dialing=dialing,
            **drives,
        )
    )
    due = reserve_call_slot(unit, request.account.sid, request.settings.calls_per_second)
    unit.enqueue(Job(PLACE_CALL, {"call_sid": call.sid}, account_sid=call.account_sid), due=due)
    return call


def callee_of(text: str | None) -> str:
    """Who is called, in E.164 or as a SIP URI. Raises ToRequired (21201) or ToInvalid (21211)."""
    if not text:
        raise ToRequired()
    to = to_e164(text) or sip_uri(text)
    if to is None:
        raise ToInvalid(
            f"The phone number you are attempting to call, {text}, is not valid: "
            "give E.164, for example +15555550100, or a SIP URI, for example sip:user@host."
        )
    return to


def caller_of(text: str | None) -> str:
    """The caller id in E.164. Raises FromRequired (21213) or FromInvalid (21212)."""
    if not text:
        raise FromRequired()
    caller = to_e164(text)
    if caller is None:
        raise FromInvalid(f"Invalid 'From' Number {text}: give E.164, for example +15555550100.")
    return caller


def caller_number(
    unit: UnitOfWork, account: Account, trunk: Trunk | None, caller: str, settings: Any
) -> IncomingPhoneNumber | None:
    """The account's number that is shown as caller; None where any caller id may be shown.

    Raises FromNotOwned (21210).
    """
    mine = Condition("account_sid", account.sid)
    number = unit.find(IncomingPhoneNumber, Condition("phone_number", caller), mine)
    is_anyone_allowed = settings.allow_any_caller_id or (trunk is not None and trunk.any_caller_id)
    if number is None and not is_anyone_allowed:
        raise FromNotOwned(
            f"The source phone number provided, {caller}, is not yet verified for your account: call from one of "
            "its IncomingPhoneNumbers, or let a trunk show any caller id (callwright trunks update --any-caller-id)."
        )
    return number


def _dialing(asked: CallCreation) -> dict[str, Any]:
    if asked.send_digits and not _SEND_DIGITS.fullmatch(asked.send_digits):
        raise SendDigitsInvalid()
    timeout_s = _whole(asked.timeout, _LONGEST_TIMEOUT_S)
    if asked.timeout and timeout_s is None:
        raise TimeoutInvalid()
    time_limit_s = time_limit_s_of(asked.time_limit)
    return {
        "timeout_s": timeout_s or _DEFAULT_TIMEOUT_S,
        "time_limit_s": time_limit_s or _DEFAULT_TIME_LIMIT_S,
        "send_digits": asked.send_digits or None,
        "caller_id": caller_of(asked.caller_id) if asked.caller_id else None,
    }


def time_limit_s_of(text: str | None) -> int | None:
    """TimeLimit in seconds, None when it was not given; raises InvalidParameter for what is no such number."""
    limit_s = _whole(text, _LONGEST_TIME_LIMIT_S)
    if text and limit_s is None:
        raise InvalidParameter(f"Invalid TimeLimit: give whole seconds from 1 to {_LONGEST_TIME_LIMIT_S}.")
    return limit_s


def _whole(text: str | None, largest: int) -> int | None:
    if not text or not (text.isascii() and text.isdigit() and len(text) <= len(str(largest))):
        return None
    return int(text) if 1 <= int(text) <= largest else None
