"""Whose turn it is: senders in turn, carriers apart, and little of the queue in memory."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.fakes.unit_of_work import START

from callwright.messaging.lanes import BUFFER, FIRST_SID, Lanes, Ways
from callwright.model.queued_message import QueuedMessage

A, B = "CR" + "a" * 32, "CR" + "b" * 32


def row(number: int, sender: str = "s", due: datetime = START, **fields: Any) -> QueuedMessage:
    given = {"to": "+15550101", "message_sid": "SM", "expires_at": START + timedelta(hours=4), **fields}
    return QueuedMessage.model_construct(sid=f"QM{number:032x}", account_sid="AC", sender=sender, due=due, **given)


def taken(lanes: Lanes, room: dict[str | None, int], most: int = 50, now: datetime = START) -> list[int]:
    return [int(one.waiting.sid[2:], 16) for one in lanes.take(now, room, most)]


def test_senders_take_turns_one_message_each() -> None:
    lanes = Lanes()
    for number in range(1, 31):
        lanes.offer(row(number, "many"), (A,))
    for number in (31, 32):
        lanes.offer(row(number, f"one-{number}"), (A,))
    assert taken(lanes, {A: 6}) == [1, 31, 32, 2, 3, 4]


def test_a_sender_is_served_in_the_order_its_messages_are_due() -> None:
    lanes = Lanes()
    lanes.offer(row(1, due=START + timedelta(seconds=2)), (A,))
    lanes.offer(row(2, due=START + timedelta(seconds=1)), (A,))
    assert taken(lanes, {A: 9}) == []
    assert lanes.next_due == START + timedelta(seconds=1)
    assert taken(lanes, {A: 9}, now=START + timedelta(seconds=1)) == [2]
    assert taken(lanes, {A: 9}, now=START + timedelta(seconds=2)) == [1]


def test_what_waits_for_one_carrier_does_not_keep_the_same_senders_messages_from_another() -> None:
    lanes = Lanes()
    for number in range(1, 200):
        lanes.offer(row(number), (A,))
    lanes.offer(row(200), (B,))
    assert taken(lanes, {A: 0, B: 5}) == [200]


def test_a_message_passes_over_a_carrier_that_is_down_but_waits_for_one_that_is_full() -> None:
    lanes = Lanes()
    for number in range(1, 4):
        lanes.offer(row(number), (A, B))
    assert taken(lanes, {A: 0, B: 2}) == []
    assert taken(lanes, {B: 2}) == [1, 2]
    assert taken(lanes, {}) == []


def test_turns_count_among_all_who_wait_for_a_carrier_whatever_other_ways_they_have() -> None:
    lanes = Lanes()
    for number, ways in ((1, (A,)), (2, (A, B)), (3, (A,)), (4, (A, B))):
        lanes.offer(row(number, f"sender {number}"), ways)
    assert [taken(lanes, {A: 1}) for _ in range(4)] == [[1], [2], [3], [4]]


def test_a_message_without_any_way_needs_no_room() -> None:
    lanes = Lanes()
    lanes.offer(row(1), ())
    assert taken(lanes, {}) == [1]


def test_of_a_long_queue_only_its_head_is_kept() -> None:
    lanes = Lanes()
    for number in range(1, 10_000):
        lanes.offer(row(number), (A,))
    assert len(lanes) == BUFFER
    assert lanes.needing_more(5) == []  # enough of it is there
    taken(lanes, {A: BUFFER})
    (lane,) = lanes.needing_more(5)
    lanes.read_on(lane, [row(number) for number in range(BUFFER + 1, BUFFER + 6)], [(A,)] * 5, is_all=False)
    assert taken(lanes, {A: 50}) == list(range(BUFFER + 1, BUFFER + 6))
    (lane,) = lanes.needing_more(5)
    lanes.read_on(lane, [], [], is_all=True)
    assert lanes.needing_more(5) == []


def test_a_row_that_came_to_light_late_is_kept_though_later_ones_were_seen() -> None:
    lanes = Lanes()
    for number in range(10, 10 + 2 * BUFFER):
        lanes.offer(row(number), (A,))
    lanes.offer(row(3), (A,))
    assert taken(lanes, {A: 1}) == [3]


def test_offering_twice_changes_nothing() -> None:
    in_flight = {row(2).sid}
    lanes = Lanes(in_flight)
    for number in (1, 1, 2):
        lanes.offer(row(number), (A,))
    assert taken(lanes, {A: 9}) == [1]


def test_postponed_messages_leave_room_for_those_behind_them() -> None:
    lanes = Lanes()
    later = START + timedelta(seconds=60)
    for number in range(1, 2 * BUFFER):
        lanes.come_back(row(number), (A,), later)
    lanes.offer(row(500), (A,))
    assert taken(lanes, {A: 9}) == [500]
    assert len(taken(lanes, {A: 100}, most=100, now=later)) == 2 * BUFFER - 1


def test_what_could_not_be_claimed_is_next_again() -> None:
    lanes = Lanes()
    for number in (1, 2):
        lanes.offer(row(number), (A,))
    (first,) = lanes.take(START, {A: 1}, 1)
    lanes.put_back(first)
    assert taken(lanes, {A: 2}) == [1, 2]


class QueueServed(RuleBasedStateMachine):
    """Storage as a dictionary beside lanes that read it as the dispatcher does: everything is served, once."""

    ways: tuple[Ways, ...] = ((A,), (B,), (A, B))

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[str, tuple[QueuedMessage, Ways]] = {}
        self.served: list[str] = []
        self.in_flight: set[str] = set()
        self.lanes = Lanes(self.in_flight)
        self.newest = FIRST_SID
        self.next = 0

    @rule(sender=st.sampled_from("st"), way=st.integers(0, 2), count=st.sampled_from([1, 3, 50]))
    def store(self, sender: str, way: int, count: int) -> None:
        for _ in range(count):
            self.next += 1
            new = row(self.next, sender)
            self.stored[new.sid] = (new, self.ways[way])

    @rule()
    def see_news(self) -> None:
        for sid in sorted(self.stored):
            if sid > self.newest:
                self.lanes.offer(*self.stored[sid])
                self.newest = sid

    @rule()
    def sweep(self) -> None:
        for sid in sorted(self.stored):
            self.lanes.offer(*self.stored[sid])

    @rule()
    def read_on(self) -> None:
        for lane in self.lanes.needing_more(2):
            behind = [self.stored[sid] for sid in sorted(self.stored) if sid > lane.cursor]
            page = [pair for pair in behind if pair[0].sender == lane.sender and pair[0].sid not in self.in_flight]
            few = page[:BUFFER]
            self.lanes.read_on(lane, [one for one, _ in few], [ways for _, ways in few], len(few) < BUFFER)

    @rule(room_a=st.integers(0, 20), room_b=st.integers(0, 20), comes_back=st.booleans())
    def serve(self, room_a: int, room_b: int, comes_back: bool) -> None:
        for one in self.lanes.take(START, {A: room_a, B: room_b}, 50):
            assert one.waiting.sid in self.stored, "served twice"
            if comes_back:
                self.lanes.come_back(*self.stored[one.waiting.sid], due=START)
            else:
                del self.stored[one.waiting.sid]
                self.served.append(one.waiting.sid)

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.lanes) <= 6 * 2 * BUFFER

    def teardown(self) -> None:
        """Nothing is lost: with room for all, looking and serving goes on until all are served."""
        for _ in range(2 * len(self.stored) + 5):
            self.see_news()
            self.read_on()
            self.serve(20, 20, comes_back=False)
        assert self.stored == {}
        assert len(self.lanes) == 0


QueueServed.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestEverythingIsServedOnce = QueueServed.TestCase
