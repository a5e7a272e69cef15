"""Moments as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.errors import InvalidParameter
from callwright.model.local_time import moment_of


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2026-12-24T18:00", "Europe/Berlin", datetime(2026, 12, 24, 17, tzinfo=UTC)),
        ("2026-07-24T18:00", "Europe/Berlin", datetime(2026, 7, 24, 16, tzinfo=UTC)),
        ("2026-12-24T18:00:30+01:00", None, datetime(2026, 12, 24, 17, 0, 30, tzinfo=UTC)),
        ("2026-12-24 18:00Z", None, datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24", "America/New_York", datetime(2026, 12, 24, 5, tzinfo=UTC)),
        # Clocks show 02:30 twice: the first counts.
        ("2026-10-25T02:30", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_by_its_clock(written: str, zone: str | None, expected: datetime) -> None:
    moment = moment_of(written, zone, "at")
    assert moment == expected
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "zone", "words"),
    [
        ("2026-12-24T18:00", None, "names no clock"),
        ("2026-12-24T18:00Z", "Europe/Berlin", "has an offset already"),
        ("2026-03-29T02:30", "Europe/Berlin", "clocks go forward"),
        ("2026-12-24T18:00", "Europe/Berln", "did you mean Europe/Berlin"),
        ("tomorrow", None, "ISO 8601"),
        (1_700_000_000, None, "ISO 8601"),
        (None, None, "ISO 8601"),
        ("0001-01-01T00:00+14:00", None, "beyond the calendar"),
        ("9999-12-31T23:00", "America/New_York", "beyond the calendar"),
        ("2026-12-24\ud80018:00Z", None, "ISO 8601"),
    ],
)
def test_what_is_no_moment_is_refused_with_the_fix(written: object, zone: str | None, words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        moment_of(written, zone, "at")


@given(st.text(max_size=45) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", fullmatch=True))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    for zone in (None, "Pacific/Apia"):
        try:
            moment_of(text, zone, "at")
        except InvalidParameter as error:
            error.message.encode()
