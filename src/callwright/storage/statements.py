"""SQL text, compiled by SQLAlchemy once for each shape of statement and then run on the driver itself.

Running through SQLAlchemy's own execution costs several times what SQLite needs for a row, on the path of every
request; the text is the same.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from callwright.model.record import RECORDS, Record, position_of
from callwright.storage.columns import Codec, Codecs, columns_of
from callwright.storage.engine import Connection
from callwright.storage.tables import TABLES
from callwright.usecases.ports import Condition, UnstorableValue

R = TypeVar("R", bound=Record)

_ESCAPE = "!"
#: That a column has one of the texts of a list, which is one parameter (`listed`).
AMONG_GIVEN = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(%s)"}
#: More texts than that are compared with as one list: each number of them would be a statement of its own, and SQLite
#: takes the wrong index for hundreds.
_MOST_WRITTEN_OUT = 8
#: Shapes of conditions that are kept compiled.
_KEPT_SHAPES = 2000


def dialect_of(name: str) -> sa.Dialect:
    """A dialect whose statements have positional parameters, as the drivers take them fastest."""
    if name == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    psycopg_dialect: Callable[..., sa.Dialect] = PGDialect_psycopg
    return psycopg_dialect(paramstyle="format")


def listed(dialect_name: str, texts: Sequence[str]) -> Any:
    """Texts as one parameter, for AMONG_GIVEN."""
    return orjson.dumps(texts).decode() if dialect_name == "sqlite" else list(texts)


class Statement:
    """Compiled SQL, and in which order its parameters go into it."""

    def __init__(self, clause: Any, dialect: sa.Dialect, names: Sequence[str]) -> None:
        compiled = clause.compile(dialect=dialect)
        self.sql = str(compiled)
        order = [names.index(name) for name in compiled.positiontup or ()]
        if order != list(range(len(names))):
            raise RuntimeError(f"parameters of {self.sql!r} are out of order: {order}")


#: Shape of one condition: field, comparison, how many parameters it has, and whether it also (or only) means NULL.
Shape = tuple[str, str, int, bool]


#: On which side of its SID a cursor wants the rows.
Cursor = Literal["before", "after"] | None


class RecordStatements:
    """The statements of one record type on one engine, and the way between rows and records."""

    def __init__(self, record_type: type[Record], dialect_name: str, codecs: Codecs) -> None:
        self.record_type = record_type
        self.dialect_name = dialect_name
        self._dialect = dialect_of(dialect_name)
        self._table = TABLES[record_type.table]
        columns = columns_of(record_type)
        self.names = tuple(column.name for column in columns)
        self._into: dict[str, Codec] = {column.name: codecs.into[column.kind] for column in columns}
        self._flags = frozenset(column.name for column in columns if column.kind is bool)
        self._texts = frozenset(column.name for column in columns if column.kind is str)
        self._out = {column.name: codecs.out[column.kind] for column in columns if column.kind in codecs.out}
        self._encoders = tuple(self._into.items())
        self._decoders = [
            (at, codecs.out[column.kind]) for at, column in enumerate(columns) if column.kind in codecs.out
        ]
        stored = frozenset(self.names)
        self._unstored = {
            name: field.get_default() for name, field in record_type.model_fields.items() if name not in stored
        }
        self._fields_set = set(stored)
        by_sid = self._select().where(self._table.c.sid == sa.bindparam("sid_"))
        self.get = self._compiled(by_sid, ["sid_"])
        self.get_for_update = self._compiled(by_sid.with_for_update(), ["sid_"])  # SQLite, with one writer, needs none
        self._get_all = self._among_given(self._select())
        self.insert = self._compile_insert()
        self.delete = self._compiled(
            sa.delete(self._table).where(self._table.c.sid == sa.bindparam("sid_")).returning(*self._table.c), ["sid_"]
        )
        #: A write that changes nothing, for others who write the row to collide with.
        self.touch = f'UPDATE {record_type.table} SET "sid" = "sid" WHERE "sid" = %s'  # noqa: S608 - our names
        self.select = lru_cache(maxsize=_KEPT_SHAPES)(self._compile_select)
        self.count = lru_cache(maxsize=_KEPT_SHAPES)(self._compile_count)
        self.counts = lru_cache(maxsize=_KEPT_SHAPES)(self._compile_counts)
        self.newest = lru_cache(maxsize=_KEPT_SHAPES)(self._compile_newest)
        self.update = lru_cache(maxsize=_KEPT_SHAPES)(self._compile_update)

    def rows_of(self, connection: Connection, sids: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of these SIDs that are there, in any order; however many there are, the statement is the same."""
        return connection.query(self._get_all, (listed(self.dialect_name, sids),))

    def partial_records(self, connection: Connection, fields: Sequence[str], sids: Sequence[str]) -> list[Any]:
        """Records of those rows, in any order, with nothing in them but sid, account_sid, revision and these fields."""
        names = tuple(dict.fromkeys(("sid", "account_sid", "revision", *fields)))
        some = sa.select(*(self._table.c[name] for name in names))
        rows = connection.query(self._among_given(some), (listed(self.dialect_name, sids),))
        fields_set = set(names)
        records = [self._made(dict(zip(names, row, strict=True)), fields_set) for row in rows]
        for name, out in self._out.items():
            for record in records if name in names else ():
                record.__dict__[name] = out(record.__dict__[name])
        return records

    def _among_given(self, select: sa.Select[Any]) -> str:
        return f"{self._compiled(select, [])}\nWHERE sid {AMONG_GIVEN[self.dialect_name]}"

    def record(self, row: Sequence[Any]) -> Any:
        """The record of a row. As `model_construct`, without its walk over the fields."""
        values = list(row)
        for at, decode in self._decoders:
            values[at] = decode(values[at])
        fields = dict(zip(self.names, values, strict=True))
        if self._unstored:
            fields.update(self._unstored)
        return self._made(fields, self._fields_set)

    def is_whole(self, record: Record) -> bool:
        """Whether no column of it was left out as `partial_records` does."""
        return record.__dict__.keys() >= set(self.names)

    def changed(self, record: Record, new: Mapping[str, Any]) -> Any:
        """The record with other values; as `model_copy`, without its copies of what is shared."""
        return self._made({**record.__dict__, **new}, record.model_fields_set)

    def _made(self, fields: dict[str, Any], fields_set: set[str]) -> Any:
        record = self.record_type.__new__(self.record_type)
        set_attribute = object.__setattr__
        set_attribute(record, "__dict__", fields)
        set_attribute(record, "__pydantic_fields_set__", fields_set)  # shared: records never change
        set_attribute(record, "__pydantic_extra__", None)
        set_attribute(record, "__pydantic_private__", None)
        return record

    def parameters(self, record: Record) -> list[Any]:
        """All of a record's columns, as the driver takes them."""
        values = record.__dict__
        return [encode(values[name]) for name, encode in self._encoders]

    def encode(self, field: str, value: Any) -> Any:
        """One column's value, as the driver takes it. Raises ValueError for a field that is not stored."""
        encode = self._into.get(field)
        if encode is None:
            raise ValueError(f"{self.record_type.__name__} stores no {field}")
        return encode(value)

    def cursor(self, sid: str) -> Any:
        """Where that SID lies among the rows, as a cursor's parameter."""
        ordered_by = self.record_type.ordered_by
        return self.encode(ordered_by, sid if ordered_by == "sid" else position_of(sid))

    def conditions(self, conditions: Sequence[Condition]) -> tuple[tuple[Shape, ...], list[Any]]:
        """The shape of the conditions, and their values in order."""
        shapes: list[Shape] = []
        values: list[Any] = []
        for condition in conditions:
            if condition.comparison not in _CLAUSES:
                raise ValueError(f"{condition.comparison} of {condition.field} is for search alone")
            given, means_null = _values(condition)
            try:
                encoded = [self.encode(condition.field, value) for value in given]
            except UnstorableValue:  # what cannot be stored (text with NUL) is not there to be found
                shapes.append((condition.field, "always" if condition.comparison == "ne" else "never", 0, False))
                continue
            if condition.field in self._flags and condition.comparison == "eq" and not means_null:
                # Written out, since only then indexes over the rows that have the flag are used.
                shapes.append((condition.field, "true" if condition.value else "false", 0, False))
                continue
            if len(given) > _MOST_WRITTEN_OUT and condition.field in self._texts:
                encoded = [listed(self.dialect_name, encoded)]
                shapes.append((condition.field, f"in list of {self.dialect_name}", 1, means_null))
            else:
                shapes.append((condition.field, condition.comparison, len(given), means_null))
            values += encoded
        return tuple(shapes), values

    def _select(self) -> sa.Select[Any]:
        return sa.select(*self._table.c)

    def _compiled(self, clause: Any, names: Sequence[str]) -> str:
        return Statement(clause, self._dialect, names).sql

    def _compile_insert(self) -> str:
        """Nothing happens on a conflict: an error would end the whole transaction on PostgreSQL."""
        insert = sqlite.insert if self._dialect.name == "sqlite" else postgresql.insert
        values: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(name) for name in self.names}
        return self._compiled(insert(self._table).values(values).on_conflict_do_nothing(), self.names)

    def _compile_update(self, fields: tuple[str, ...]) -> str:
        """Set these fields and, where history is kept, count the revision up; answers the new row."""
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=self._table.c[name].type) for name in fields}
        if self.record_type.history:
            values["revision"] = self._table.c.revision + sa.literal_column("1")
        ordered = [(self._table.c[name], value) for name, value in values.items()]
        update = sa.update(self._table).where(self._table.c.sid == sa.bindparam("sid_")).ordered_values(*ordered)
        return self._compiled(update.returning(*self._table.c), [*(f"new_{name}" for name in fields), "sid_"])

    def _compile_select(self, shapes: tuple[Shape, ...], cursor: Cursor) -> str:
        """Newest first; behind an `after` cursor oldest first, so that the limit keeps those next to it."""
        where, names = self._where(shapes)
        place = self._table.c[self.record_type.ordered_by]
        if cursor is not None:
            where.append(place < sa.bindparam("cursor") if cursor == "before" else place > sa.bindparam("cursor"))
            names.append("cursor")
        select = self._select().where(*where).order_by(place.asc() if cursor == "after" else place.desc())
        if self._dialect.name == "sqlite":  # it would compile an OFFSET parameter too, which is not wanted
            return self._compiled(select, names) + "\n LIMIT ?"
        return self._compiled(select, names) + "\n LIMIT %s"

    def _compile_count(self, shapes: tuple[Shape, ...]) -> str:
        where, names = self._where(shapes)
        return self._compiled(sa.select(sa.func.count()).select_from(self._table).where(*where), names)

    def _compile_counts(self, field: str, how_many: int, shapes: tuple[Shape, ...]) -> str:
        """How many rows have each of these values of an indexed field, in one pass over their part of the index.

        A count for each value by itself is quicker on SQLite, but PostgreSQL may read the whole table for each.
        """
        where, names = self._where(shapes)
        column, wanted = self._table.c[field], [f"v{number}" for number in range(how_many)]
        where.append(column.in_([sa.bindparam(name, type_=column.type) for name in wanted]))
        return self._compiled(sa.select(column, sa.func.count()).where(*where).group_by(column), [*names, *wanted])

    def _compile_newest(self, field: str, how_many: int) -> str:
        """The newest row of each value of an indexed field: the last entry of that value in its index."""
        names, wanted = _wanted(how_many)
        other, place = self._table.alias("other"), self.record_type.ordered_by
        last = sa.select(sa.func.max(other.c[place])).where(other.c[field] == wanted.c.value).scalar_subquery()
        is_last = sa.and_(self._table.c[field] == wanted.c.value, self._table.c[place] == last)
        return self._compiled(self._select().select_from(wanted.join(self._table, is_last)), names)

    def _where(self, shapes: tuple[Shape, ...]) -> tuple[list[sa.ColumnElement[bool]], list[str]]:
        clauses: list[sa.ColumnElement[bool]] = []
        names: list[str] = []
        for at, (field, comparison, how_many, means_null) in enumerate(shapes):
            column = self._table.c[field]
            own = [f"p{at}_{number}" for number in range(how_many)]
            clauses.append(
                _CLAUSES[comparison](column, [sa.bindparam(name, type_=column.type) for name in own], means_null)
            )
            names += own
        return clauses, names


def _wanted(how_many: int) -> tuple[list[str], sa.CTE]:
    """That many texts as a table of one column, `value`, and the names of their parameters."""
    names = [f"v{number}" for number in range(how_many)]
    given = [(sa.bindparam(name, type_=sa.Text()),) for name in names]
    return names, sa.values(sa.column("value", sa.Text()), name="wanted").data(given).cte("wanted")


def _values(condition: Condition) -> tuple[list[Any], bool]:
    """The values a condition compares with, and whether NULL is one of them."""
    if condition.comparison == "in":
        given = list(condition.value)
        return [value for value in given if value is not None], None in given
    if condition.comparison == "digits":
        return [_pattern(condition.value)], False
    if condition.value is None:
        return [], True
    return [condition.value], False


def _pattern(digits: str) -> str:
    """A LIKE pattern: contains the digits; `*` stands for any one character."""
    for special in (_ESCAPE, "%", "_"):
        digits = digits.replace(special, _ESCAPE + special)
    return f"%{digits.replace('*', '_')}%"


Clause = Callable[[sa.Column[Any], list[Any], bool], sa.ColumnElement[bool]]


def _equal(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    return column.is_(None) if means_null else column == values[0]


def _unequal(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    """An unset column is unequal to any value, as in Python."""
    return column.is_not(None) if means_null else column.is_distinct_from(values[0])


def _among(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    choices = [column == value for value in values]
    if means_null:
        choices.append(column.is_(None))
    return sa.or_(sa.false(), *choices)


def _in_json(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    given = sa.func.json_each(values[0]).table_valued("value")
    return _or_null(column, column.in_(sa.select(given.c.value)), means_null)


def _in_array(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    given: sa.BindParameter[Any] = sa.bindparam(values[0].key, type_=postgresql.ARRAY(sa.Text()))
    is_among = column == sa.any_(given)
    return _or_null(column, is_among, means_null)


def _or_null(column: sa.Column[Any], is_among: sa.ColumnElement[bool], means_null: bool) -> sa.ColumnElement[bool]:
    return sa.or_(is_among, column.is_(None)) if means_null else is_among


def _like(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
    return column.ilike(values[0], escape=_ESCAPE)


def _ordered(compare: Callable[[Any, Any], Any]) -> Clause:
    def clause(column: sa.Column[Any], values: list[Any], means_null: bool) -> sa.ColumnElement[bool]:
        return sa.false() if means_null else compare(column, values[0])

    return clause


_CLAUSES: dict[str, Clause] = {
    "eq": _equal,
    "ne": _unequal,
    "lt": _ordered(lambda column, value: column < value),
    "le": _ordered(lambda column, value: column <= value),
    "gt": _ordered(lambda column, value: column > value),
    "ge": _ordered(lambda column, value: column >= value),
    "in": _among,
    "in list of sqlite": _in_json,
    "in list of postgresql": _in_array,
    "digits": _like,
    "true": lambda column, values, means_null: column.is_(sa.true()),
    "false": lambda column, values, means_null: column.is_(sa.false()),
    "always": lambda column, values, means_null: sa.true(),
    # Not sa.false(), which swallows the other clauses and their parameters.
    "never": lambda column, values, means_null: sa.literal_column("1") == sa.literal_column("0"),
}


class Statements:
    """The statements of every record type on one engine."""

    def __init__(self, dialect_name: str, codecs: Codecs) -> None:
        self.dialect_name = dialect_name
        self.codecs = codecs
        self._by_type = {
            record_type: RecordStatements(record_type, dialect_name, codecs) for record_type in RECORDS.values()
        }

    def of(self, record_type: type[Record]) -> RecordStatements:
        return self._by_type[record_type]
