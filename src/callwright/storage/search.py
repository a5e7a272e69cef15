"""Searches: narrow tables beside wide ones, written with every write of a record, and read from end to end.

A page of a search is the newest matches, however rare they are. Rows of 100 000 numbers are too wide to be read for
that within tens of milliseconds, and no index of either engine (without extensions) knows parts of texts; a narrow
table in the order of SIDs is read quickly by both, whether or not PostgreSQL has vacuumed it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from callwright.model.record import RECORDS, Record
from callwright.storage.columns import Codecs
from callwright.storage.engine import Connection
from callwright.storage.search_table import SearchTable
from callwright.storage.statements import RecordStatements, Statements
from callwright.storage.tables import SEARCHES, meta
from callwright.usecases.ports import Wanted

R = TypeVar("R", bound=Record)

_FILLED_AT_ONCE = 1000


class Searches:
    """The search tables of one engine."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._tables = {name: SearchTable(RECORDS[name], statements.dialect_name) for name in SEARCHES}

    def keep(self, connection: Connection, before: Record | None, after: Record | None) -> None:
        """Bring the table to what was written; `before` is None for a creation, `after` for a deletion."""
        record = after or before
        if record is not None and record.searched:
            self._tables[record.table].keep(connection, [(before, after)])

    def keep_all(self, connection: Connection, records: Sequence[Record], changes: Mapping[str, Any]) -> None:
        """The same for records of one type, as they were, that all got the same changes in the database."""
        if records and records[0].searched:
            record = records[0]
            self._tables[record.table].keep_all(connection, self._statements.of(type(record)), records, changes)

    def keep_each(self, connection: Connection, records: Sequence[Record], fields: Sequence[str]) -> None:
        """The same where each got values of its own in these fields."""
        if records and records[0].searched:
            record = records[0]
            self._tables[record.table].keep_each(connection, self._statements.of(type(record)), records, fields)

    def read(
        self,
        connection: Connection,
        record_type: type[R],
        account_sid: str,
        wanted: Sequence[Wanted],
        limit: int,
        before_sid: str | None,
        fields: Sequence[str] | None,
    ) -> list[R]:
        """As UnitOfWork.search."""
        sids = self._tables[record_type.table].sids(connection, account_sid, wanted, limit, before_sid)
        if not sids:
            return []
        statements = self._statements.of(record_type)
        if fields is None:
            records = [statements.record(row) for row in statements.rows_of(connection, sids)]
        else:
            records = statements.partial_records(connection, fields, sids)
        by_sid = {record.sid: record for record in records}
        return [by_sid[sid] for sid in sids if sid in by_sid]

    def count(
        self, connection: Connection, record_type: type[Record], account_sid: str, wanted: Sequence[Wanted]
    ) -> int:
        return self._tables[record_type.table].count(connection, account_sid, wanted)


class _SaConnection:
    """A connection of SQLAlchemy, which migrations have, as storage.engine.Connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.exec_driver_sql(sql, tuple(parameters))]

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return self._connection.exec_driver_sql(sql, tuple(parameters)).rowcount


def refresh(connection: sa.Connection, codecs: Codecs) -> None:
    """After migrations: fill anew the tables that hold what another version of the program searched by, or nothing."""
    for name, table in SEARCHES.items():
        record_type = RECORDS[name]
        fact, version = f"search of {name}", str(record_type.search_version)
        if connection.scalar(sa.select(meta.c.value).where(meta.c.name == fact)) == version:
            continue
        connection.execute(sa.delete(table))
        _fill(_SaConnection(connection), RecordStatements(record_type, connection.dialect.name, codecs))
        connection.execute(sa.delete(meta).where(meta.c.name == fact))
        connection.execute(sa.insert(meta).values(name=fact, value=version))


def _fill(connection: Connection, statements: RecordStatements) -> None:
    """Oldest first, as rows come in later on: SQLite fills its pages then; else they are twice as many to read."""
    table = SearchTable(statements.record_type, statements.dialect_name)
    sql, last = statements.select((), "after"), ""
    while rows := connection.query(sql, (statements.cursor(last), _FILLED_AT_ONCE)):
        records = [statements.record(row) for row in rows]
        table.keep(connection, [(None, record) for record in records])
        last = records[-1].sid
