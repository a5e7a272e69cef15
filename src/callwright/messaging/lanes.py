"""Who is served next: senders in turn, each from the little of its queue that is kept in memory. No I/O.

A lane holds the next waiting messages of one sender that may go the same ways (carriers in order). Messages that
may go other ways are in another lane, so that they do not wait for a carrier that is not theirs.
"""

import heapq
from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice

from callwright.model.queued_message import QueuedMessage

#: Carriers that may take a message, in the order they are tried; None is this server itself.
Ways = tuple[str | None, ...]

#: So many messages of a lane are kept at most; the others are read when their turn comes near.
BUFFER = 32
_REFILL_AT = BUFFER // 4
#: Postponed ones are kept besides, up to so many.
_MOST_KEPT = 1000
FIRST_SID = "QM" + "0" * 32


@dataclass(frozen=True, order=True)
class Waiting:
    """A message that waits. The earliest due is the lane's next."""

    due: datetime
    sid: str
    #: Its first try is behind it: it came back to be tried again.
    is_postponed: bool = field(compare=False, default=False)


class Lane:
    """The next messages of one sender for the same ways. `cursor`: those up to it have been considered."""

    def __init__(self, sender: str, ways: Ways) -> None:
        self.sender = sender
        self.ways = ways
        self.cursor = FIRST_SID
        #: More of it lies in storage, behind the cursor.
        self.has_more = False
        self.turn: int | None = None
        self._waiting: list[Waiting] = []
        self._postponed = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        return len(self._waiting) - self._postponed >= BUFFER or len(self._waiting) >= _MOST_KEPT

    @property
    def needs_more(self) -> bool:
        return self.has_more and len(self._waiting) - self._postponed <= _REFILL_AT and not self.is_full

    @property
    def due(self) -> datetime | None:
        """When the next of it is due."""
        return self._waiting[0].due if self._waiting else None

    def add(self, waiting: Waiting) -> None:
        heapq.heappush(self._waiting, waiting)
        self._postponed += waiting.is_postponed

    def pop(self) -> Waiting:
        waiting = heapq.heappop(self._waiting)
        self._postponed -= waiting.is_postponed
        return waiting


@dataclass(frozen=True)
class Taken:
    """A message whose turn it is, and the lane it came from."""

    waiting: Waiting
    lane: Lane


class Lanes:
    """All lanes. Lanes whose next message is due take turns, one message each."""

    def __init__(self, in_flight: Set[str] = frozenset()) -> None:
        """`in_flight`: messages that have been taken and whose end is not known yet; they are not offered again."""
        self._in_flight = in_flight
        self._lanes: dict[tuple[str, Ways], Lane] = {}
        self._known: set[str] = set()
        #: Lanes in turn, by the ways they need: those that wait for the same carriers are passed over at once.
        self._ready: dict[Ways, deque[Lane]] = {}
        self._sleeping: list[tuple[datetime, int, Lane]] = []
        self._hungry: dict[Lane, None] = {}
        self._turns = count(1)

    def __len__(self) -> int:
        """How many messages are kept."""
        return len(self._known)

    def __contains__(self, sid: str) -> bool:
        return sid in self._known

    @property
    def next_due(self) -> datetime | None:
        """When a lane that is not ready becomes so."""
        return self._sleeping[0][0] if self._sleeping else None

    def needing_more(self, most: int) -> list[Lane]:
        """Lanes that are to be read on, behind their cursor."""
        return list(islice(self._hungry, most))

    def offer(self, row: QueuedMessage, ways: Ways) -> None:
        """Keep a waiting row if there is room for it; else its lane is marked to be read on. Safe to repeat."""
        if row.sid in self._known or row.sid in self._in_flight:
            return
        lane = self._lane(row.sender, ways)
        if row.sid > lane.cursor:
            if lane.has_more or lane.is_full:
                lane.has_more = True
                self._note_hunger(lane)
                return
            lane.cursor = row.sid
        # A row behind the cursor came to light late (transactions need not end in the order of their SIDs).
        self._add(lane, Waiting(row.due, row.sid))

    def read_on(self, lane: Lane, rows: list[QueuedMessage], ways_of: list[Ways], is_all: bool) -> None:
        """Take in rows of the lane's sender that follow its cursor, oldest first; `is_all`: nothing follows them."""
        lane.has_more = False
        for row, ways in zip(rows, ways_of, strict=True):
            if ways == lane.ways and lane.is_full:
                lane.has_more = True
                break
            self.offer(row, ways)
            lane.cursor = max(lane.cursor, row.sid)
        else:
            lane.has_more = not is_all
        self._hungry.pop(lane, None)
        self._note_hunger(lane)
        self._forget_if_idle(lane)

    def come_back(self, row: QueuedMessage, ways: Ways, due: datetime) -> None:
        """A message that is to be tried again at that moment."""
        if row.sid in self._known:
            return
        self._add(self._lane(row.sender, ways), Waiting(due, row.sid, is_postponed=True))

    def put_back(self, taken: Taken, due: datetime | None = None) -> None:
        """A taken message goes on waiting: until that moment, else at the head of its lane as before."""
        waiting = taken.waiting if due is None else Waiting(due, taken.waiting.sid, is_postponed=True)
        lane = self._lanes.setdefault((taken.lane.sender, taken.lane.ways), taken.lane)
        self._add(lane, waiting)

    def take(self, now: datetime, room: Mapping[str | None, int], most: int) -> list[Taken]:
        """The next due messages that can go on, senders in turn.

        `room` has the carriers that are ready: a full one (0) is waited for, one that is missing is passed over.
        A message without any way needs no room.
        """
        self._wake(now)
        left = dict(room)
        taken: list[Taken] = []
        while len(taken) < most:
            ways = self._next_ways(left)
            if ways is None:
                break
            taken.append(self._take_from(ways, now))
            _use(left, ways)
        return taken

    def _wake(self, now: datetime) -> None:
        """Lanes whose next message has become due take turns again."""
        while self._sleeping and self._sleeping[0][0] <= now:
            _, _, lane = heapq.heappop(self._sleeping)
            if lane.turn is None and lane.due is not None and lane.due <= now:
                self._get_ready(lane)

    def _take_from(self, ways: Ways, now: datetime) -> Taken:
        lane = self._ready[ways].popleft()
        if not self._ready[ways]:
            del self._ready[ways]
        lane.turn = None
        taken = Taken(lane.pop(), lane)
        self._known.discard(taken.waiting.sid)
        if lane.due is not None:
            if lane.due <= now:
                self._get_ready(lane)
            else:
                self._sleep(lane, lane.due)
        self._note_hunger(lane)
        self._forget_if_idle(lane)
        return taken

    def blocked_on(self) -> set[str | None]:
        """The carriers that lanes whose messages are due could use."""
        return {carrier for ways in self._ready for carrier in ways}

    def _next_ways(self, room: Mapping[str | None, int]) -> Ways | None:
        """The ways of the lane whose turn it is among those that can go on."""
        open_ways = [ways for ways in self._ready if not ways or room.get(_way(ways, room), 0) > 0]
        return min(open_ways, key=lambda ways: self._ready[ways][0].turn or 0, default=None)

    def _lane(self, sender: str, ways: Ways) -> Lane:
        lane = self._lanes.get((sender, ways))
        if lane is None:
            lane = self._lanes[sender, ways] = Lane(sender, ways)
        return lane

    def _add(self, lane: Lane, waiting: Waiting) -> None:
        self._known.add(waiting.sid)
        earlier = lane.due
        lane.add(waiting)
        if lane.turn is None and (earlier is None or waiting.due < earlier):
            self._sleep(lane, waiting.due)

    def _sleep(self, lane: Lane, until: datetime) -> None:
        heapq.heappush(self._sleeping, (until, next(self._turns), lane))

    def _get_ready(self, lane: Lane) -> None:
        lane.turn = next(self._turns)
        self._ready.setdefault(lane.ways, deque()).append(lane)

    def _note_hunger(self, lane: Lane) -> None:
        if lane.needs_more:
            self._hungry[lane] = None

    def _forget_if_idle(self, lane: Lane) -> None:
        if not len(lane) and not lane.has_more:
            self._lanes.pop((lane.sender, lane.ways), None)


def _way(ways: Ways, room: Mapping[str | None, int]) -> str | None:
    """The way a message takes: the first that is ready. Where none is, the first of all, for which it waits."""
    return next((way for way in ways if way in room), ways[0])


def _use(room: dict[str | None, int], ways: Ways) -> None:
    """One message less fits."""
    if ways:
        room[_way(ways, room)] -= 1
