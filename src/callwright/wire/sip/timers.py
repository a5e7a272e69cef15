"""Timer values (RFC 3261 §17.1.1.2 and table 4)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timers:
    """T1 estimates the round trip, T2 bounds the repeat interval, T4 is how long a packet may live."""

    t1_s: float = 0.5
    t2_s: float = 4.0
    t4_s: float = 5.0

    @property
    def patience_s(self) -> float:
        """64*T1: timers B, D, F, H, J, L and M."""
        return 64 * self.t1_s
