"""How often people of one account may have this server ask a web app for a test: never a way to flood one."""

from datetime import timedelta

from callwright.model.rate_slot import RateSlot, slot_sid
from callwright.usecases.ports import UnitOfWork


def reserve_request(unit: UnitOfWork, account_sid: str, name: str, *, every_s: float, most_at_once: int) -> bool:
    """Take one of the account's requests of that name; False when too many were made lately.

    One comes free every `every_s` seconds, up to `most_at_once`: the slot runs ahead of the clock by those made.
    """
    sid = slot_sid(account_sid, name)
    slot = unit.get(RateSlot, sid, for_update=True)
    start = slot.free_from(unit.now) if slot is not None else unit.now
    next_free = start + timedelta(seconds=every_s)
    if next_free - unit.now > timedelta(seconds=every_s * most_at_once):
        return False
    if slot is None:
        unit.insert(RateSlot.model_construct(sid=sid, account_sid=account_sid, name=name, next_free=next_free))
    else:
        unit.update(slot, {"next_free": next_free})
    return True
