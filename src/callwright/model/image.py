"""Images: a configuration record as the history keeps it, and fields of a record from an image."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from callwright.model.fields import Secret
from callwright.model.record import Record
from callwright.model.revision import CHANGED_SECRET, SECRET

#: How a secret begins that only names where it lies (usecases.ports.ENVIRONMENT): no secret itself.
_REFERENCE = "env:"


def image(record: Record, previous: Record | None = None) -> dict[str, Any]:
    """A record's stored fields as JSON values, moments as ISO text.

    In place of each secret stands a mark, which tells whether it differs from the one `previous` had. Of a field
    that holds several secrets, the names stay.
    """
    columns, secrets, moments = _fields(type(record))
    values = record.__dict__
    shown = {name: values[name] for name in columns}
    for name in moments:
        if shown[name] is not None:
            shown[name] = shown[name].astimezone(UTC).isoformat().replace("+00:00", "Z")
    for name in secrets:
        shown[name] = _marked(shown[name], previous.__dict__[name] if previous is not None else shown[name])
    return shown


def _marked(value: Any, previous: Any) -> Any:
    if isinstance(value, Mapping):
        before = previous if isinstance(previous, Mapping) else {}
        return {name: _marked(part, before.get(name)) for name, part in value.items()}
    if value is None or (isinstance(value, str) and value.startswith(_REFERENCE)):
        return value
    return SECRET if value == previous else CHANGED_SECRET


def is_mark(value: Any) -> bool:
    """Whether it stands in place of a secret."""
    return value in (SECRET, CHANGED_SECRET)


def secret_fields(record_type: type[Record]) -> list[str]:
    """Names of the stored fields that are, or hold, secrets."""
    return _fields(record_type)[1]


@cache
def _fields(record_type: type[Record]) -> tuple[list[str], list[str], list[str]]:
    """Names of the stored fields; of those that are or hold secrets; of those that are moments."""
    columns, fields = record_type.columns(), record_type.model_fields
    secrets = [name for name in columns if any(isinstance(item, Secret) for item in fields[name].metadata)]
    moments = [name for name in columns if fields[name].annotation in (datetime, datetime | None)]
    return columns, secrets, moments


def values_of(record_type: type[Record], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a record, by name, from those of an image; what the record type does not store any more is left out.

    Marks stay marks: whoever stores the values takes them out before.
    """
    columns, _, moments = _fields(record_type)
    values = {name: shown[name] for name in columns if name in shown}
    for name in moments:
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    return values
