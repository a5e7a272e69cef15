"""Waiting for a fact, with a bound, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], is_so: Callable[[T], bool], within_s: float = 20.0) -> T:
    """Look again and again until it is so; AssertionError with the last look when it never is."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if is_so(seen):
            return seen
        assert time.monotonic() < deadline, f"not so within {within_s} s; last seen: {seen!r}"
        time.sleep(0.02)
