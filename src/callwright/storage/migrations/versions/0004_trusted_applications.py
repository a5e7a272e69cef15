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
    ("ix_revisions_group_id", "revisions", ("group_id", "id")),
    ("ix_exchanges_request_id", "exchanges", ("request_id", "sid")),
    ("ix_exchanges_endpoint", "exchanges", ("endpoint", "sid")),
    ("ix_scheduled_changes_account_sid", "scheduled_changes", ("account_sid", "sid")),
    ("ix_scheduled_changes_target_sid", "scheduled_changes", ("target_sid", "sid")),
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
    _scheduled_changes()
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            server_default = sa.text(default) if default is not None else None
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=server_default))
    for name, table, indexed in INDEXES:
        op.create_index(name, table, list(indexed))
    op.execute(sa.update(EXCHANGES).where(EXCHANGES.c.error_code.is_not(None)).values(is_failure=sa.true()))
    for name, columns_of_some, rows in INDEXES_OF_SOME:
        op.create_index(name, "exchanges", list(columns_of_some), sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    for name, _, _ in INDEXES_OF_SOME:
        op.drop_index(name, "exchanges")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_table("scheduled_changes")
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, _, _ in columns:
                batch.drop_column(name)


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
