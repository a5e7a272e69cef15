"""Who may start the next job: no account's jobs, however slow its web apps, keep those of others waiting."""

from collections import Counter
from collections.abc import Iterable
from typing import Final


class Nobody:
    """Answered when no job may start now."""


NOBODY: Final = Nobody()


class Shares:
    """Counts the jobs that run, by account.

    The last quarter of the workers is kept for accounts that use less than a quarter of them; so one account alone
    gets three quarters, and whoever comes then finds workers that are free. The server's own jobs (None) take any.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._share = max(workers // 4, 1)
        self._running: Counter[str | None] = Counter()
        self._in_all = 0

    def next_of(self, waiting: Iterable[str | None]) -> str | Nobody | None:
        """Of those whose job may start now, the one with the fewest running jobs."""
        if self._in_all >= self._workers:
            return NOBODY
        may_start = (account_sid for account_sid in waiting if self.allows(account_sid))
        return min(may_start, key=self._running.__getitem__, default=NOBODY)

    def allows(self, account_sid: str | None) -> bool:
        """Whether one more job of it may run, as long as there is any worker left."""
        if account_sid is None or self._running[account_sid] < self._share:
            return True
        return self._in_all < self._workers - self._share

    def start(self, account_sid: str | None) -> None:
        self._running[account_sid] += 1
        self._in_all += 1

    def end(self, account_sid: str | None) -> None:
        self._in_all -= 1
        self._running[account_sid] -= 1
        if not self._running[account_sid]:
            del self._running[account_sid]
