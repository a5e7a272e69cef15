from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.wire.jitter_buffer import JitterBuffer


def drained(buffer: JitterBuffer[int], count: int) -> list[int | None]:
    return [buffer.pop() for _ in range(count)]


def filled(*sequences: int, depth: int = 3) -> JitterBuffer[int]:
    buffer = JitterBuffer[int](depth)
    for sequence in sequences:
        buffer.push(sequence, sequence)
    return buffer


def test_nothing_comes_out_before_the_delay_is_built_up() -> None:
    buffer = filled(1, 2)
    assert buffer.pop() is None
    buffer.push(3, 3)
    assert drained(buffer, 4) == [1, 2, 3, None]


def test_packets_come_out_in_order() -> None:
    assert drained(filled(1, 3, 2, 5, 4), 5) == [1, 2, 3, 4, 5]


def test_the_first_packets_may_be_in_the_wrong_order() -> None:
    assert drained(filled(5, 4, 6), 3) == [4, 5, 6]


def test_the_sequence_wraps() -> None:
    assert drained(filled(65534, 0, 65535, 1), 4) == [65534, 65535, 0, 1]


def test_a_duplicate_is_dropped() -> None:
    buffer = filled(1, 2, 3)
    assert not buffer.push(2, 99)
    assert drained(buffer, 3) == [1, 2, 3]
    assert buffer.late == 1


def test_a_packet_after_its_turn_is_dropped() -> None:
    buffer = filled(1, 2, 4)
    assert drained(buffer, 3) == [1, 2, None]
    assert not buffer.push(3, 3)
    assert buffer.pop() == 4
    assert (buffer.lost, buffer.late) == (1, 1)


def test_a_buffer_that_ran_dry_builds_its_delay_up_again() -> None:
    buffer = filled(1, 2, 3)
    assert drained(buffer, 4) == [1, 2, 3, None]
    buffer.push(4, 4)
    assert buffer.pop() is None
    buffer.push(5, 5)
    buffer.push(6, 6)
    assert drained(buffer, 3) == [4, 5, 6]


def test_a_burst_gives_up_the_oldest() -> None:
    buffer = JitterBuffer[int](depth=3, capacity=5)
    for sequence in range(8):
        buffer.push(sequence, sequence)
    assert len(buffer) == 5
    assert drained(buffer, 5) == [3, 4, 5, 6, 7]
    assert buffer.lost == 3


def test_a_restarted_sender_is_followed() -> None:
    buffer = filled(1, 2, 3)
    buffer.pop()
    for sequence in (30000, 30001, 30002):
        assert buffer.push(sequence, sequence)
    assert drained(buffer, 3) == [30000, 30001, 30002]


@settings(max_examples=80)
@given(
    st.integers(0, 65535),
    st.lists(st.tuples(st.floats(0, 39.9), st.booleans(), st.sampled_from([0, 1, 1, 1])), min_size=5, max_size=80),
)
def test_up_to_forty_milliseconds_of_jitter_costs_nothing(start: int, journey: list[tuple[float, bool, int]]) -> None:
    """Packets of 20 ms, each delayed by under 40 ms, some twice: all come out once and in order."""
    arrivals = []
    for index, (delay_ms, is_twice, _) in enumerate(journey):
        arrivals += [(index * 20 + delay_ms, index)] * (2 if is_twice else 1)
    arrivals.sort()
    buffer, heard = JitterBuffer[int](depth=3), []
    for now_ms in range(0, 20 * len(journey) + 200, 20):
        while arrivals and arrivals[0][0] <= now_ms:
            index = arrivals.pop(0)[1]
            buffer.push((start + index) % 65536, index)
        heard.append(buffer.pop())
    played = [index for index in heard if index is not None]
    assert played == sorted(set(played))
    # The last ones stay inside when too few follow to build the delay up again after running dry.
    assert played == list(range(len(played)))
    assert len(played) >= len(journey) - 2


@given(st.lists(st.integers(0, 65535), max_size=60))
def test_any_sequence_numbers_leave_it_bounded(sequences: list[int]) -> None:
    buffer = JitterBuffer[int](depth=2, capacity=6)
    for sequence in sequences:
        buffer.push(sequence, sequence)
        assert len(buffer) <= 6
    drained(buffer, 8)
