"""Whose turn it is: requests that hold much memory and the writer are worked on one after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from callwright.model.errors import TooManyLargeRequests

#: Of one account: one that is worked on, and one that waits.
_MOST_OF_AN_ACCOUNT = 2


class Turns:
    """`with turns.place(account_sid):` before the body is read, `async with turns.turn:` around the work."""

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(1)
        self._placed: Counter[str] = Counter()

    @contextmanager
    def place(self, account_sid: str) -> Iterator[None]:
        """A place in the queue. Raises TooManyLargeRequests."""
        if self._placed[account_sid] >= _MOST_OF_AN_ACCOUNT:
            raise TooManyLargeRequests()
        self._placed[account_sid] += 1
        try:
            yield
        finally:
            self._placed[account_sid] -= 1
            if not self._placed[account_sid]:
                del self._placed[account_sid]
