"""Rate slots: when an account may do the next thing of a kind, so that a rate holds over all servers."""

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from callwright.model.record import Record

#: Clocks of servers on one database may differ that much.
_CLOCKS_DIFFER = timedelta(minutes=1)


class RateSlot(Record):
    """`next_free` is the moment from which on the next one of that name (calls …) may start."""

    table: ClassVar[str] = "rate_slots"

    name: str
    next_free: datetime

    def free_from(self, now: datetime) -> datetime:
        """The moment from which on it may be taken: `now`, or later.

        One that was written in the future was written by a clock that has been set back since: it is free.
        """
        if self.date_updated is not None and self.date_updated > now + _CLOCKS_DIFFER:
            return now
        return max(now, self.next_free)


def slot_sid(account_sid: str, name: str) -> str:
    """The SID of an account's slot: there is one for each name, so it is worked out, not drawn."""
    return "RS" + hashlib.sha256(f"{account_sid}:{name}".encode()).hexdigest()[:32]
