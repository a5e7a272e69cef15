import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.wire.dtmf import (
    KEYS,
    DigitDecoder,
    EventPacket,
    TelephoneEvent,
    check_digits,
    parse_event,
    plan_digits,
)
from callwright.wire.error import WireError

STEP = 160


def sent(digits: str, start: int = 1000) -> list[tuple[int, bytes]]:
    """Timestamp and payload of every event packet, as a leg would send them."""
    packets = []
    for index, step in enumerate(plan_digits(digits)):
        if step is not None:
            packets.append(((start + index * STEP - step.offset) % 2**32, step.payload))
    return packets


def heard(packets: list[tuple[int, bytes]]) -> str:
    decoder = DigitDecoder()
    return "".join(key for packet in packets if (key := decoder.receive(*packet)))


@given(st.builds(TelephoneEvent, st.integers(0, 255), st.booleans(), st.integers(0, 63), st.integers(0, 65535)))
def test_an_event_comes_back_as_it_was(event: TelephoneEvent) -> None:
    assert parse_event(event.serialise()) == event


@given(st.binary(max_size=12))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    if len(payload) < 4:
        with pytest.raises(WireError):
            parse_event(payload)
    else:
        parse_event(payload)
        DigitDecoder().receive(0, payload)


def test_a_key_keeps_its_timestamp_raises_its_duration_and_ends_three_times() -> None:
    packets = [step for step in plan_digits("5") if step is not None]
    events = [parse_event(packet.payload) for packet in packets]
    assert [event.code for event in events] == [5] * 7
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.is_end for event in events] == [False] * 4 + [True] * 3
    assert [packet.marker for packet in packets] == [True] + [False] * 6
    assert {timestamp for timestamp, _ in sent("5")} == {1000}


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
@pytest.mark.parametrize(("digits", "milliseconds"), [("1", 200), ("1w2", 900), ("W", 1000), ("", 0)])
def test_a_key_takes_a_fifth_of_a_second_and_pauses_theirs(digits: str, milliseconds: int, ptime_ms: int) -> None:
    plan = list(plan_digits(digits, ptime_ms))
    assert len(plan) * ptime_ms == pytest.approx(milliseconds, abs=2.5 * ptime_ms)


def test_other_characters_are_refused_by_name() -> None:
    with pytest.raises(WireError, match="'x'"):
        check_digits("12x")
    with pytest.raises(WireError):
        list(plan_digits("e"))


@given(st.text(KEYS + "wW", max_size=12), st.integers(0, 2**32 - 1))
def test_what_is_dialled_is_heard(digits: str, start: int) -> None:
    assert heard(sent(digits, start)) == digits.replace("w", "").replace("W", "")


@settings(max_examples=60)
@given(st.text(KEYS, min_size=1, max_size=10), st.randoms(use_true_random=False), st.integers(0, 2**32 - 1))
def test_duplicated_reordered_and_lost_packets_change_nothing(digits: str, chance: random.Random, start: int) -> None:
    presses: dict[int, list[tuple[int, bytes]]] = {}
    for packet in sent(digits, start):
        presses.setdefault(packet[0], []).append(packet)
    battered = []
    for packets in presses.values():
        kept = chance.sample(packets, chance.randint(1, len(packets)))
        battered += kept + chance.choices(kept, k=2)
    for position, _ in enumerate(pairwise(battered)):
        if chance.random() < 0.3 and battered[position][0] == battered[position + 1][0]:
            battered[position : position + 2] = battered[position + 1], battered[position]
    assert heard(battered) == digits


def test_an_end_packet_after_the_next_key_is_not_that_key_again() -> None:
    first, second = sent("1"), sent("2", 3000)
    assert heard([*first[:-1], second[0], first[-1], *second[1:]]) == "12"


def test_a_press_of_which_only_a_late_packet_arrives_is_heard() -> None:
    first, second = sent("1"), sent("2", 3000)
    assert heard([second[0], first[-1], *second[1:]]) == "21"


def test_the_same_key_twice_is_two_keys_even_without_ends() -> None:
    assert heard([sent("7", 0)[0], sent("7", 1600)[0]]) == "77"


def held_for_ten_seconds() -> list[tuple[int, bytes]]:
    segments = [(0, TelephoneEvent(3, False, 10, 400)), (0, TelephoneEvent(3, False, 10, 0xFFFF))]
    segments.append((0xFFFF, TelephoneEvent(3, False, 10, 160)))
    segments.append((0xFFFF, TelephoneEvent(3, True, 10, 16000)))
    return [(timestamp, event.serialise()) for timestamp, event in segments]


def test_a_key_held_for_ten_seconds_is_one_key() -> None:
    assert heard(held_for_ten_seconds()) == "3"


def test_a_sender_that_restarts_its_clock_is_heard() -> None:
    assert heard(sent("1", 900_000) + held_for_ten_seconds() + sent("2", 90_000)) == "132"


def test_flash_and_fax_tones_are_no_keys() -> None:
    assert heard([(0, TelephoneEvent(16, True, 10, 800).serialise())]) == ""


def test_a_short_event_is_refused() -> None:
    with pytest.raises(WireError):
        DigitDecoder().receive(0, b"\x01\x0a\x00")


def test_plans_are_of_packets_and_silence() -> None:
    assert {type(step) for step in plan_digits("1")} == {EventPacket, type(None)}
