"""All records that meet some conditions, in batches."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from callwright.model.record import Record
from callwright.usecases.ports import Condition, UnitOfWork

R = TypeVar("R", bound=Record)


def each_record(
    unit: UnitOfWork,
    record_type: type[R],
    conditions: Sequence[Condition],
    *,
    at_once: int,
    before_sid: str | None = None,
) -> Iterator[list[R]]:
    """Batches of at most `at_once`, newest first; each may be changed or deleted before the next is asked for."""
    while batch := unit.select(record_type, conditions, limit=at_once, before_sid=before_sid):
        yield batch
        if len(batch) < at_once:
            return
        before_sid = batch[-1].sid
