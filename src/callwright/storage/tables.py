"""Tables: one for every record type, made from its fields, and those of storage itself.

A new record type or field needs a migration beside it: `python -m callwright.storage.migration "why"` drafts one.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from callwright.model.fields import Indexed
from callwright.model.record import RECORDS, Record
from callwright.registry import load_all
from callwright.storage.columns import Integer64, Moment, columns_of

load_all("callwright.model")
load_all("callwright.model.resources")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = sa.MetaData(naming_convention=NAMING)

#: Columns whose values are, together, unique on the whole server, by table.
UNIQUE = {
    "carriers": ("account_sid", "friendly_name"),
    "incoming_phone_numbers": ("phone_number",),
    "short_codes": ("short_code",),
}

#: Indexes over few rows of a large table, by table: name, columns, and which rows (a condition on a column).
PARTIAL: dict[str, tuple[tuple[str, tuple[str, ...], Callable[[sa.Table], sa.ColumnElement[bool]]], ...]] = {
    "exchanges": (
        ("failures", ("account_sid", "sid"), lambda table: table.c.is_failure.is_(sa.true())),
        ("failures_of_endpoint", ("account_sid", "endpoint", "sid"), lambda table: table.c.is_failure.is_(sa.true())),
        ("failures_of_application", ("application_sid", "sid"), lambda table: table.c.is_failure.is_(sa.true())),
        ("replay_of", ("replay_of", "sid"), lambda table: table.c.replay_of.is_not(None)),
    ),
}


def _indexes(record_type: type[Record]) -> list[sa.Index]:
    """Lists go newest first within what they filter by, so each index ends with what they are ordered by."""
    table = record_type.table
    fields = record_type.model_fields.items()
    indexed = [name for name, field in fields if any(isinstance(item, Indexed) for item in field.metadata)]
    unique = UNIQUE.get(table, ())
    last = record_type.ordered_by
    several = [sa.Index(f"ix_{table}_{name}", name, last) for name in indexed if (name,) != unique]
    return several + ([sa.Index(f"uq_{table}_{'_'.join(unique)}", *unique, unique=True)] if unique else [])


def _table(record_type: type[Record]) -> sa.Table:
    columns = [
        sa.Column(column.name, column.sql_type(), primary_key=column.name == "sid", nullable=column.nullable)
        for column in columns_of(record_type)
    ]
    table = sa.Table(record_type.table, metadata, *columns, *_indexes(record_type))
    for name, indexed, condition in PARTIAL.get(table.name, ()):
        rows = condition(table)
        sa.Index(f"ix_{table.name}_{name}", *(table.c[column] for column in indexed), **_where(rows))
    return table


def _where(rows: sa.ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": rows, "postgresql_where": rows}


#: The table of every record type, by its name.
TABLES: dict[str, sa.Table] = {name: _table(record_type) for name, record_type in RECORDS.items()}


def _search(record_type: type[Record]) -> sa.Table:
    """The narrow table that searches read; its rows lie in the order of lists, by account."""
    columns = [sa.Column(name, sa.Text(), nullable=True) for name in record_type.searched]
    account, sid = (sa.Column(name, sa.String(34), nullable=False) for name in ("account_sid", "sid"))
    key = sa.PrimaryKeyConstraint("account_sid", "sid")
    return sa.Table(f"{record_type.table}_search", metadata, account, sid, *columns, key, sqlite_with_rowid=False)


#: The search tables of the record types that are searched, by the name of the records' table.
SEARCHES: dict[str, sa.Table] = {name: _search(one) for name, one in RECORDS.items() if one.searched}

#: One row for each write to a configuration record. Secrets are redacted in `before` and `after`.
revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("id", Integer64, primary_key=True, autoincrement=True),
    sa.Column("account_sid", sa.String(34), nullable=False),
    sa.Column("resource", sa.Text(), nullable=False),
    sa.Column("sid", sa.String(34), nullable=False),
    sa.Column("revision", Integer64, nullable=False),
    sa.Column("operation", sa.Text(), nullable=False),
    sa.Column("group_id", sa.String(34), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("credential", sa.Text(), nullable=False),
    sa.Column("address", sa.Text(), nullable=True),
    sa.Column("user_agent", sa.Text(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("before", sa.JSON(), nullable=True),
    sa.Column("after", sa.JSON(), nullable=True),
    sa.Index("ix_revisions_sid", "sid", "id"),
    sa.Index("ix_revisions_account_sid", "account_sid", "at", "id"),
    sa.Index("ix_revisions_resource", "account_sid", "resource", "at", "id"),
    sa.Index("ix_revisions_group_id", "group_id", "id"),
    sqlite_autoincrement=True,
)

#: One row for each unit of work that wrote revisions, and each account whose records it wrote.
revision_groups = sa.Table(
    "revision_groups",
    metadata,
    sa.Column("account_sid", sa.String(34), primary_key=True),
    sa.Column("group_id", sa.String(34), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("credential", sa.Text(), nullable=False),
    sa.Column("address", sa.Text(), nullable=True),
    sa.Column("user_agent", sa.Text(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("undoes", sa.String(34), nullable=True),
    # [resource, operation, how many revisions], of each that there is
    sa.Column("counts", sa.JSON(), nullable=False),
    sa.Index("ix_revision_groups_at", "account_sid", "at", "group_id"),
)
sa.Index(
    "ix_revision_groups_undoes",
    revision_groups.c.undoes,
    revision_groups.c.group_id,
    **_where(revision_groups.c.undoes.is_not(None)),
)

#: The embedded queue, oldest first. PostgreSQL has procrastinate's tables instead and leaves this one empty.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Integer64, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("arguments", sa.JSON(), nullable=False),
    sa.Column("lane", sa.Text(), nullable=True),
    sa.Column("due", Moment, nullable=False),
    sa.Column("attempts", Integer64, nullable=False),
    sa.Column("last_error", sa.Text(), nullable=True),
    sa.Column("account_sid", sa.String(34), nullable=True),
    sa.Index("ix_jobs_due", "due", "id", "account_sid"),
    sa.Index("ix_jobs_lane", "lane", "id"),
    sqlite_autoincrement=True,
)

#: Jobs that were given up, with the error of the last attempt; retention removes them.
failed_jobs = sa.Table(
    "failed_jobs",
    metadata,
    sa.Column("id", Integer64, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("arguments", sa.JSON(), nullable=False),
    sa.Column("lane", sa.Text(), nullable=True),
    sa.Column("attempts", Integer64, nullable=False),
    sa.Column("last_error", sa.Text(), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("ix_failed_jobs_at", "at"),
    sqlite_autoincrement=True,
)

#: Facts about the database itself, such as the version of procrastinate's schema.
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
)
