"""How fast a link may send after the carrier throttled it: half at once, and back again step by step."""

_SLOWEST_PER_SECOND = 1.0
#: Steps, one a second, from half the rate back to the rate that was too much, and as many beyond it to no limit.
_STEPS = 20
#: All refusals of one window are one signal.
_SETTLE_S = 1.0
#: A timer that came late may be made up for.
_CATCH_UP_S = 0.05


class Pace:
    """Additive increase, multiplicative decrease. `now_s` is monotonic seconds."""

    def __init__(self) -> None:
        #: Parts per second; None: as fast as the window allows.
        self.rate: float | None = None
        self._peak = 0.0
        self._changed_s = 0.0
        self._next_s = 0.0
        self._window_start_s = 0.0
        self._sent_in_window = 0
        self._measured = 0.0

    def wait_s(self, now_s: float) -> float:
        """How long until the next part may go; 0: now."""
        return 0.0 if self.rate is None else max(0.0, self._next_s - now_s)

    def sent(self, now_s: float) -> None:
        """One part goes out."""
        elapsed_s = now_s - self._window_start_s
        if elapsed_s >= 1.0:
            self._measured = self._sent_in_window / elapsed_s
            self._window_start_s, self._sent_in_window = now_s, 0
        self._sent_in_window += 1
        if self.rate is not None:
            self._next_s = max(self._next_s, now_s - _CATCH_UP_S) + 1.0 / self.rate

    def throttled(self, now_s: float) -> None:
        """The carrier said: too fast."""
        if self.rate is not None and now_s - self._changed_s < _SETTLE_S:
            return
        self._peak = self.rate or max(self._measured, float(self._sent_in_window), 2 * _SLOWEST_PER_SECOND)
        self.rate = max(_SLOWEST_PER_SECOND, self._peak / 2)
        self._changed_s = now_s
        self._next_s = now_s + max(_SETTLE_S, 1.0 / self.rate)

    def recover(self, now_s: float) -> None:
        """Call about once a second or oftener: it grows faster while nothing is refused."""
        if self.rate is None or now_s - self._changed_s < _SETTLE_S:
            return
        self._changed_s = now_s
        self.rate += max(self._peak / 2 / _STEPS, 0.1)
        if self.rate > 1.5 * self._peak:
            self.rate = None
