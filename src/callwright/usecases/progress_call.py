"""Move a call forward and enqueue the status callbacks that its progress owes, in one transaction."""

from typing import Any

from callwright.model.resources.call import FINAL_STATUSES, Call
from callwright.usecases.ports import Job, UnitOfWork
from callwright.usecases.voice_parameters import rfc2822, voice_parameters

DELIVER_STATUS_CALLBACK = "deliver_status_callback"

#: Order of a call's life; a status never goes back.
_RANK = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3}
_EVENTS = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


def progress_call(unit: UnitOfWork, call_sid: str, status: str, facts: dict[str, Any] | None = None) -> Call | None:
    """Set the call's status (and other facts of it) unless it has come so far already; None when the row is gone.

    `initiated` exists in webhooks only; the row stays queued (reference: resources, Calls).
    """
    call = unit.get(Call, call_sid)
    if call is None or call.is_final:
        return call
    if status not in FINAL_STATUSES and _RANK[status] <= _RANK[call.status]:
        return call
    changes = dict(facts or {})
    if status != "initiated":
        changes["status"] = status
    if status == "in-progress":
        changes |= {"answer_time": unit.now, "start_time": call.start_time or unit.now}
    if status in FINAL_STATUSES:
        changes |= _final(unit, call)
    return _with_callback(unit, call, status, changes)


def _final(unit: UnitOfWork, call: Call) -> dict[str, Any]:
    seconds = round((unit.now - call.answer_time).total_seconds()) if call.answer_time else 0
    return {"end_time": unit.now, "duration": str(max(seconds, 0)), "start_time": call.start_time or unit.now}


def _with_callback(unit: UnitOfWork, call: Call, status: str, changes: dict[str, Any]) -> Call:
    event = "completed" if status in FINAL_STATUSES else _EVENTS.get(status)
    owed = bool(call.status_callback) and event in (call.status_callback_events or ["completed"])
    if owed:
        changes["callback_sequence"] = call.callback_sequence + 1
    changed = unit.update(call, changes) if changes else call
    if owed:
        unit.enqueue(_callback(unit, changed, status, call.callback_sequence))
    return changed


def _callback(unit: UnitOfWork, call: Call, status: str, sequence: int) -> Job:
    parameters = voice_parameters(call, status) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": rfc2822(unit.now),
    }
    if status in FINAL_STATUSES:
        parameters |= {"CallDuration": call.duration or "0", "Duration": str(-(-int(call.duration or 0) // 60))}
    if call.sip_response_code is not None:
        parameters["SipResponseCode"] = str(call.sip_response_code)
    arguments = {
        "call_sid": call.sid,
        "account_sid": call.account_sid,
        "url": call.status_callback,
        "method": call.status_callback_method,
        "parameters": parameters,
    }
    return Job(DELIVER_STATUS_CALLBACK, arguments, lane=f"callbacks:{call.sid}", account_sid=call.account_sid)
