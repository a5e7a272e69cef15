"""How many messages a carrier may be given per second."""

import pytest

from callwright.messaging.pace import Pace


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def spent(pace: Pace, clock: Clock, per_second: float, seconds: float) -> int:
    """How many go out when it is asked as often as it says something may go."""
    total = 0
    end_s = clock.now_s + seconds
    while clock.now_s < end_s:
        room = pace.room("a", per_second)
        for _ in range(room):
            pace.spend("a", per_second)
        total += room
        clock.now_s = max(pace.next_s("a"), clock.now_s)
    return total


@pytest.mark.parametrize("per_second", [0.5, 1, 3, 30, 100, 1000])
def test_the_rate_is_used_up_and_not_exceeded(per_second: float) -> None:
    clock = Clock()
    total = spent(Pace(clock), clock, per_second, 60)
    assert 60 * per_second - 1 <= total <= 60 * per_second * 1.01 + 1


@pytest.mark.parametrize(("per_second", "burst"), [(1, 1), (19, 1), (100, 5), (1000, 50)])
def test_after_a_pause_no_more_than_a_burst_goes_at_once(per_second: float, burst: int) -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.room("a", per_second) == burst
    pace.spend("a", per_second)
    assert pace.room("a", per_second) == burst - 1
    clock.now_s += 3600
    assert pace.room("a", per_second) == burst


def test_carriers_have_a_pace_each_and_none_without_a_rate() -> None:
    pace = Pace(Clock())
    pace.spend("a", 1)
    assert pace.room("a", 1) == 0
    assert pace.room("b", 1) == 1
    assert pace.room("c", None) > 1000
