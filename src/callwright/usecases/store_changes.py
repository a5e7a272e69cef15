"""Store what differs: a request that changes nothing makes no revision."""

from collections.abc import Mapping
from typing import Any, TypeVar

from callwright.model.record import Record
from callwright.usecases.ports import UnitOfWork

R = TypeVar("R", bound=Record)


def store_changes(unit: UnitOfWork, record: R, settings: Mapping[str, Any]) -> R:
    """The record with these settings; as it is, and not written, when it has them all already."""
    stored = record.__dict__
    changes = {name: value for name, value in settings.items() if stored[name] != value}
    return unit.update(record, changes) if changes else record
