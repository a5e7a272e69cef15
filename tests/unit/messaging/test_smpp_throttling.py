from hypothesis import given
from hypothesis import strategies as st

from callwright.messaging.smpp.throttling import Pace


def send_for(pace: Pace, start_s: float, seconds: float) -> int:
    """How many parts go out in that time, when as many wait as may go; 200 a second at most."""
    sent = 0
    for tick in range(int(seconds * 200)):
        now_s = start_s + tick / 200
        pace.recover(now_s)
        if pace.wait_s(now_s) == 0:
            pace.sent(now_s)
            sent += 1
    return sent


def test_nothing_is_slowed_down_before_the_carrier_says_so() -> None:
    assert send_for(Pace(), 0, 3) == 600


def test_a_throttled_link_pauses_and_goes_on_at_half_its_rate() -> None:
    pace = Pace()
    send_for(pace, 0, 3)
    pace.throttled(3.0)
    assert send_for(pace, 3.0, 0.99) == 0
    assert 95 <= send_for(pace, 4.0, 1) <= 115


def test_the_refusals_of_one_window_halve_once() -> None:
    pace = Pace()
    send_for(pace, 0, 3)
    for n in range(50):
        pace.throttled(3.0 + n / 100)
    assert pace.rate is not None
    assert pace.rate > 90


def test_it_recovers_step_by_step_to_no_limit() -> None:
    pace = Pace()
    send_for(pace, 0, 3)
    pace.throttled(3.0)
    rates = []
    for second in range(4, 60):
        send_for(pace, second, 1)
        rates.append(pace.rate)
    limited = [rate for rate in rates if rate is not None]
    assert limited == sorted(limited)
    assert 10 < len(limited) < 50
    assert rates[-1] is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=60))
def test_it_never_stops_for_good(events: list[tuple[bool, float]]) -> None:
    pace, now_s = Pace(), 100.0
    for is_throttled, pause_s in events:
        now_s += pause_s
        if is_throttled:
            pace.throttled(now_s)
        else:
            pace.recover(now_s)
            pace.sent(now_s)
        assert pace.rate is None or pace.rate >= 1
    assert send_for(pace, now_s, 65) > 0
