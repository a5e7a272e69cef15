"""Tables: one for every record type, generated from its fields, and the few that are storage's own."""

import types
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from callwright.model import exchange, rate_slot
from callwright.model.fields import Indexed
from callwright.model.record import RECORDS, Record
from callwright.registry import load_all

load_all("callwright.model.resources")

_RECORD_MODULES = (exchange, rate_slot)  # imported so that their records are known

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: timestamptz on PostgreSQL, ISO text that sorts on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_TYPES: dict[type, sa.types.TypeEngine[Any]] = {
    bool: sa.Boolean(),
    int: sa.Integer(),
    float: sa.Float(),
    str: sa.Text(),
    datetime: UtcDateTime(),
    dict: Json,
    list: Json,
}


def _column(record_type: type[Record], name: str) -> sa.Column[Any]:
    kind, nullable = _plain_type(record_type.model_fields[name].annotation)
    return sa.Column(name, _TYPES[kind], primary_key=name == "sid", nullable=nullable)


def _plain_type(annotation: Any) -> tuple[type, bool]:
    """`str | None` → (str, True); `dict[str, Any]` → (dict, False)."""
    if get_origin(annotation) in (Union, types.UnionType):
        chosen = [choice for choice in get_args(annotation) if choice is not type(None)]
        return _plain_type(chosen[0])[0], True
    return get_origin(annotation) or annotation, False


def _indexes(record_type: type[Record]) -> list[sa.Index]:
    """Lists filter within an account and go newest first, so every index ends with the SID."""
    indexed = [
        name
        for name in record_type.columns()
        if any(isinstance(item, Indexed) for item in record_type.model_fields[name].metadata)
    ]
    return [sa.Index(f"ix_{record_type.table}_{name}", name, "sid") for name in indexed]


def _table(record_type: type[Record]) -> sa.Table:
    columns = [_column(record_type, name) for name in record_type.columns()]
    return sa.Table(record_type.table, metadata, *columns, *_indexes(record_type))


TABLES: dict[str, sa.Table] = {name: _table(record_type) for name, record_type in RECORDS.items()}

sa.Index("uq_incoming_phone_numbers_phone_number", TABLES["incoming_phone_numbers"].c.phone_number, unique=True)

#: Every write to a configuration record, with what it was before and after. Secrets are redacted.
revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("account_sid", sa.Text(), nullable=False),
    sa.Column("resource", sa.Text(), nullable=False),
    sa.Column("sid", sa.Text(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("operation", sa.Text(), nullable=False),
    sa.Column("group_id", sa.Text(), nullable=False),
    sa.Column("at", UtcDateTime(), nullable=False),
    sa.Column("credential", sa.Text(), nullable=False),
    sa.Column("address", sa.Text(), nullable=True),
    sa.Column("user_agent", sa.Text(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("before", Json, nullable=True),
    sa.Column("after", Json, nullable=True),
    sa.Index("ix_revisions_sid", "sid", "id"),
    sa.Index("ix_revisions_account_sid", "account_sid", "id"),
    sa.Index("ix_revisions_group_id", "group_id"),
)

#: The embedded queue; PostgreSQL uses procrastinate's own tables instead.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("arguments", Json, nullable=False),
    sa.Column("lane", sa.Text(), nullable=True),
    sa.Column("due", UtcDateTime(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("last_error", sa.Text(), nullable=True),
    sa.Index("ix_jobs_due", "due", "id"),
    sa.Index("ix_jobs_lane", "lane", "id"),
)
