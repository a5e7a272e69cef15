"""
| waiting | running | next |
|---|---|---|
| A | A: less than three quarters | A |
| A | A: three quarters | nobody: the rest is for others |
| A, B | A: three quarters | B |
| A, B | A and B: more than a quarter each, three quarters in all | nobody |
| A, B, C | as above | C |
| the server's own | anything but all | the server's own |
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callwright.storage.job_queues.shares import NOBODY, Nobody, Shares


def shares(**running: int) -> Shares:
    made = Shares(16)
    for account_sid, jobs in running.items():
        for _ in range(jobs):
            made.start(account_sid)
    return made


def test_one_account_gets_three_quarters() -> None:
    assert shares(A=11).next_of("A") == "A"
    assert shares(A=12).next_of("A") is NOBODY


def test_whoever_runs_least_is_next() -> None:
    assert shares(A=12).next_of("AB") == "B"
    assert shares(A=3, B=2).next_of("AB") == "B"


def test_the_last_quarter_is_for_those_with_less_than_a_quarter() -> None:
    assert shares(A=6, B=6).next_of("AB") is NOBODY
    assert shares(A=6, B=6).next_of("ABC") == "C"
    assert shares(A=6, B=6, C=3).next_of("ABC") == "C"
    assert shares(A=6, B=6, C=4).next_of("ABC") is NOBODY


def test_the_servers_own_work_is_never_held_back() -> None:
    assert shares(A=12).next_of(["A", None]) is None
    assert shares(A=16).next_of(["A", None]) is NOBODY


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["A", "B", "C", "D", "E"])), max_size=200), st.integers(1, 64))
def test_an_account_below_its_share_waits_only_for_a_worker(steps: list[tuple[bool, str]], workers: int) -> None:
    made, running = Shares(workers), dict.fromkeys("ABCDE", 0)
    for is_end, account_sid in steps:
        if is_end and running[account_sid]:
            made.end(account_sid)
            running[account_sid] -= 1
        elif not is_end:
            chosen: Any = made.next_of(account_sid)
            if isinstance(chosen, Nobody):
                assert sum(running.values()) == workers or running[account_sid] >= max(workers // 4, 1)
                continue
            made.start(account_sid)
            running[account_sid] += 1
    assert sum(running.values()) <= workers
