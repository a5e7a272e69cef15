"""Calls keep what their INVITE told web apps."""

import sqlalchemy as sa
from alembic import op

revision = "0002_sip_parameters"
down_revision = "0001_first_schema"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("sip_parameters", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.drop_column("calls", "sip_parameters")
