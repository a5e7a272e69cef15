"""Messages, carriers and what they need."""

import sqlalchemy as sa
from alembic import op

revision = "0003_messages"
down_revision = "0002_sip_parameters"
branch_labels = None
depends_on = None

SID = sa.String(length=34)
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "carriers",
    "early_receipts",
    "media",
    "message_feedback",
    "message_parts",
    "messages",
    "opt_outs",
    "queued_messages",
    "short_codes",
    "submissions",
)
#: Tables of before that may now be about a message.
MENTIONING = ("exchanges", "notifications")
INDEXES = (
    ("ix_carriers_account_sid", "carriers", ("account_sid", "sid")),
    ("ix_carriers_friendly_name", "carriers", ("friendly_name", "sid")),
    ("ix_early_receipts_account_sid", "early_receipts", ("account_sid", "sid")),
    ("ix_early_receipts_carrier_sid", "early_receipts", ("carrier_sid", "sid")),
    ("ix_early_receipts_carrier_message_id", "early_receipts", ("carrier_message_id", "sid")),
    ("ix_exchanges_message_sid", "exchanges", ("message_sid", "sid")),
    ("ix_media_account_sid", "media", ("account_sid", "sid")),
    ("ix_media_content_sid", "media", ("content_sid", "sid")),
    ("ix_media_parent_sid", "media", ("parent_sid", "sid")),
    ("ix_message_feedback_account_sid", "message_feedback", ("account_sid", "sid")),
    ("ix_message_feedback_message_sid", "message_feedback", ("message_sid", "sid")),
    ("ix_message_parts_account_sid", "message_parts", ("account_sid", "sid")),
    ("ix_message_parts_key", "message_parts", ("key", "sid")),
    ("ix_messages_account_sid", "messages", ("account_sid", "position")),
    ("ix_messages_date_sent", "messages", ("date_sent", "position")),
    ("ix_messages_from_", "messages", ("from_", "position")),
    ("ix_messages_to", "messages", ("to", "position")),
    ("ix_notifications_message_sid", "notifications", ("message_sid", "sid")),
    ("ix_opt_outs_account_sid", "opt_outs", ("account_sid", "sid")),
    ("ix_opt_outs_sender", "opt_outs", ("sender", "sid")),
    ("ix_queued_messages_node", "queued_messages", ("node", "sid")),
    ("ix_queued_messages_sender", "queued_messages", ("sender", "sid")),
    ("ix_short_codes_account_sid", "short_codes", ("account_sid", "sid")),
    ("ix_short_codes_friendly_name", "short_codes", ("friendly_name", "sid")),
    ("ix_submissions_carrier_message_id", "submissions", ("carrier_message_id", "sid")),
    ("ix_submissions_message_sid", "submissions", ("message_sid", "sid")),
)


def upgrade() -> None:
    _carriers()
    _early_receipts()
    _media()
    _message_feedback()
    _message_parts()
    _messages()
    _opt_outs()
    _queued_messages()
    _short_codes()
    _submissions()
    for table in MENTIONING:
        op.add_column(table, sa.Column("message_sid", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("account_sid", SID, nullable=True))
    op.drop_index("ix_jobs_due", "jobs")
    op.create_index("ix_jobs_due", "jobs", ("due", "id", "account_sid"))
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index("uq_carriers_account_sid_friendly_name", "carriers", ["account_sid", "friendly_name"], unique=True)
    op.create_index("uq_short_codes_short_code", "short_codes", ["short_code"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_jobs_due", "jobs")
    op.create_index("ix_jobs_due", "jobs", ("due", "id"))
    op.drop_column("jobs", "account_sid")
    for table in MENTIONING:
        op.drop_index(f"ix_{table}_message_sid", table)
        op.drop_column(table, "message_sid")
    for table in TABLES:
        op.drop_table(table)


def _carriers() -> None:
    op.create_table(
        "carriers",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", NUMBER, nullable=False),
        sa.Column("senders", sa.JSON(), nullable=False),
        sa.Column("destinations", sa.JSON(), nullable=False),
        sa.Column("messages_per_second", sa.Double(), nullable=True),
        sa.Column("retry_unacknowledged", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_carriers")),
    )


def _early_receipts() -> None:
    op.create_table(
        "early_receipts",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("carrier_sid", sa.Text(), nullable=False),
        sa.Column("carrier_message_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", NUMBER, nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("done_date", sa.Text(), nullable=True),
        sa.Column("siblings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_early_receipts")),
    )


def _media() -> None:
    op.create_table(
        "media",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("parent_sid", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("content_sid", sa.Text(), nullable=False),
        sa.Column("size_bytes", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_media")),
    )


def _message_feedback() -> None:
    op.create_table(
        "message_feedback",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("message_sid", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_message_feedback")),
    )


def _message_parts() -> None:
    op.create_table(
        "message_parts",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_message_parts")),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("num_segments", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("price", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("num_media", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("messaging_service_sid", sa.Text(), nullable=True),
        sa.Column("date_sent", MOMENT, nullable=True),
        sa.Column("error_code", NUMBER, nullable=True),
        sa.Column("price_unit", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("phone_number_sid", sa.Text(), nullable=True),
        sa.Column("application_sid", sa.Text(), nullable=True),
        sa.Column("application_revision", NUMBER, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("fallback_url", sa.Text(), nullable=True),
        sa.Column("fallback_method", sa.Text(), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("media_urls", sa.JSON(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("send_at", MOMENT, nullable=True),
        sa.Column("sending", sa.JSON(), nullable=False),
        sa.Column("carrier_sid", sa.Text(), nullable=True),
        sa.Column("queue_time_ms", NUMBER, nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("reply_to_sid", sa.Text(), nullable=True),
        sa.Column("call_sid", sa.Text(), nullable=True),
        sa.Column("opt_out_type", sa.Text(), nullable=True),
        sa.Column("is_answered", sa.Boolean(), nullable=False),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("raw_receipt_date", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_messages")),
    )


def _opt_outs() -> None:
    op.create_table(
        "opt_outs",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_opt_outs")),
    )


def _queued_messages() -> None:
    op.create_table(
        "queued_messages",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("message_sid", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("is_here", sa.Boolean(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("carrier_sid", sa.Text(), nullable=True),
        sa.Column("attempt", NUMBER, nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_queued_messages")),
    )


def _short_codes() -> None:
    op.create_table(
        "short_codes",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.Text(), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_short_codes")),
    )


def _submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("message_sid", sa.Text(), nullable=False),
        sa.Column("carrier_sid", sa.Text(), nullable=False),
        sa.Column("carrier_message_id", sa.Text(), nullable=False),
        sa.Column("part", NUMBER, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", NUMBER, nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_submissions")),
    )
