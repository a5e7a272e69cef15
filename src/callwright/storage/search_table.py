"""One search table: its SQL, written by hand, since it differs between the engines in what makes it quick."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from callwright.model.record import Record, SearchColumn
from callwright.storage.columns import text_in
from callwright.storage.engine import Connection
from callwright.storage.statements import AMONG_GIVEN, RecordStatements, listed
from callwright.storage.tables import SEARCHES
from callwright.usecases.ports import AnyOf, Condition, UnstorableValue, Wanted

#: A record before and after a write: None before it was created, and after it was deleted.
Write = tuple[Record | None, Record | None]
#: What a condition is, without its values: field and comparison, or `any` and several of them.
Shape = tuple[Any, ...]

_DELETE = "DELETE FROM {table} WHERE account_sid = {mark} AND sid = {mark}"
_SET = "UPDATE {table} SET {new} WHERE account_sid = {mark} AND sid {among}"
#: Inserts whole rows, or changes some columns of rows that are there.
_UPSERT = (
    "INSERT INTO {table} (account_sid, sid, {columns}) VALUES {rows} ON CONFLICT (account_sid, sid) DO UPDATE SET {new}"
)
_COUNT = "SELECT count(*) FROM {table} WHERE {own} AND {where}"
#: Whatever PostgreSQL guesses of how many rows match: it reads the account's rows once, in their order until enough do,
#: or all of them to sort the few that do.
_SELECT = "SELECT sid FROM {table} WHERE {own} AND {where} ORDER BY sid DESC LIMIT {mark}"
_GONE = "({field} IS NOT NULL AND {field} NOT IN (SELECT sid FROM {others} WHERE account_sid = {mark}))"

_ROWS_OF_A_STATEMENT = 100
_KEPT_SHAPES = 1000


class SearchTable:
    """The statements of one search table."""

    def __init__(self, record_type: type[Record], dialect_name: str) -> None:
        self.record_type = record_type
        self._name = SEARCHES[record_type.table].name
        self._columns: Mapping[str, SearchColumn] = record_type.searched
        self._watched = tuple(dict.fromkeys(field for column in self._columns.values() for field in column.fields))
        self._dialect = dialect_name
        self._mark = "?" if dialect_name == "sqlite" else "%s"
        self._delete = self._sql(_DELETE)
        self._upsert = lru_cache(maxsize=_KEPT_SHAPES)(self._upsert_sql)
        self._set = lru_cache(maxsize=_KEPT_SHAPES)(self._set_sql)
        self._select = lru_cache(maxsize=_KEPT_SHAPES)(self._select_sql)
        self._count = lru_cache(maxsize=_KEPT_SHAPES)(self._count_sql)

    def keep(self, connection: Connection, writes: Sequence[Write]) -> None:
        """Bring the rows to what was written."""
        rows: dict[tuple[str, ...], list[Any]] = {}
        for before, after in writes:
            is_new = before is None or after is None or after.account_sid != before.account_sid
            if before is not None and is_new:
                connection.run(self._delete, (before.account_sid, before.sid))
            if after is not None and (columns := self._stale(None if is_new else before, after)):
                rows.setdefault(columns, []).append(after)
        for columns, records in rows.items():
            self._put(connection, columns, records)

    def keep_all(
        self,
        connection: Connection,
        statements: RecordStatements,
        records: Sequence[Record],
        changes: Mapping[str, Any],
    ) -> None:
        """The same after many were changed alike: what is the same for all takes one statement, the rest is read.

        None of them went to another account.
        """
        stale = self._stale_after(changes)
        alike = {name: text_in(changes[column.fields[0]]) for name, column in stale.items() if column.is_field}
        if alike:
            for account_sid in dict.fromkeys(record.account_sid for record in records):
                own = [record.sid for record in records if record.account_sid == account_sid]
                connection.run(self._set(tuple(alike)), [*alike.values(), account_sid, listed(self._dialect, own)])
        self._put_stored(connection, statements, [name for name in stale if name not in alike], records)

    def keep_each(
        self, connection: Connection, statements: RecordStatements, records: Sequence[Record], fields: Sequence[str]
    ) -> None:
        """The same after many got values of their own in these fields."""
        self._put_stored(connection, statements, list(self._stale_after(fields)), records)

    def _stale_after(self, fields: Collection[str]) -> dict[str, SearchColumn]:
        changed = set(fields)
        return {name: column for name, column in self._columns.items() if not changed.isdisjoint(column.fields)}

    def _put_stored(
        self, connection: Connection, statements: RecordStatements, columns: Sequence[str], records: Sequence[Record]
    ) -> None:
        """Work these columns out anew from what is stored now."""
        if columns:
            fields = tuple(dict.fromkeys(field for name in columns for field in self._columns[name].fields))
            stored = statements.partial_records(connection, fields, [record.sid for record in records])
            self._put(connection, tuple(columns), stored)

    def _stale(self, before: Record | None, after: Record) -> tuple[str, ...]:
        """The columns that a write may have changed."""
        if before is None:
            return tuple(self._columns)
        old, new = before.__dict__, after.__dict__
        changed = {field for field in self._watched if old[field] != new[field]}
        return tuple(name for name, column in self._columns.items() if not changed.isdisjoint(column.fields))

    def _put(self, connection: Connection, columns: tuple[str, ...], records: Sequence[Any]) -> None:
        """Work these columns out anew; `records` have at least the fields they need."""
        work_out = [self._columns[name].work_out for name in columns]
        for first in range(0, len(records), _ROWS_OF_A_STATEMENT):
            some = records[first : first + _ROWS_OF_A_STATEMENT]
            values: list[Any] = []
            for record in some:
                values += (record.account_sid, record.sid, *(text_in(of(record)) for of in work_out))
            connection.run(self._upsert(columns, len(some)), values)

    def _sql(self, template: str, **parts: str) -> str:
        return template.format(table=self._name, mark=self._mark, **parts)

    def _set_sql(self, columns: tuple[str, ...]) -> str:
        new = ", ".join(f"{name} = {self._mark}" for name in columns)
        return self._sql(_SET, new=new, among=AMONG_GIVEN[self._dialect])

    def _upsert_sql(self, columns: tuple[str, ...], how_many: int) -> str:
        row = f"({', '.join([self._mark] * (len(columns) + 2))})"
        new = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return self._sql(_UPSERT, columns=", ".join(columns), rows=", ".join([row] * how_many), new=new)

    def sids(
        self, connection: Connection, account_sid: str, wanted: Sequence[Wanted], limit: int, before_sid: str | None
    ) -> list[str]:
        try:
            shapes, values = self._shapes(wanted, account_sid)
            cursor = [] if before_sid is None else [text_in(before_sid)]
        except UnstorableValue:  # what cannot be stored is not there to be found
            return []
        rows = connection.query(self._select(shapes, bool(cursor)), [account_sid, *cursor, *values, limit])
        return [sid for (sid,) in rows]

    def count(self, connection: Connection, account_sid: str, wanted: Sequence[Wanted]) -> int:
        try:
            shapes, values = self._shapes(wanted, account_sid)
        except UnstorableValue:
            return 0
        return int(connection.query(self._count(shapes), [account_sid, *values])[0][0])

    def _select_sql(self, shapes: tuple[Shape, ...], has_cursor: bool) -> str:
        own = f"account_sid = {self._mark}" + (f" AND sid < {self._mark}" if has_cursor else "")
        return self._sql(_SELECT, own=own, where=self._where(shapes))

    def _count_sql(self, shapes: tuple[Shape, ...]) -> str:
        return self._sql(_COUNT, own=f"account_sid = {self._mark}", where=self._where(shapes))

    def _where(self, shapes: tuple[Shape, ...]) -> str:
        return " AND ".join(self._clause(shape) for shape in shapes) or "1 = 1"

    def _shapes(self, wanted: Sequence[Wanted], account_sid: str) -> tuple[tuple[Shape, ...], list[Any]]:
        """The conditions without their values, which make the statement, and the values in order."""
        values: list[Any] = []
        return tuple(self._shape(one, account_sid, values) for one in wanted), values

    def _shape(self, wanted: Wanted, account_sid: str, values: list[Any]) -> Shape:
        if isinstance(wanted, AnyOf):
            return ("any", *(self._shape(one, account_sid, values) for one in wanted.conditions))
        if wanted.field not in self._columns:
            raise ValueError(f"{self._name} has no {wanted.field}")
        if wanted.comparison == "gone":
            values.append(account_sid)
            return (wanted.field, "gone", wanted.value.table)
        if wanted.value is None:
            return (wanted.field, "null")
        values += [text_in(value) for value in _sought(wanted, self._dialect)]
        return (wanted.field, wanted.comparison)

    def _clause(self, shape: Shape) -> str:
        if shape[0] == "any":
            return f"({' OR '.join(self._clause(one) for one in shape[1:])})"
        field, comparison, *others = shape
        if comparison == "gone":
            return self._sql(_GONE, field=field, others=others[0])
        if comparison == "null":
            return f"{field} IS NULL"
        return self._sql(_CLAUSES[self._dialect][comparison], field=field)


#: `contains` as the quickest of each engine that knows capitals from small letters.
_CLAUSES: dict[str, dict[str, str]] = {
    "sqlite": {
        "eq": "{field} = {mark}",
        "contains": "({field} GLOB {mark} AND {field} GLOB {mark})",
        "digits": "{field} GLOB {mark}",
    },
    "postgresql": {
        "eq": "{field} = {mark}",
        "contains": "strpos({field}, {mark}) > 0",
        "digits": "{field} LIKE {mark}",
    },
}

#: Characters of texts and URLs, frequent ones first; all others are rarer.
_FREQUENT = "\x1f\netaoinsrlcmpdh/.uw:gfvbyxk0123-_ =&?"


def _glob(text: str) -> str:
    """GLOB, `*` before and after: inside, what has a meaning stands in brackets."""
    return f"*{''.join(f'[{char}]' if char in '*?[' else char for char in text)}*"


def _globs(text: str) -> list[str]:
    """What the text has from its rarest character on, and the text: GLOB tries each place that has the first one."""
    rarest = max(range(len(text)), key=lambda at: _FREQUENT.find(text[at]) % 1000) if text else 0
    return [_glob(text[rarest:]), _glob(text)]


#: The values of a clause, from that of its condition.
_VALUES: dict[str, dict[str, Callable[[str], list[str]]]] = {
    "sqlite": {"contains": _globs, "digits": lambda digits: [f"*{digits.replace('*', '[0-9]')}*"]},
    "postgresql": {"digits": lambda digits: [f"%{digits.replace('*', '_')}%"]},
}


def _sought(condition: Condition, dialect_name: str) -> list[str]:
    """A condition's value as its clause takes it."""
    make = _VALUES[dialect_name].get(condition.comparison)
    return make(condition.value) if make is not None else [condition.value]
