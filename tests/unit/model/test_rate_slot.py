"""Rate slots: when the next one may go, also when the clock jumps."""

from datetime import UTC, datetime, timedelta

import pytest

from callwright.model.rate_slot import RateSlot

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def slot(free_in_s: float, written_s_ago: float | None) -> RateSlot:
    written = NOW - timedelta(seconds=written_s_ago) if written_s_ago is not None else None
    next_free = NOW + timedelta(seconds=free_in_s)
    return RateSlot.model_construct(sid="RS1", account_sid="AC1", name="n", next_free=next_free, date_updated=written)


@pytest.mark.parametrize(
    ("free_in_s", "written_s_ago", "waits_s"),
    [
        (-5, 10, 0),
        (5, 10, 5),
        (5, None, 5),
        (3600, 0, 3600),
        (5, -30, 5),  # by another server, whose clock is ahead of ours
        (3600, -3599, 0),  # the clock was set back by an hour
    ],
)
def test_a_slot_written_in_the_future_is_free(free_in_s: float, written_s_ago: float | None, waits_s: float) -> None:
    assert slot(free_in_s, written_s_ago).free_from(NOW) == NOW + timedelta(seconds=waits_s)
