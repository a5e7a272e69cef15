"""Variants: shares of callers that go to other URLs, each caller always to the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.model.errors import InvalidParameter
from callwright.model.variants import MOST_VARIANTS, SLOTS, _owners, checked_variants, choose_variant, slot_of

AP = "AP" + "1" * 32
CALLERS = [f"+1555{number:07}" for number in range(1000)]


def variants(*weights: float) -> list[dict[str, Any]]:
    return checked_variants(
        [{"url": f"http://v{index}.test/", "weight": weight} for index, weight in enumerate(weights)]
    )


def chosen(stored: list[dict[str, Any]], sid: str = AP) -> list[int | None]:
    return [choose_variant(stored, sid, "voice", caller) for caller in CALLERS]


def test_each_variant_gets_about_its_share_and_the_rest_stays() -> None:
    found = chosen(variants(10, 25.5))
    shares = [found.count(index) / len(CALLERS) * 100 for index in (0, 1, None)]
    assert shares == pytest.approx([10, 25.5, 64.5], abs=4)


def test_a_caller_stays_where_it_is_and_the_choice_is_written_in_stone() -> None:
    assert slot_of(AP, "voice", "+15555550100") == 36, "every node and every release has to agree"
    assert chosen(variants(10, 20)) == chosen(variants(10, 20))


def test_applications_and_channels_choose_apart() -> None:
    stored = variants(50)
    assert chosen(stored) != chosen(stored, "AP" + "2" * 32)
    assert chosen(stored) != [choose_variant(stored, AP, "sms", caller) for caller in CALLERS]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=2), st.data())
@settings(max_examples=60, deadline=None)
def test_raising_a_weight_only_moves_callers_into_that_variant(slots: list[int], data: st.DataObject) -> None:
    raised = data.draw(st.integers(0, len(slots) - 1))
    more = data.draw(st.integers(0, SLOTS - sum(slots)))
    check_raised(slots, raised, more)


@given(st.lists(st.integers(1, 400), min_size=3, max_size=MOST_VARIANTS), st.data())
@settings(max_examples=40, deadline=None)
def test_raising_one_of_many_small_variants_does_too(slots: list[int], data: st.DataObject) -> None:
    """Runs of at most 600 slots never meet."""
    check_raised(slots, data.draw(st.integers(0, len(slots) - 1)), 200)


def check_raised(slots: list[int], raised: int, more: int) -> None:
    before = chosen(variants(*(slot / 100 for slot in slots)))
    slots = [slot + more * (index == raised) for index, slot in enumerate(slots)]
    after = chosen(variants(*(slot / 100 for slot in slots)))
    assert {new for old, new in zip(before, after, strict=True) if old != new} <= {raised}


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=MOST_VARIANTS))
@settings(max_examples=40, deadline=None)
def test_shares_are_exact_whatever_the_weights(slots: list[int]) -> None:
    while sum(slots) > SLOTS:
        slots.pop()
    stored = variants(*(slot / 100 for slot in slots))
    owners = _owners(tuple(slots))
    assert [owners.count(index) for index in range(len(stored))] == slots


@pytest.mark.parametrize("caller", ["", "anonymous", "Anonymous", "Restricted", "unavailable", " ", "+266696687"])
def test_who_withholds_the_number_goes_to_the_main_url(caller: str) -> None:
    assert choose_variant(variants(40, 59.99), AP, "voice", caller) is None


def test_without_a_rest_they_all_go_to_one_variant() -> None:
    stored = variants(50, 50)
    assert len({choose_variant(stored, AP, "voice", caller) for caller in ("", "anonymous", "private")} - {None}) == 1


def test_any_text_is_a_caller() -> None:
    for caller in ("\ud800", "sip:a@b", "x" * 10_000, "\0"):
        assert choose_variant(variants(50, 50), AP, "voice", caller) in (0, 1)


def test_variants_are_stored_as_they_were_given_and_null_clears() -> None:
    given_ones = [{"url": "https://u:p@a.test/x#rc=2", "weight": 10}, {"weight": 0.25, "url": "http://b.test/"}]
    assert checked_variants(given_ones) == given_ones
    assert isinstance(checked_variants([{"url": "http://a.test/", "weight": 10.0}])[0]["weight"], int)
    assert checked_variants(None) == checked_variants([]) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"url": "http://a.test/"}, "is no list"),
        (["http://a.test/"], "variants[0] 'http://a.test/' is no object"),
        ([{"url": "http://a.test/", "weight": 1, "wieght": 2}], "has no 'wieght'"),
        ([{"weight": 1}], "variants[0].url is not a valid URL"),
        ([{"url": "/relative", "weight": 1}], "give an absolute http or https URL"),
        ([{"url": "ftp://a.test/", "weight": 1}], "give an absolute http or https URL"),
        ([{"url": "http://a.test/"}], "variants[0].weight has to be a percentage above 0, up to 100. It is missing."),
        *(([{"url": "http://a.test/", "weight": wrong}], "weight") for wrong in (0, -1, 101, "10", True, float("nan"))),
        ([{"url": "http://a.test/", "weight": 0.005}], "finer than 0.01"),
        ([{"url": "http://a.test/", "weight": 60}] * 2, "add up to 120 percent"),
        ([{"url": "http://a.test/", "weight": 1}] * 11, "at most 10"),
    ],
)
def test_what_is_no_variant_is_refused_with_place_cause_and_fix(value: Any, told: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        checked_variants(value)
    assert told in refused.value.message


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "weight", "x"]), inner),
    max_leaves=6,
)


@given(json_like)
def test_any_json_is_variants_or_refused(value: Any) -> None:
    try:
        stored = checked_variants(value)
    except InvalidParameter:
        return
    assert checked_variants(stored) == stored
