"""Choosing carriers: who may take a message, in which order, and why."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.carrier_routing import NoRoom, Routing, choose_carriers, destination_length, first_with_room
from callwright.model.resources.carrier import Carrier


@dataclass(frozen=True)
class Envelope:
    from_: str | None
    to: str | None


ORDER = "lowest priority number, then longest destination prefix, then most exact sender"
TO_BERLIN = Envelope("+15555550100", "+4930123456")


def carrier(sid: str, **fields: object) -> Carrier:
    values = {"friendly_name": f"carrier-{sid}", "kind": "smpp", **fields}
    return Carrier.model_construct(sid=sid, account_sid="AC", **values)  # type: ignore[arg-type] # fields vary


def chosen(carriers: list[Carrier], message: Envelope = TO_BERLIN, tried: tuple[str, ...] = ()) -> list[str | None]:
    candidates = choose_carriers(message, carriers, tried).candidates
    return [one.sid if one is not None else None for one in candidates]


def test_without_carriers_this_server_itself_is_the_last_resort() -> None:
    assert chosen([]) == [None]


def test_a_carrier_that_takes_everything_comes_before_this_server() -> None:
    assert chosen([carrier("A")]) == ["A"]


def test_a_carrier_that_is_switched_off_takes_nothing() -> None:
    assert chosen([carrier("A", is_enabled=False)]) == [None]


def test_lower_priority_numbers_come_first() -> None:
    assert chosen([carrier("A", priority=20), carrier("B", priority=5), carrier("C")]) == ["B", "C", "A"]


def test_among_equals_the_longest_destination_prefix_comes_first() -> None:
    general, germany, berlin = carrier("A"), carrier("B", destinations=["+49"]), carrier("C", destinations=["+4930"])
    assert chosen([general, germany, berlin]) == ["C", "B", "A"]


def test_priority_beats_the_destination_prefix() -> None:
    assert chosen([carrier("A", priority=1), carrier("B", priority=2, destinations=["+4930"])]) == ["A", "B"]


def test_a_carrier_with_other_destinations_is_no_candidate() -> None:
    assert chosen([carrier("A", destinations=["+44", "+33"])]) == [None]


def test_senders_are_matched_exactly_or_by_prefix() -> None:
    exact, prefix, other = (
        carrier("A", senders=["+15555550100"]),
        carrier("B", senders=["+1555*"]),
        carrier("C", senders=["+15555550101"]),
    )
    assert chosen([prefix, other, exact]) == ["A", "B"]


def test_a_pattern_without_an_asterisk_is_no_prefix() -> None:
    assert chosen([carrier("A", senders=["+1555"])]) == [None]


def test_an_asterisk_alone_takes_every_sender() -> None:
    assert chosen([carrier("A", senders=["*"])]) == ["A"]


def test_carriers_that_could_not_take_it_come_last() -> None:
    carriers = [carrier("A", priority=1), carrier("B", priority=2)]
    assert chosen(carriers, tried=("A",)) == ["B", "A"]
    assert chosen(carriers, tried=("A", "B")) == ["A", "B"]


def test_a_number_of_this_server_is_reached_by_this_server_unless_a_carrier_names_the_message() -> None:
    def to_own(*carriers: Carrier, tried: tuple[str, ...] = ()) -> list[str | None]:
        candidates = choose_carriers(TO_BERLIN, carriers, tried, is_here=True).candidates
        return [one.sid if one is not None else None for one in candidates]

    assert to_own(carrier("A", priority=1)) == [None]
    assert to_own(carrier("A"), carrier("B", destinations=["+49"])) == ["B", None]
    assert to_own(carrier("A", senders=["+1555*"])) == ["A", None]
    assert to_own(carrier("A", senders=["+1666*"])) == [None]
    assert to_own(carrier("B", destinations=["+49"]), tried=("B",)) == [None, "B"]


def test_what_was_passed_over_for_not_being_connected_is_told_with_what_was_taken() -> None:
    first, second, third = carrier("A", priority=1), carrier("B", priority=2), carrier("C", priority=3)
    decided = choose_carriers(TO_BERLIN, [first, second, third]).decided(second, is_here=False)
    assert [(reason.rule, reason.chose, reason.lost) for reason in decided.reasons] == [
        ("not connected", "nothing", ("carrier A (carrier-A)",)),
        (ORDER, "carrier B (carrier-B)", ("carrier C (carrier-C)",)),
    ]
    here = choose_carriers(TO_BERLIN, [first], is_here=True).decided(None, is_here=True)
    assert [(reason.rule, reason.chose) for reason in here.reasons][-1] == (
        "To is a number of this server",
        "this server itself",
    )
    last = choose_carriers(TO_BERLIN, []).decided(None, is_here=False)
    assert last.reasons[-1].rule == "no carrier takes it: the last resort"


def test_the_reasons_name_who_lost_by_which_rule_and_no_phone_number() -> None:
    carriers = [
        carrier("A"),
        carrier("B", is_enabled=False),
        carrier("C", senders=["+1666*"]),
        carrier("D", destinations=["+44"]),
    ]
    routing = choose_carriers(TO_BERLIN, carriers).decided(carriers[0], is_here=False)
    assert [(reason.rule, reason.chose, reason.lost) for reason in routing.reasons] == [
        ("switched off", "nothing", ("carrier B (carrier-B)",)),
        ("not for this sender", "nothing", ("carrier C (carrier-C)",)),
        ("not for this destination", "nothing", ("carrier D (carrier-D)",)),
        (ORDER, "carrier A (carrier-A)", ()),
    ]
    assert "+49" not in str(routing.as_dict())
    assert routing.as_dict()["candidates"] == ["A"]


def test_the_first_candidate_with_room_is_taken() -> None:
    first, second = carrier("A"), carrier("B")
    routing = Routing((first, second))
    assert first_with_room(routing, {"A": 1, "B": 1}) is first
    assert first_with_room(routing, {"B": 1}) is second
    with pytest.raises(NoRoom):  # a full one is waited for: the next may cost more
        first_with_room(routing, {"A": 0, "B": 1, None: 5})
    with pytest.raises(NoRoom):
        first_with_room(routing, {None: 5})
    assert first_with_room(Routing((None,)), {None: 1}) is None


PREFIXES = st.lists(st.sampled_from(["+", "+1", "+15", "+49", "+4930", "7"]), max_size=3)
SENDERS = st.lists(st.sampled_from(["*", "+1*", "+1555*", "+15555550100", "ACME", "A*"]), max_size=3)
CARRIERS = st.lists(
    st.builds(
        lambda priority, senders, destinations, is_enabled: (priority, senders, destinations, is_enabled),
        st.integers(0, 3),
        SENDERS,
        PREFIXES,
        st.booleans(),
    ),
    max_size=6,
)
MESSAGES = st.builds(
    Envelope, st.sampled_from(["+15555550100", "+4912345", "ACME", ""]), st.sampled_from(["+4930123", "+1555", "72345"])
)


@given(CARRIERS, MESSAGES, st.sets(st.integers(0, 5)))
def test_every_candidate_takes_the_message_and_none_that_does_is_missing(
    rows: list[tuple[int, list[str], list[str], bool]], message: Envelope, tried_at: set[int]
) -> None:
    carriers = [
        carrier(f"CR{at}", priority=row[0], senders=row[1], destinations=row[2], is_enabled=row[3])
        for at, row in enumerate(rows)
    ]
    tried = [f"CR{at}" for at in tried_at]
    candidates = choose_carriers(message, carriers, tried).candidates
    fitting = [one for one in carriers if one.is_enabled and _fits(one, message)]
    if not fitting:
        assert candidates == (None,)
        return
    assert None not in candidates
    assert {one.sid for one in candidates if one} == {one.sid for one in fitting}
    ranks = [
        (one.sid in tried, one.priority, -(destination_length(one, message.to or "") or 0))
        for one in candidates
        if one is not None
    ]
    assert ranks == sorted(ranks)
    assert candidates == choose_carriers(message, carriers[::-1], tried[::-1]).candidates


def _fits(one: Carrier, message: Envelope) -> bool:
    sender, to = message.from_ or "", message.to or ""
    by_sender = not one.senders or any(
        sender == pattern or (pattern[-1] == "*" and sender.startswith(pattern[:-1])) for pattern in one.senders
    )
    return by_sender and (not one.destinations or any(to.startswith(prefix) for prefix in one.destinations))
