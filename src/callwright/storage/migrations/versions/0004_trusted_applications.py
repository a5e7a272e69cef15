"""Applications and numbers get what /v1 adds to them; history is found by group."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004_trusted_applications"
down_revision = "0003_messages"
branch_labels = None
depends_on = None

SID = sa.String(length=34)
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: What numbers are searched by.
SEARCHED = (
    "own_voice",
    "own_sms",
    "country",
    "digits",
    "voice_application_sid",
    "sms_application_sid",
    "trunk_sid",
    "facets",
    "text",
    "urls",
)

#: Columns added, by table: name, type, and what rows of before have (None: nothing).
COLUMNS: dict[str, tuple[tuple[str, sa.types.TypeEngine[Any], str | None], ...]] = {
    "applications": (
        ("tags", sa.JSON(), "'[]'"),
        ("notes", sa.Text(), None),
        ("voice_variants", sa.JSON(), "'[]'"),
        ("sms_variants", sa.JSON(), "'[]'"),
        ("variant_guard", sa.JSON(), None),
        ("opening_hours", sa.JSON(), None),
    ),
    "incoming_phone_numbers": (
        ("tags", sa.JSON(), "'[]'"),
        ("notes", sa.Text(), None),
    ),
    "exchanges": (
        ("request_id", sa.Text(), None),
        ("endpoint", sa.Text(), None),
        ("replay_of", sa.Text(), None),
        ("hop", NUMBER, "0"),
        ("is_cut", sa.Boolean(), "false"),
        ("connect_ms", sa.Double(), None),
        ("first_byte_ms", sa.Double(), None),
        ("is_failure", sa.Boolean(), "false"),
    ),
}
INDEXES = (
    ("ix_calls_application_sid", "calls", ("application_sid", "sid")),
    ("ix_messages_application_sid", "messages", ("application_sid", "position")),
    ("ix_revisions_account_sid", "revisions", ("account_sid", "at", "id")),
    ("ix_revisions_resource", "revisions", ("account_sid", "resource", "at", "id")),
    ("ix_revisions_group_id", "revisions", ("group_id", "id")),
    ("ix_exchanges_request_id", "exchanges", ("request_id", "sid")),
    ("ix_exchanges_endpoint", "exchanges", ("endpoint", "sid")),
    ("ix_scheduled_changes_account_sid", "scheduled_changes", ("account_sid", "sid")),
    ("ix_scheduled_changes_target_sid", "scheduled_changes", ("target_sid", "sid")),
    ("ix_applied_configurations_account_sid", "applied_configurations", ("account_sid", "sid")),
)
#: Indexes over some of the exchanges.
EXCHANGES = sa.table(
    "exchanges", sa.column("error_code", NUMBER), sa.column("is_failure", sa.Boolean()), sa.column("replay_of")
)
FAILED, REPLAYED = EXCHANGES.c.is_failure.is_(sa.true()), EXCHANGES.c.replay_of.is_not(None)
INDEXES_OF_SOME = (
    ("ix_exchanges_failures", ("account_sid", "sid"), FAILED),
    ("ix_exchanges_failures_of_endpoint", ("account_sid", "endpoint", "sid"), FAILED),
    ("ix_exchanges_failures_of_application", ("application_sid", "sid"), FAILED),
    ("ix_exchanges_replay_of", ("replay_of", "sid"), REPLAYED),
)


def upgrade() -> None:
    _applied_configurations()
    _scheduled_changes()
    _search()
    op.drop_index("ix_revisions_account_sid", "revisions")
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            server_default = sa.text(default) if default is not None else None
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=server_default))
    for name, table, indexed in INDEXES:
        op.create_index(name, table, list(indexed))
    _revision_groups()
    op.execute(sa.update(EXCHANGES).where(EXCHANGES.c.error_code.is_not(None)).values(is_failure=sa.true()))
    for name, columns_of_some, rows in INDEXES_OF_SOME:
        op.create_index(name, "exchanges", list(columns_of_some), sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    for name, _, _ in INDEXES_OF_SOME:
        op.drop_index(name, "exchanges")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.create_index("ix_revisions_account_sid", "revisions", ["account_sid", "id"])
    op.drop_table("revision_groups")
    op.drop_table("scheduled_changes")
    op.drop_table("applied_configurations")
    op.drop_table("incoming_phone_numbers_search")
    op.execute("DELETE FROM meta WHERE name = 'search of incoming_phone_numbers'")
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, _, _ in columns:
                batch.drop_column(name)


def _search() -> None:
    """Filled when the database is opened: what numbers are searched by is the program's to work out."""
    op.create_table(
        "incoming_phone_numbers_search",
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("sid", SID, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in SEARCHED),
        sa.PrimaryKeyConstraint("account_sid", "sid", name=op.f("pk_incoming_phone_numbers_search")),
        sqlite_with_rowid=False,
    )


def _scheduled_changes() -> None:
    op.create_table(
        "scheduled_changes",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("target_sid", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expected_revision", NUMBER, nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_group_id", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("canceled_by", sa.Text(), nullable=True),
        sa.Column("error_code", NUMBER, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("difference", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_scheduled_changes")),
    )


#: What the revisions of one group have in common.
GROUP = ("account_sid", "group_id", "at", "credential", "address", "user_agent", "reason")


def _revision_groups() -> None:
    """One row for each group and account; those of before are made from their first revisions."""
    groups = op.create_table(
        "revision_groups",
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("group_id", SID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("undoes", SID, nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("account_sid", "group_id", name=op.f("pk_revision_groups")),
    )
    _keep_groups_of_before(groups)
    op.create_index("ix_revision_groups_at", "revision_groups", ["account_sid", "at", "group_id"])
    taken_back = groups.c.undoes.is_not(None)
    op.create_index(
        "ix_revision_groups_undoes",
        "revision_groups",
        ["undoes", "group_id"],
        sqlite_where=taken_back,
        postgresql_where=taken_back,
    )


def _applied_configurations() -> None:
    op.create_table(
        "applied_configurations",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("managed", sa.JSON(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_applied_configurations")),
    )


def _keep_groups_of_before(groups: sa.Table) -> None:
    names = (*GROUP, "resource", "operation")
    revisions = sa.table("revisions", sa.column("id", NUMBER), *(sa.column(name) for name in names))
    firsts = sa.select(sa.func.min(revisions.c.id)).group_by(revisions.c.group_id, revisions.c.account_sid)
    of_before = sa.select(*(revisions.c[name] for name in GROUP), sa.literal([], sa.JSON()))
    kept = of_before.where(revisions.c.id.in_(firsts))
    op.execute(sa.insert(groups).from_select([*GROUP, "counts"], kept))
    what = (revisions.c.account_sid, revisions.c.group_id, revisions.c.resource, revisions.c.operation)
    counts: dict[tuple[str, str], list[list[Any]]] = {}
    connection = op.get_bind()
    for account_sid, group_id, *count in connection.execute(
        sa.select(*what, sa.func.count()).group_by(*what).order_by(*what)
    ):
        counts.setdefault((account_sid, group_id), []).append(count)
    is_it = (groups.c.account_sid == sa.bindparam("owner"), groups.c.group_id == sa.bindparam("group"))
    update = sa.update(groups).where(*is_it).values(counts=sa.bindparam("found"))
    rows = [{"owner": owner, "group": group, "found": found} for (owner, group), found in counts.items()]
    if rows:
        connection.execute(update, rows)
