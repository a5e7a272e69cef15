"""Records as the properties the API shows: plain values that every format writes alike."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from callwright.model.fields import Computed
from callwright.model.naming import property_name
from callwright.model.record import Record
from callwright.model.resource import RESOURCES, Resource
from callwright.usecases.filters import date_columns

Row = dict[str, Any]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rfc2822(moment: datetime | None) -> str | None:
    """`Thu, 13 Nov 2008 07:56:24 +0000`."""
    if moment is None:
        return None
    at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d}"
        f" {at.hour:02d}:{at.minute:02d}:{at.second:02d} +0000"
    )


class Representation:
    """How records of one resource are shown. Made once; `instance` and `row` are on the hot path."""

    def __init__(self, resource: Resource) -> None:
        record = resource.record
        shown = [name for name in record.properties() if name not in resource.omitted]
        self._columns = {property_name(name): name for name in shown}
        self._row_columns = {
            shown: name for shown, name in self._columns.items() if shown not in resource.instance_only
        }
        self._dates = [shown for shown, name in self._columns.items() if name in date_columns(record)]
        self._computed = _computed(record)
        self._uri = _uri_of(resource)
        self._links = dict(resource.subresources)

    def instance(self, record: Record, extension: str) -> Row:
        """The record with every property; `extension` ("" or ".json") is that of the request."""
        return self._shown(record, self._columns, extension)

    def row(self, record: Record, extension: str) -> Row:
        """The record as a row of a list."""
        return self._shown(record, self._row_columns, extension)

    def _shown(self, record: Record, columns: dict[str, str], extension: str) -> Row:
        values = record.__dict__
        row: Row = {shown: values.get(name) for shown, name in columns.items()}
        for shown in self._dates:
            if row.get(shown) is not None:
                row[shown] = rfc2822(row[shown])
        for shown, work_out in self._computed.items():
            row[shown] = work_out(record)
        if self._uri is not None:
            uri = self._uri(record)
            row["uri"] = uri + extension
            if self._links:
                row["subresource_uris"] = {name: f"{uri}/{part}{extension}" for name, part in self._links.items()}
        return row


def _computed(record: type[Record]) -> dict[str, Callable[[Any], Any]]:
    return {
        property_name(name): marker.work_out
        for name, field in record.model_fields.items()
        for marker in field.metadata
        if isinstance(marker, Computed)
    }


def _uri_of(resource: Resource) -> Callable[[Record], str] | None:
    """Works out a record's own path; None for rows that have none. Typed lists show the path of the whole list."""
    if resource.fetchable:
        return resource.uri_format.format
    whole = [other for other in RESOURCES.values() if other.record is resource.record and other.fetchable]
    if whole:
        return min(whole, key=lambda other: len(other.path)).uri_format.format
    # One of its kind, as the feedback of a message: it lives where it was created.
    return resource.list_uri_format.format if resource.create is not None else None
