"""Column types by field type, and how values travel to and from the database driver."""

import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import orjson
import sqlalchemy as sa

from callwright.model.record import Record
from callwright.usecases.ports import UnstorableValue

#: Numbers are 64 bits wide on both engines. SQLite counts a key up by itself only when it is INTEGER.
Integer64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
_SID_LENGTH = 34
_WIDEST = 2**63

Codec = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """A record's stored field. `kind` is one of str, bool, int, float, datetime, dict (any JSON)."""

    name: str
    kind: type
    nullable: bool

    def sql_type(self) -> sa.types.TypeEngine[Any]:
        if self.name in ("sid", "account_sid"):
            return sa.String(_SID_LENGTH)
        return _SQL_TYPES[self.kind]


_SQL_TYPES: dict[type, sa.types.TypeEngine[Any]] = {
    str: sa.Text(),
    bool: sa.Boolean(),
    int: Integer64,
    float: sa.Double(),
    datetime: Moment,
    dict: sa.JSON(),
}


def columns_of(record_type: type[Record]) -> list[Column]:
    """The stored columns of a record type, in the order of its fields."""
    return [_column(record_type, name) for name in record_type.columns()]


def _column(record_type: type[Record], name: str) -> Column:
    kind, nullable = _plain(record_type.model_fields[name].annotation)
    if kind not in _SQL_TYPES:
        raise TypeError(f"{record_type.__name__}.{name}: no column type for {kind}; see storage/columns.py")
    return Column(name, kind, nullable)


def _plain(annotation: Any) -> tuple[Any, bool]:
    """`Literal["a"] | None` → (str, True); `list[str]` → (dict, False)."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        given = [argument for argument in arguments if argument is not types.NoneType]
        return _plain(given[0])[0], len(given) < len(arguments)
    if origin is Literal:
        return type(arguments[0]), False
    if (origin or annotation) in (dict, list, tuple):
        return dict, False
    if isinstance(annotation, type) and issubclass(annotation, str) and issubclass(annotation, Enum):
        return str, False
    return annotation, False


def text_in(value: Any) -> str | None:
    """Text as both engines take it: exactly `str`, without NUL (PostgreSQL has none) and lone surrogates."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnstorableValue(f"{value!r} is not text")
    if "\0" in value:
        raise UnstorableValue("text with a NUL character cannot be stored: leave it out")
    if not value.isascii():
        _refuse_surrogates(value)
    return value if value.__class__ is str else str.__str__(value)


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnstorableValue("text with half a surrogate pair cannot be stored: leave it out") from error


def _bool_in(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise UnstorableValue(f"{value!r} is not a boolean")


def _int_in(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not -_WIDEST <= value < _WIDEST:
        raise UnstorableValue(f"{value!r} is not a whole number of 64 bits")
    return int(value)


def _float_in(value: Any) -> float | None:
    if value is not None and not isinstance(value, (int, float)):
        raise UnstorableValue(f"{value!r} is not a number")
    return None if value is None else float(value)


def moment_in(value: Any) -> datetime | None:
    """A moment in UTC; a datetime without time zone is refused, since it could mean anything."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnstorableValue(f"{value!r} is not a moment with a time zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def moment_text(value: Any) -> str | None:
    """As SQLite keeps moments: text of fixed width that sorts by time."""
    moment = moment_in(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")


def json_in(value: Any) -> str | None:
    """JSON text; datetimes become ISO text. NUL inside text is kept: `json` columns hold it escaped."""
    if value is None:
        return None
    try:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
    except TypeError as error:
        raise UnstorableValue(f"not storable as JSON: {error}") from error


def _moment_out(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _utc_out(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def json_out(value: Any) -> Any:
    """A JSON column's value; psycopg has parsed it already."""
    return orjson.loads(value) if value.__class__ is str else value


def _bool_out(value: int | None) -> bool | None:
    return None if value is None else bool(value)


_IN: dict[type, Codec] = {
    str: text_in,
    bool: _bool_in,
    int: _int_in,
    float: _float_in,
    datetime: moment_in,
    dict: json_in,
}


@dataclass(frozen=True)
class Codecs:
    """How one engine's driver takes and gives values, by kind of column; no entry in `out`: as they are."""

    into: dict[type, Codec]
    out: dict[type, Codec]


SQLITE = Codecs({**_IN, datetime: moment_text}, {bool: _bool_out, datetime: _moment_out, dict: json_out})
POSTGRESQL = Codecs(_IN, {datetime: _utc_out})
