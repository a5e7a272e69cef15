"""The dispatcher sees the same ways for a message as its claim does, however often it asks."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.messaging.test_lanes import row

from callwright.messaging.ways import WayFinder
from callwright.model.carrier_routing import choose_carriers
from callwright.model.resources.carrier import Carrier

PARENT, CHILD, OTHER = "ACp", "ACc", "ACo"
OWNERS = {PARENT: PARENT, CHILD: PARENT, OTHER: OTHER}

numbers = st.sampled_from(["+15550100", "+15550101", "+4930123", "12345", "Acme"])
patterns = st.lists(st.sampled_from(["+15550100", "+1*", "+49*", "12345", "Acme"]), max_size=2)
prefixes = st.lists(st.sampled_from(["+1", "+1555", "+49", "+4930123", "12345"]), max_size=2)


@st.composite
def carrier_sets(draw: Any) -> list[Carrier]:
    return [
        Carrier.model_construct(
            sid=f"CR{number}",
            account_sid=draw(st.sampled_from([PARENT, CHILD, OTHER])),
            friendly_name=f"carrier {number}",
            kind="smpp",
            priority=draw(st.integers(1, 2)),
            senders=draw(patterns),
            destinations=draw(prefixes),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


asked = st.lists(
    st.tuples(
        st.sampled_from([PARENT, CHILD, OTHER]),
        numbers,
        numbers,
        st.lists(st.sampled_from(["CR0", "CR1"])),
        st.booleans(),
    ),
    max_size=8,
)


@given(carrier_sets(), asked)
def test_the_ways_are_those_of_the_claim(
    carriers: list[Carrier], messages: list[tuple[str, str, str, list[str], bool]]
) -> None:
    finder = WayFinder(carriers, OWNERS)
    for account, sender, to, tried, is_here in messages * 2:
        facts = {"account_sid": account, "is_here": is_here}
        message = row(1, f"{account}:{sender}", to=to, tried=tried).model_copy(update=facts)
        theirs = [carrier for carrier in carriers if carrier.account_sid in (account, OWNERS[account])]
        routing = choose_carriers(message, theirs, tried, is_here=is_here)
        assert finder.ways_of(message) == tuple(one.sid if one else None for one in routing.candidates)


def test_the_carriers_of_an_account_that_becomes_known_are_looked_up_again() -> None:
    carrier = Carrier.model_construct(sid="CR0", account_sid=PARENT, friendly_name="parent's", kind="smpp")
    owners: dict[str, str] = {}
    finder = WayFinder([carrier], owners)
    message = row(1, f"{CHILD}:x").model_copy(update={"account_sid": CHILD})
    assert finder.ways_of(message) == (None,)
    owners[CHILD] = PARENT
    assert finder.ways_of(message) == ("CR0",)
