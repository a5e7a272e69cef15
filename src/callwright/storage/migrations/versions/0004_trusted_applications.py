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
}
INDEXES = (
    ("ix_calls_application_sid", "calls", ("application_sid", "sid")),
    ("ix_messages_application_sid", "messages", ("application_sid", "position")),
    ("ix_revisions_group_id", "revisions", ("group_id", "id")),
)


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            server_default = sa.text(default) if default is not None else None
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=server_default))
    for name, table, indexed in INDEXES:
        op.create_index(name, table, list(indexed))


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for name, _, _ in columns:
                batch.drop_column(name)
