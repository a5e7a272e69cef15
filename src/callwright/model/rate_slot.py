"""Rate slots: when an account may do the next thing of a kind, so that a rate holds over all servers."""

import hashlib
from datetime import datetime
from typing import ClassVar

from callwright.model.record import Record


class RateSlot(Record):
    """`next_free` is the moment from which on the next one of that name (calls …) may start."""

    table: ClassVar[str] = "rate_slots"

    name: str
    next_free: datetime


def slot_sid(account_sid: str, name: str) -> str:
    """The SID of an account's slot: there is one for each name, so it is worked out, not drawn."""
    return "RS" + hashlib.sha256(f"{account_sid}:{name}".encode()).hexdigest()[:32]
