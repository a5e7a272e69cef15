"""E.164 normalisation per trunk."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.dial_plan import to_e164
from callwright.model.resources.trunk import Trunk


def trunk(**fields: Any) -> Trunk:
    known: dict[str, Any] = {"sid": "TK" + "1" * 32, "account_sid": "AC" + "1" * 32, "friendly_name": "carrier"}
    return Trunk.model_construct(**(known | fields))


@pytest.mark.parametrize(
    ("user", "fields", "expected"),
    [
        ("+15555550100", {}, "+15555550100"),
        ("15555550100", {}, "+15555550100"),
        ("0015555550100", {"country_code": "49"}, "+15555550100"),
        ("030123456", {"country_code": "49"}, "+4930123456"),
        ("06123456", {"country_code": "39"}, "+3906123456"),
        ("5555550100", {"country_code": "1"}, "+15555550100"),
        ("15555550100", {"country_code": "1"}, "+15555550100"),
        ("9915555550100", {"strip_prefix": "99"}, "+15555550100"),
        ("+1 (555) 555-0100", {}, "+15555550100"),
        ("+15555550100;npdi", {}, "+15555550100"),
        ("anonymous", {}, "anonymous"),
    ],
)
def test_what_the_carrier_writes_becomes_e164(user: str, fields: dict[str, Any], expected: str) -> None:
    assert to_e164(trunk(**fields), user) == expected


@given(st.text(max_size=40))
def test_whatever_comes_is_answered(user: str) -> None:
    assert isinstance(to_e164(trunk(country_code="49"), user), str)
