"""Pace: how many messages a carrier may be given per second (generic cell rate algorithm)."""

from collections.abc import Callable

#: Longest stretch that is handed over at once, so that a fast carrier does not need a wake-up for each message.
_BURST_S = 0.05
_UNBOUNDED = 1_000_000
_EPSILON_S = 1e-9


class Pace:
    """Keeps each carrier's rate on the given clock. A rate of None is unbounded."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        #: When everything that was spent has been worked off (theoretical arrival time).
        self._free_s: dict[str | None, float] = {}

    def room(self, carrier_sid: str | None, per_second: float | None) -> int:
        """How many may be handed over now."""
        if per_second is None:
            return _UNBOUNDED
        now_s = self._monotonic_s()
        ahead_s = max(self._free_s.get(carrier_sid, 0.0), now_s) - now_s
        tolerance_s = (_burst(per_second) - 1) / per_second
        return max(0, int((tolerance_s - ahead_s + _EPSILON_S) * per_second + 1))

    def spend(self, carrier_sid: str | None, per_second: float | None) -> None:
        """One is handed over."""
        if per_second is not None:
            start_s = max(self._free_s.get(carrier_sid, 0.0), self._monotonic_s())
            self._free_s[carrier_sid] = start_s + 1 / per_second

    def next_s(self, carrier_sid: str | None) -> float:
        """When a whole burst may be handed over again, on the clock."""
        return self._free_s.get(carrier_sid, 0.0)


def _burst(per_second: float) -> int:
    return max(1, int(per_second * _BURST_S))
