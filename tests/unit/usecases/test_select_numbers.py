"""Selectors: what is accepted, what each means, and that none means more than was said."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.random_numbers import APPS, is_meant, random_fields, random_selector
from tests.fakes.unit_of_work import FakeStorage

from callwright.model.errors import InvalidParameter
from callwright.model.number_search import folded
from callwright.model.phone_number import country_of
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.select_numbers import FILTERS, Selector, find_numbers

_FIELDS: dict[str, Any] = {"sid": "AC" + "1" * 32}
ACCOUNT = Account.model_construct(**_FIELDS)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_selector_means_what_a_look_at_each_number_finds(chance: random.Random) -> None:
    storage = FakeStorage()
    for sid, owner in zip(APPS, ("1", "1", "2"), strict=False):
        storage.put(Application.model_construct(sid=sid, account_sid="AC" + owner * 32))
    numbers = [
        IncomingPhoneNumber.model_construct(
            sid=f"PN{index:032x}", account_sid=ACCOUNT.sid, **random_fields(chance, index)
        )
        for index in range(8)
    ]
    storage.put(*numbers)
    filters = random_selector(chance)
    found = storage.read_sync(lambda unit: find_numbers(unit, ACCOUNT, Selector.checked(filters), 100))
    assert found == [number for number in reversed(numbers) if is_meant(number, filters)]


@given(
    st.dictionaries(
        st.sampled_from([*FILTERS, "all"]), st.none() | st.text(max_size=5) | st.lists(st.text()) | st.integers()
    )
)
def test_a_filter_is_kept_or_refused_and_never_dropped(values: dict[str, Any]) -> None:
    try:
        selector = Selector.checked(values)
    except InvalidParameter:
        return
    assert {name for name in FILTERS if getattr(selector, name)} == set(values)
    assert len(selector.conditions()) >= len(values)


@pytest.mark.parametrize("value", [None, "", [], [""], " ", {}, 0, False])
@pytest.mark.parametrize("name", FILTERS)
def test_an_empty_filter_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameter):
        Selector.checked({name: value})


@given(st.text(max_size=20), st.text(max_size=20))
def test_folding_is_stable_and_knows_no_capitals(one: str, other: str) -> None:
    assert folded(folded(one)) == folded(one)
    assert folded(one.upper().lower()) == folded(one.upper())
    if one.isascii() and other.isascii():
        assert (folded(one) == folded(other)) == (one.lower() == other.lower())


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+15105550100", "US"), ("+14165550100", "CA"), ("+15555550100", "US"), ("+493055501020", "DE"),
        ("+442079460000", "GB"), ("+80012345678", None), ("+9991234567", None), ("+390612345678", "IT"),
        ("+3790669812345", None), ("nonsense", None),
    ],
)  # fmt: skip
def test_a_number_has_a_country(number: str, country: str | None) -> None:
    assert country_of(number) == country
