"""SIDs: two letters and 32 lowercase hex digits that sort in order of creation.

The first 60 bits are time (1/4096 ms), the rest random, so that a list's cursor is the SID itself: paging
needs no look-up and survives the deletion of the row it points at.
"""

import re
from collections.abc import Callable

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_TICKS_PER_SECOND = 4096 * 1000
_RANDOM_BYTES = 9  # 68 bits are used


def is_sid(text: str, prefix: str = "") -> bool:
    """Whether the text has the shape of a SID (of that prefix)."""
    return _SID.fullmatch(text) is not None and text.startswith(prefix)


def least_sid(prefix: str, now_s: float) -> str:
    """Less than every SID of that prefix that is made from that moment on, and greater than those made before."""
    return f"{prefix}{_time_part(int(now_s * _TICKS_PER_SECOND)):032x}"


def _time_part(ticks: int) -> int:
    return (ticks & ((1 << 60) - 1)) << 68


class SidFactory:
    """Makes SIDs, each greater than the one before; not for use from several threads at once."""

    def __init__(self, now_s: Callable[[], float], random_bytes: Callable[[int], bytes]) -> None:
        self._now_s = now_s
        self._random_bytes = random_bytes
        self._last_ticks = 0

    def make(self, prefix: str) -> str:
        ticks = max(int(self._now_s() * _TICKS_PER_SECOND), self._last_ticks + 1)
        self._last_ticks = ticks
        noise = int.from_bytes(self._random_bytes(_RANDOM_BYTES)) & ((1 << 68) - 1)
        return f"{prefix}{_time_part(ticks) | noise:032x}"
