"""Act on a call: cancel it, end it, or send it to another document; change where its progress is told."""

from typing import Any

from callwright.model.errors import InvalidParameter, NotFound, NotSupportedYet, WrongCallState
from callwright.model.resource import Operation
from callwright.model.resources.call import CALLS, Call, CallUpdate
from callwright.usecases.create_call import time_limit_s_of
from callwright.usecases.instruct_call import check_twiml
from callwright.usecases.operations import Request, performs
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.stored import stored

_SETTINGS = ("fallback_url", "fallback_method", "status_callback", "status_callback_method")
#: How long an answer waits for the order to show on the row: a hang-up takes a round trip to the other side.
_SHOWS_WITHIN_S, _LOOK_EVERY_S = 1.5, 0.05


@performs(CALLS, Operation.UPDATE, reads=frozenset({"time_limit"}))
async def update_call(ports: Ports, request: Request) -> Call:
    """Raises WrongCallState (21220) when the call is past what is asked of it."""
    asked = request.parameters
    assert isinstance(asked, CallUpdate)  # noqa: S101 - the resource declares it
    _check_one_order(asked)
    call = await ports.storage.write(lambda unit: _change_row(unit, request, asked), request.actor)
    if asked.status is not None:
        return await _end(ports, call, asked.status) if not call.is_final else call
    if asked.url or asked.twiml:
        return await _redirect(ports, call, asked)
    return call


def _check_one_order(asked: CallUpdate) -> None:
    orders = {"Status": asked.status, "Url": asked.url, "Twiml": asked.twiml}
    given = [name for name, value in orders.items() if value]
    if len(given) > 1:
        raise InvalidParameter(f"{' and '.join(given)} exclude each other: send one of them.")
    check_twiml(asked.twiml or "")


def _change_row(unit: UnitOfWork, request: Request, asked: CallUpdate) -> Call:
    """Store the settings; a call that nobody dials yet is ended here, without a callback."""
    call: Call = stored(unit, request)
    given = asked.given()
    if given:
        _check_state(call, asked)
    changes: dict[str, Any] = {name: given[name] for name in _SETTINGS if name in given}
    changes |= _time_limit(call, asked)
    if asked.status is not None and _is_waiting(call):
        changes |= {"status": "canceled", "start_time": unit.now, "end_time": unit.now, "duration": "0"}
    return unit.update(call, changes) if changes else call


def _check_state(call: Call, asked: CallUpdate) -> None:
    if call.is_final:
        raise WrongCallState(f"Unable to update record. Call is {call.status}. It cannot be changed anymore.")
    if asked.status == "canceled" and call.status not in ("queued", "ringing"):
        raise WrongCallState(
            f"Unable to update record. Call is {call.status}. Cannot cancel: end it with Status=completed."
        )
    if (asked.url or asked.twiml) and call.status != "in-progress":
        raise WrongCallState()


def _time_limit(call: Call, asked: CallUpdate) -> dict[str, Any]:
    limit_s = time_limit_s_of(asked.time_limit)
    if limit_s is None:
        return {}
    if not _is_waiting(call):
        raise NotSupportedYet("TimeLimit can be changed only while the call is queued: leave it out.")
    return {"dialing": {**call.dialing, "time_limit_s": limit_s}}


def _is_waiting(call: Call) -> bool:
    """Whether no server has claimed it yet."""
    return call.status == "queued" and call.node is None


async def _end(ports: Ports, call: Call, status: str) -> Call:
    order = ports.live_calls.cancel if status == "canceled" else ports.live_calls.hang_up
    if await order(call.sid):
        return await _seen(ports, call, _SHOWS_WITHIN_S)
    seen = await _seen(ports, call, 0.0)
    if not seen.is_final:
        raise WrongCallState(f"Unable to update record. Call is {seen.status}. No server can be told: try again.")
    return seen


async def _seen(ports: Ports, call: Call, within_s: float) -> Call:
    """The row once it is final, or as it is after a while: ending is the other side's business too."""
    waited_s = 0.0
    while True:
        seen = await ports.storage.read(lambda unit: unit.get(Call, call.sid))
        if seen is None:
            raise NotFound()
        if seen.is_final or waited_s >= within_s:
            return seen
        await ports.sleep(_LOOK_EVERY_S)
        waited_s += _LOOK_EVERY_S


async def _redirect(ports: Ports, call: Call, asked: CallUpdate) -> Call:
    if not await ports.live_calls.redirect(call.sid, asked.url, asked.method, asked.twiml):
        raise WrongCallState()
    return call
