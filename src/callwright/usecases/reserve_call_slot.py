"""Reserve the moment of an account's next outgoing call, in the transaction that stores the call."""

from datetime import datetime, timedelta

from callwright.model.rate_slot import RateSlot, slot_sid
from callwright.model.resources.account import Account
from callwright.usecases.ports import UnitOfWork

_NAME = "calls"


def reserve_call_slot(unit: UnitOfWork, account_sid: str, calls_per_second: float) -> datetime:
    """When the call may be dialled: now, or as soon as the calls before it leave room."""
    # The account's row is there already: locking it also orders the two that would insert the first slot.
    unit.get(Account, account_sid, for_update=True)
    sid = slot_sid(account_sid, _NAME)
    slot = unit.get(RateSlot, sid)
    start = slot.free_from(unit.now) if slot is not None else unit.now
    next_free = start + timedelta(seconds=1 / calls_per_second)
    if slot is None:
        unit.insert(RateSlot.model_construct(sid=sid, account_sid=account_sid, name=_NAME, next_free=next_free))
    else:
        unit.update(slot, {"next_free": next_free})
    return start
