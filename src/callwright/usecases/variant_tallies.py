"""How the variants of applications do: requests and failures of each within its sliding window, in memory.

Counting starts anew with the process. What follows from the counts is done by usecases.guard_variant.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callwright.model.variants import Channel

DEFAULT_WINDOW_S = 300
#: A window is counted in so many steps: what is older than the window is gone, at most one step early.
STEPS = 60
#: Variants that are counted at one time; the longest unused are forgotten first.
MOST_VARIANTS = 10_000


@dataclass(frozen=True)
class Variant:
    """What is counted: one URL that takes a share of an application's calls or messages."""

    application_sid: str
    channel: Channel
    url: str


@dataclass(frozen=True)
class Tally:
    """Requests in the window, and those of them that failed."""

    requests: int = 0
    failures: int = 0
    window_s: int = DEFAULT_WINDOW_S

    @property
    def failure_percent(self) -> float:
        return 100 * self.failures / self.requests if self.requests else 0.0

    def exceeds(self, limits: Mapping[str, Any] | None) -> bool:
        """Whether that is too much by an application's `variant_guard`; nothing is for None."""
        return (
            limits is not None
            and self.requests >= limits["least_requests"]
            and self.failures * 100 >= limits["failure_percent"] * self.requests
        )


@dataclass
class _Step:
    number: int
    requests: int = 0
    failures: int = 0


@dataclass
class _Window:
    """The counts of one variant in steps of `window_s / STEPS`, oldest first."""

    window_s: int
    limits: Mapping[str, Any] | None
    steps: deque[_Step] = field(default_factory=deque)

    def _number(self, now: datetime) -> int:
        number = int(now.timestamp() * STEPS // self.window_s)
        # A clock that is set back must not bring old counts back: time stands still until it has caught up.
        return max(number, self.steps[-1].number) if self.steps else number

    def count(self, now: datetime, *, has_failed: bool) -> None:
        number = self._number(now)
        self._forget(number)
        if not self.steps or self.steps[-1].number != number:
            self.steps.append(_Step(number))
        self.steps[-1].requests += 1
        self.steps[-1].failures += has_failed

    def tally(self, now: datetime) -> Tally:
        self._forget(self._number(now))
        requests, failures = (sum(getattr(step, name) for step in self.steps) for name in ("requests", "failures"))
        return Tally(requests, failures, self.window_s)

    def _forget(self, number: int) -> None:
        while self.steps and self.steps[0].number <= number - STEPS:
            self.steps.popleft()


class VariantTallies:
    """Counts what variants are asked, and how often they fail. For the event loop's thread alone."""

    def __init__(self) -> None:
        self._windows: OrderedDict[Variant, _Window] = OrderedDict()

    def is_watched(self, variant: Variant) -> bool:
        return variant in self._windows

    def watch(self, variant: Variant, limits: Mapping[str, Any] | None) -> None:
        """Count this variant from now on, or by other limits (`variant_guard` as stored; None: only to be shown).

        With another window counting starts anew.
        """
        window_s = _window_s(limits)
        known = self._windows.get(variant)
        if known is not None and known.window_s == window_s:
            known.limits = limits
            return
        self._windows[variant] = _Window(window_s, limits)
        if len(self._windows) > MOST_VARIANTS:
            self._windows.popitem(last=False)

    def count(self, variant: Variant, now: datetime, *, has_failed: bool) -> Tally | None:
        """Count one request of a watched variant; its tally if that is now more than its limits allow."""
        window = self._windows.get(variant)
        if window is None:
            return None
        self._windows.move_to_end(variant)
        window.count(now, has_failed=has_failed)
        tally = window.tally(now)
        return tally if tally.exceeds(window.limits) else None

    def tally(self, variant: Variant, limits: Mapping[str, Any] | None, now: datetime) -> Tally:
        """What has been counted in the window of these limits; nothing of one that has not been asked."""
        window = self._windows.get(variant)
        window_s = _window_s(limits)
        return window.tally(now) if window is not None and window.window_s == window_s else Tally(window_s=window_s)

    def forget(self, variant: Variant) -> None:
        self._windows.pop(variant, None)


def _window_s(limits: Mapping[str, Any] | None) -> int:
    return int(limits["window_s"]) if limits is not None else DEFAULT_WINDOW_S
