"""Tags: what is one, and what a list of them becomes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.errors import InvalidParameter
from callwright.model.number_search import tag_facet
from callwright.model.tags import LONGEST_TAG, MOST_TAGS, checked_tags


def test_tags_are_trimmed_sorted_and_each_once() -> None:
    assert checked_tags([" vip", "retail ", "vip", "größe", "👩‍👩‍👧", "Vip"]) == sorted(
        ["vip", "retail", "größe", "👩‍👩‍👧", "Vip"]
    )
    assert checked_tags(None) == checked_tags([]) == []


@pytest.mark.parametrize(
    "value",
    ["vip", {"vip": 1}, 7, [""], ["  "], ["a,b"], ["a\nb"], ["a\x1fb"], ["\x00"], ["\ud83d"], ["x" * 33], [None], [1],
     [["a"]], [str(number) for number in range(21)]],
)  # fmt: skip
def test_what_is_no_list_of_tags_is_refused(value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"tags?\b"):
        checked_tags(value)


@given(st.lists(st.text(max_size=40), max_size=25))
def test_whatever_is_accepted_can_be_stored_and_told_apart(values: list[str]) -> None:
    try:
        tags = checked_tags(values)
    except InvalidParameter:
        return
    assert tags == sorted(set(tags)) == checked_tags(tags)
    assert len(tags) <= MOST_TAGS
    for tag in tags:
        assert 0 < len(tag) <= LONGEST_TAG
        assert tag == tag.strip()
        assert "," not in tag
        tag.encode()
        assert tag_facet(tag).count("\x1f") == 2
