"""Reads the queue's rows for the dispatcher: new ones, the next of lanes that run low, and now and then all."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from callwright.messaging.lanes import BUFFER, FIRST_SID, Lane
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.usecases.ports import Condition, UnitOfWork

_PAGE = 500
#: So many lanes are read on at once.
MOST_LANES = 20
#: Everything is looked through so often at most, and for a fiftieth of the time.
_SWEEP_EVERY_S = 5.0
_SWEEP_SHARE = 50

_UNCLAIMED = Condition("node", None)


@dataclass(frozen=True)
class Found:
    """Rows oldest first."""

    new: list[QueuedMessage]
    swept: list[QueuedMessage]
    #: Of each lane that runs low: the next rows of its sender, and whether those are all.
    lanes: list[tuple[Lane, list[QueuedMessage], bool]]
    #: The parents of accounts that were not known.
    owners: dict[str, str]


@dataclass(frozen=True)
class Look:
    """What to read. Runs in the storage's thread, so it holds all it needs."""

    new_after: str | None
    sweep_after: str | None
    lanes: Sequence[tuple[Lane, str]]
    known_accounts: Container[str]

    def read(self, unit: UnitOfWork) -> Found:
        new = _page(unit, self.new_after)
        swept = _page(unit, self.sweep_after)
        lanes = []
        for lane, cursor in self.lanes:
            conditions = [Condition("sender", lane.sender), _UNCLAIMED]
            few = unit.select(QueuedMessage, conditions, limit=BUFFER, after_sid=cursor)[::-1]
            lanes.append((lane, few, len(few) < BUFFER))
        rows = [*new, *swept, *(row for _, some, _ in lanes for row in some)]
        unknown = {row.account_sid for row in rows if row.account_sid not in self.known_accounts}
        found = [unit.get(Account, sid) for sid in unknown]
        return Found(new, swept, lanes, {one.sid: one.owner_account_sid for one in found if one is not None})


def _page(unit: UnitOfWork, after_sid: str | None) -> list[QueuedMessage]:
    if after_sid is None:
        return []
    return unit.select(QueuedMessage, [_UNCLAIMED], limit=_PAGE, after_sid=after_sid)[::-1]


class ReadingPlan:
    """What to look at next: what is new since the last look, and a sweep over all every few seconds.

    The sweep finds what the look at new rows cannot: rows whose transaction ended after one with later SIDs, rows
    that were written by another process, and rows that expired where no carrier would take them.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._newest = FIRST_SID
        self._has_news = True
        self._sweep_after: str | None = None
        self._sweep_began_s = 0.0
        self.next_sweep_s = monotonic_s() + _SWEEP_EVERY_S

    def news(self) -> None:
        """Rows were written."""
        self._has_news = True

    def next_look(self, lanes: list[Lane], known_accounts: Container[str]) -> Look | None:
        """None when there is nothing to look at."""
        if self._sweep_after is None and self._monotonic_s() >= self.next_sweep_s:
            self._sweep_after, self._sweep_began_s = FIRST_SID, self._monotonic_s()
        if not (self._has_news or lanes or self._sweep_after is not None):
            return None
        new_after = self._newest if self._has_news else None
        self._has_news = False
        return Look(new_after, self._sweep_after, [(lane, lane.cursor) for lane in lanes], known_accounts)

    def failed(self) -> None:
        """The look could not be taken: it is to be taken again."""
        self._has_news = True

    def looked(self, look: Look, found: Found) -> None:
        if found.new:
            self._newest = found.new[-1].sid
            self._has_news = self._has_news or len(found.new) == _PAGE
        if look.sweep_after is None:
            return
        if len(found.swept) == _PAGE:
            self._sweep_after = found.swept[-1].sid
        else:
            self._end_sweep()

    def _end_sweep(self) -> None:
        self._sweep_after = None
        now_s = self._monotonic_s()
        self.next_sweep_s = now_s + max(_SWEEP_EVERY_S, _SWEEP_SHARE * (now_s - self._sweep_began_s))
