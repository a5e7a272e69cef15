"""Parts of long messages: put together in any order, once, however often and mixed they come."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.unit_of_work import FakeStorage

from callwright.model.message_part import MessagePart
from callwright.usecases import message_parts
from callwright.usecases.carrier_traffic import Part, Undeliverable
from callwright.usecases.message_parts import Assembled, check_part, collect_part, kept_text, key_of, take_late

TIMEOUT_S = 120.0
FROM, TO = "+15555550111", "+15555550100"


@dataclass
class Collector:
    storage: FakeStorage = field(default_factory=FakeStorage)

    def part(self, reference: int, number: int, total: int, text: str, from_: str = FROM) -> list[Assembled]:
        part = Part(reference, number, total)

        def work(unit: object) -> list[Assembled]:
            row = MessagePart.model_construct(
                sid=self.storage.sids.make("MP"),
                account_sid="AC1",
                key=key_of("CC1", from_, TO, part),
                carrier_sid="CC1",
                from_=from_,
                to=TO,
                number=number,
                total=total,
                text=kept_text(text),
            )
            return collect_part(unit, row, TIMEOUT_S)  # type: ignore[arg-type] # the fake is one

        return self.storage.write_sync(work)

    @property
    def waiting(self) -> list[MessagePart]:
        return self.storage.all(MessagePart)

    def late(self, place: int = 0) -> Assembled | None:
        [job, due] = self.storage.content.jobs[place]
        assert due is not None
        self.storage.now = max(self.storage.now, due)
        return self.storage.write_sync(lambda unit: take_late(unit, job.arguments["part_sid"]))


def test_a_message_is_whole_with_its_last_part_and_nothing_of_it_stays() -> None:
    collector = Collector()
    assert collector.part(7, 2, 2, "world") == []
    assert collector.part(7, 1, 2, "hello ") == [Assembled("CC1", FROM, TO, "hello world", 2)]
    assert collector.waiting == []
    assert collector.late() is None


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[dict[tuple[str, int], list[str]], list[tuple[str, int, int]]]:
    """Messages by sender and reference, and the order in which their parts come, some of them again."""
    keys = st.tuples(st.sampled_from([FROM, "+15555550112"]), st.integers(0, 3))
    texts = st.lists(st.text("ab ", max_size=3), min_size=2, max_size=6)
    messages = draw(st.dictionaries(keys, texts, min_size=1, max_size=4))
    once = [(sender, reference, n) for (sender, reference), parts in messages.items() for n in range(len(parts))]
    order = draw(st.permutations(once))
    # A part that comes again does so before its message is whole: afterwards it begins another one.
    last = {(sender, reference): place for place, (sender, reference, _) in enumerate(order)}
    repeated = []
    for place, item in enumerate(order):
        times = 1 if last[item[:2]] == place else draw(st.integers(1, 2))
        repeated += [item] * times
    return messages, repeated


@given(arrivals())
def test_parts_in_any_order_interleaved_and_repeated_give_each_message_once(
    arriving: tuple[dict[tuple[str, int], list[str]], list[tuple[str, int, int]]],
) -> None:
    messages, order = arriving
    collector = Collector()
    assembled = []
    for sender, reference, n in order:
        parts = messages[sender, reference]
        assembled += collector.part(reference, n + 1, len(parts), parts[n], sender)
    expected = sorted((sender, "".join(parts)) for (sender, _), parts in messages.items())
    assert sorted((one.from_, one.body) for one in assembled) == expected
    assert all(one.missing == () for one in assembled)
    assert collector.waiting == []
    assert len(collector.storage.jobs) == len(messages)
    assert [collector.late(place) for place in range(len(messages))] == [None] * len(messages)


@given(total=st.integers(2, 12), data=st.data())
def test_after_its_time_a_message_goes_with_the_parts_that_came(total: int, data: st.DataObject) -> None:
    come = data.draw(st.lists(st.integers(1, total), min_size=1, max_size=total - 1, unique=True))
    collector = Collector()
    for number in come:
        assert collector.part(1, number, total, f"{number},") == []
    late = collector.late()
    assert late is not None
    assert late.body == "".join(f"{number}," for number in sorted(come))
    assert sorted([*late.missing, *come]) == list(range(1, total + 1))
    assert (collector.waiting, collector.late()) == ([], None)


def test_the_time_counts_from_the_first_part() -> None:
    collector = Collector()
    collector.part(1, 1, 3, "a")
    collector.storage.pass_time(100)
    collector.part(1, 2, 3, "b")
    [(_, due)] = collector.storage.content.jobs
    assert due is not None
    assert (due - collector.storage.now).total_seconds() == TIMEOUT_S - 100


def test_a_timer_of_a_whole_message_leaves_the_next_with_its_reference_alone() -> None:
    collector = Collector()
    collector.part(1, 1, 2, "a")
    collector.part(1, 2, 2, "b")
    collector.part(1, 1, 2, "c")
    assert collector.late(0) is None
    assert collector.part(1, 2, 2, "d") == [Assembled("CC1", FROM, TO, "cd", 2)]


def test_a_reference_that_is_used_again_begins_another_message_and_loses_nothing() -> None:
    collector = Collector()
    collector.part(1, 1, 2, "old")
    assert collector.part(1, 1, 2, "new ") == [Assembled("CC1", FROM, TO, "old", 2, missing=(2,))]
    assert collector.part(1, 2, 2, "end") == [Assembled("CC1", FROM, TO, "new end", 2)]


def test_totals_of_one_reference_are_messages_of_their_own() -> None:
    collector = Collector()
    collector.part(1, 1, 2, "a")
    assert collector.part(1, 2, 3, "b") == []
    assert len(collector.waiting) == 2


def test_a_pair_keeps_a_bounded_number_of_parts_and_the_oldest_message_goes_first() -> None:
    collector = Collector()
    most = message_parts.MOST_WAITING
    for reference in range(most):
        assert collector.part(reference, 1, 2, f"{reference}") == []
    [oldest] = collector.part(most, 1, 2, "one more")
    assert (oldest.body, oldest.missing) == ("0", (2,))
    assert collector.part(most + 1, 1, 2, "x", from_="+15555550112") == []
    assert len(collector.waiting) == most + 1


@pytest.mark.parametrize("part", [Part(1, 0, 2), Part(1, 3, 2), Part(1, 1, 0), Part(1, 1, 256), Part(1, -1, -1)])
def test_parts_that_cannot_be_are_refused(part: Part) -> None:
    with pytest.raises(Undeliverable, match="count from 1"):
        check_part(part)


@given(number=st.integers(1, 255), more=st.integers(0, 254))
def test_all_other_parts_are_taken(number: int, more: int) -> None:
    check_part(Part(65_535, number, min(number + more, 255)))


def test_a_character_that_was_cut_in_two_is_whole_again() -> None:
    collector = Collector()
    high, low = "\ud83d", "\ude00"
    assert collector.part(7, 1, 2, f"Hello {high}") == []
    [assembled] = collector.part(7, 2, 2, f"{low}!")
    assert assembled.body == "Hello 😀!"
