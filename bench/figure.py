"""What one measurement yields."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`; `must` and `aim` are bounds (lower ones when `more_is_better`).

    `reference` is measured in the same run: its name says what it is, `ratio` is value / reference.
    """

    name: str
    value: float
    unit: str
    must: float | None = None
    aim: float | None = None
    more_is_better: bool = True
    reference: float | None = None
    reference_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def reaches(self) -> bool | None:
        """Whether the bound that must be reached is reached; None without one."""
        if self.must is None:
            return None
        return self.value >= self.must if self.more_is_better else self.value <= self.must

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "reaches": self.reaches}


Measure = Callable[..., Iterable[Figure]]
