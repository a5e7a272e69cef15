"""Many rows changed by two statements: their revisions are made inside the database, then the rows change.

Row by row, an update costs a few hundred microseconds in Python, which is seconds for ten thousand numbers while
everybody waits for the writer. Here the database makes the images itself, equal to those of `model.image`. Rows that
are changed alike share parameters (`Change`); others have their values in one list (`Changes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson

from callwright.model.image import secret_fields
from callwright.model.record import Record
from callwright.storage.columns import POSTGRESQL, Column, columns_of, json_in
from callwright.storage.engine import Connection
from callwright.storage.statements import AMONG_GIVEN, RecordStatements, listed

#: SQLite's functions take 127 arguments, and json_object two for each column.
_MOST_COLUMNS = 63
_REVISIONS = "revisions"
_NEXT = 'stored."revision" + 1'

#: Rows in the order of a list of SIDs, which is one parameter; by dialect.
_LISTED = {
    "sqlite": 'FROM json_each(?) AS wanted CROSS JOIN {table} AS stored ON stored."sid" = wanted.value'
    " ORDER BY wanted.key",
    "postgresql": "FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(sid, place)"
    ' JOIN {table} AS stored ON stored."sid" = wanted.sid ORDER BY wanted.place',
}
#: The same of the rows of `Changes`.
_IN_ORDER = 'CROSS JOIN {table} AS stored WHERE stored."sid" = wanted.sid ORDER BY wanted.place'
_TYPES: dict[type, str] = {str: "text", bool: "boolean", int: "bigint", datetime: "timestamptz", dict: "json"}


def can_update_all(records: Sequence[Record]) -> bool:
    """Whether they are of one type, each once, and the database can make the images of that type."""
    types, sids = {type(record) for record in records}, {record.sid for record in records}
    return len(types) == 1 and len(sids) == len(records) and has_plain_images(types.pop())


@cache
def has_plain_images(record_type: type[Record]) -> bool:
    """Whether nothing in its images is a secret or a fraction, which SQLite would round."""
    columns = columns_of(record_type)
    is_exact = not any(column.kind is float for column in columns)
    return record_type.history and is_exact and not secret_fields(record_type) and len(columns) <= _MOST_COLUMNS


@dataclass(frozen=True)
class Change:
    """Changed columns of one record type: `encoded` as the driver takes them, `shown` as their images show them."""

    record_type: type[Record]
    encoded: Mapping[str, Any]
    shown: Mapping[str, str]

    @classmethod
    def of(cls, statements: RecordStatements, new: Mapping[str, Any]) -> "Change":
        """From new values by column. Raises ValueError for a field that is not stored."""
        kinds = {column.name: column.kind for column in columns_of(statements.record_type)}
        encoded = {name: statements.encode(name, value) for name, value in new.items()}
        in_order = [name for name in kinds if name in new]
        return cls(statements.record_type, encoded, {name: _shown(kinds[name], new[name]) for name in in_order})


@dataclass(frozen=True)
class Changes:
    """Columns of one record type that each row gets other values in; `rows` are [SID, value, …] as one JSON text."""

    record_type: type[Record]
    fields: tuple[str, ...]
    rows: str

    @classmethod
    def of(cls, statements: RecordStatements, new: Sequence[tuple[str, Mapping[str, Any]]]) -> "Changes":
        """From SIDs and new values by column, of the same columns. Raises ValueError for a field that is not stored."""
        fields = tuple(column.name for column in columns_of(statements.record_type) if column.name in new[0][1])
        unknown = new[0][1].keys() - set(fields)
        if unknown:
            raise ValueError(f"{statements.record_type.__name__} stores no {min(unknown)}")
        rows = [[sid, *(statements.encode(name, values[name]) for name in fields)] for sid, values in new]
        return cls(statements.record_type, fields, orjson.dumps(rows).decode())


def _shown(kind: type, value: Any) -> str:
    """A new value as JSON text, as it would be read back."""
    plain = POSTGRESQL.into[kind](value)  # its driver takes the values themselves
    if plain is None:
        return "null"
    return str(plain) if kind is dict else str(json_in(plain))


class BulkUpdates:
    """The statements for each record type and set of columns, on one engine."""

    def __init__(self, dialect_name: str) -> None:
        self._dialect_name = dialect_name
        self._mark = "?" if dialect_name == "sqlite" else "%s"
        self._among = f'"sid" {AMONG_GIVEN[dialect_name]}'
        self._image = _sqlite_image if dialect_name == "sqlite" else _postgresql_image
        self.revising = lru_cache(maxsize=500)(self._revising)
        self.updating = lru_cache(maxsize=500)(self._updating)
        self.revising_each = lru_cache(maxsize=500)(self._revising_each)
        self.updating_each = lru_cache(maxsize=500)(self._updating_each)

    def are_as_read(self, connection: Connection, records: Sequence[Record]) -> bool:
        """Whether all are there, at the revisions they were read at. Those only rise: their sum tells."""
        sql = f'SELECT count(*), sum("revision") FROM {records[0].table} WHERE {self._among}'  # noqa: S608 - names of ours
        ((count, total),) = connection.query(sql, (listed(self._dialect_name, [record.sid for record in records]),))
        return bool(count == len(records) and total == sum(record.revision for record in records))

    def revise(self, connection: Connection, trail: Mapping[str, Any], change: Change, sids: Sequence[str]) -> None:
        """Add the revision of each row that will be changed, in the order of the SIDs.

        `trail` holds the columns that all these revisions have in common, as the driver takes them.
        """
        sql = self.revising(change.record_type, tuple(trail), tuple(change.shown))
        connection.run(sql, [*trail.values(), *change.shown.values(), listed(self._dialect_name, sids)])

    def update(self, connection: Connection, change: Change, sids: Sequence[str]) -> None:
        """Change the rows and count their revisions up."""
        sql = self.updating(change.record_type, tuple(change.encoded))
        connection.run(sql, [*change.encoded.values(), listed(self._dialect_name, sids)])

    def revise_each(self, connection: Connection, trail: Mapping[str, Any], changes: Changes) -> None:
        """As `revise`, with values of its own for each row."""
        sql = self.revising_each(changes.record_type, tuple(trail), changes.fields)
        connection.run(sql, [*trail.values(), changes.rows])

    def update_each(self, connection: Connection, changes: Changes) -> None:
        """As `update`, with values of its own for each row."""
        connection.run(self.updating_each(changes.record_type, changes.fields), (changes.rows,))

    def _revising(self, record_type: type[Record], common: tuple[str, ...], changed: tuple[str, ...]) -> str:
        after = self._changed_image(columns_of(record_type), changed)
        return self._inserting(record_type, common, after, _LISTED[self._dialect_name].format(table=record_type.table))

    def _revising_each(self, record_type: type[Record], common: tuple[str, ...], changed: tuple[str, ...]) -> str:
        columns = columns_of(record_type)
        shown = _in_sqlite if self._dialect_name == "sqlite" else _in_postgresql
        new = {column.name: shown(column, f'wanted."{column.name}"') for column in columns if column.name in changed}
        after = self._image(columns, {**new, "revision": _NEXT})
        rows = f"FROM {self._given(record_type, changed)} {_IN_ORDER.format(table=record_type.table)}"
        return self._inserting(record_type, common, after, rows)

    def _given(self, record_type: type[Record], changed: tuple[str, ...]) -> str:
        columns = [column for column in columns_of(record_type) if column.name in changed]
        return _given_in_sqlite(columns) if self._dialect_name == "sqlite" else _given_in_postgresql(columns)

    def _updating_each(self, record_type: type[Record], changed: tuple[str, ...]) -> str:
        table = record_type.table
        settings = ", ".join([*(f'"{name}" = wanted."{name}"' for name in changed), f'"revision" = {_NEXT}'])
        given = self._given(record_type, changed)
        return f'UPDATE {table} AS stored SET {settings} FROM {given} WHERE stored."sid" = wanted.sid'  # noqa: S608 - names of ours

    def _inserting(self, record_type: type[Record], common: tuple[str, ...], after: str, rows: str) -> str:
        """Revisions of `rows`, with these images."""
        own = {
            "account_sid": 'stored."account_sid"',
            "resource": f"'{record_type.table}'",
            "sid": 'stored."sid"',
            "revision": _NEXT,
            "operation": "'update'",
        }
        before = self._image(columns_of(record_type), {})
        values = [*own.values(), *(self._mark for _ in common), before, after]
        names = ", ".join(f'"{name}"' for name in (*own, *common, "before", "after"))
        return f"INSERT INTO {_REVISIONS} ({names}) SELECT {', '.join(values)} {rows}"

    def _changed_image(self, columns: Sequence[Column], changed: tuple[str, ...]) -> str:
        """Its parameters are the changed values in the order of `changed`, which is that of the columns."""
        new = f"json({self._mark})" if self._dialect_name == "sqlite" else f"{self._mark}::json"
        return self._image(columns, {**dict.fromkeys(changed, new), "revision": _NEXT})

    def _updating(self, record_type: type[Record], changed: tuple[str, ...]) -> str:
        new = [f'"{name}" = {self._mark}' for name in changed]
        settings = ", ".join([*new, '"revision" = "revision" + 1'])
        return f"UPDATE {record_type.table} SET {settings} WHERE {self._among}"  # noqa: S608 - names of ours


def _given_in_sqlite(columns: Sequence[Column]) -> str:
    """The rows of `Changes` as a table, `wanted`, in the order of `place`. Its parameter is their text."""
    values = [f"""json_extract(value, '$[{at}]') AS "{one.name}\"""" for at, one in enumerate(columns, start=1)]
    sid = "json_extract(value, '$[0]') AS sid"
    return f"(SELECT key AS place, {sid}, {', '.join(values)} FROM json_each(?)) AS wanted"  # noqa: S608 - names of ours


def _given_in_postgresql(columns: Sequence[Column]) -> str:
    values = [f'(value ->> {at})::{_TYPES[one.kind]} AS "{one.name}"' for at, one in enumerate(columns, start=1)]
    given = "json_array_elements(%s::json) WITH ORDINALITY AS given(value, place)"
    return f"(SELECT place, value ->> 0 AS sid, {', '.join(values)} FROM {given}) AS wanted"  # noqa: S608 - names of ours


def _stored(column: Column) -> str:
    return f'stored."{column.name}"'


def _sqlite_image(columns: Sequence[Column], new: Mapping[str, str]) -> str:
    shown = [f"'{one.name}', {new.get(one.name) or _in_sqlite(one, _stored(one))}" for one in columns]
    return f"json_object({', '.join(shown)})"


def _in_sqlite(column: Column, name: str) -> str:
    """The value as JSON; `name` is where it is, as it is stored."""
    if column.kind is bool:
        return f"json(CASE {name} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
    if column.kind is dict:
        return f"json({name})"
    if column.kind is datetime:  # kept as 2026-01-02 03:04:05.000000+00:00; whole seconds are shown without fraction
        return f"replace(replace(replace({name}, ' ', 'T'), '.000000', ''), '+00:00', 'Z')"
    return name


def _postgresql_image(columns: Sequence[Column], new: Mapping[str, str]) -> str:
    shown = [f'{new.get(one.name) or _in_postgresql(one, _stored(one))} AS "{one.name}"' for one in columns]
    return f"(SELECT row_to_json(image) FROM (SELECT {', '.join(shown)}) AS image)"  # noqa: S608 - names of ours


def _in_postgresql(column: Column, name: str) -> str:
    if column.kind is datetime:
        fraction = f"""CASE WHEN {name} = date_trunc('second', {name}) THEN '' ELSE to_char({name}, '.US') END"""
        return f"""to_char({name}, 'YYYY-MM-DD"T"HH24:MI:SS') || {fraction} || 'Z'"""
    return name
