"""The first schema: records, revisions, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first_schema"
down_revision = None
branch_labels = None
depends_on = None

SID = sa.String(length=34)
MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

INDEXES = (
    ("ix_accounts_account_sid", "accounts", ("account_sid", "sid")),
    ("ix_accounts_owner_account_sid", "accounts", ("owner_account_sid", "sid")),
    ("ix_applications_account_sid", "applications", ("account_sid", "sid")),
    ("ix_applications_friendly_name", "applications", ("friendly_name", "sid")),
    ("ix_calls_account_sid", "calls", ("account_sid", "sid")),
    ("ix_calls_end_time", "calls", ("end_time", "sid")),
    ("ix_calls_from_", "calls", ("from_", "sid")),
    ("ix_calls_node", "calls", ("node", "sid")),
    ("ix_calls_parent_call_sid", "calls", ("parent_call_sid", "sid")),
    ("ix_calls_start_time", "calls", ("start_time", "sid")),
    ("ix_calls_status", "calls", ("status", "sid")),
    ("ix_calls_to", "calls", ("to", "sid")),
    ("ix_exchanges_account_sid", "exchanges", ("account_sid", "sid")),
    ("ix_exchanges_application_sid", "exchanges", ("application_sid", "sid")),
    ("ix_exchanges_call_sid", "exchanges", ("call_sid", "sid")),
    ("ix_failed_jobs_at", "failed_jobs", ("at",)),
    ("ix_incoming_phone_numbers_account_sid", "incoming_phone_numbers", ("account_sid", "sid")),
    ("ix_incoming_phone_numbers_sms_application_sid", "incoming_phone_numbers", ("sms_application_sid", "sid")),
    ("ix_incoming_phone_numbers_trunk_sid", "incoming_phone_numbers", ("trunk_sid", "sid")),
    ("ix_incoming_phone_numbers_voice_application_sid", "incoming_phone_numbers", ("voice_application_sid", "sid")),
    ("ix_jobs_due", "jobs", ("due", "id")),
    ("ix_jobs_lane", "jobs", ("lane", "id")),
    ("ix_notifications_account_sid", "notifications", ("account_sid", "sid")),
    ("ix_notifications_call_sid", "notifications", ("call_sid", "sid")),
    ("ix_notifications_message_date", "notifications", ("message_date", "sid")),
    ("ix_rate_slots_account_sid", "rate_slots", ("account_sid", "sid")),
    ("ix_revisions_account_sid", "revisions", ("account_sid", "id")),
    ("ix_revisions_sid", "revisions", ("sid", "id")),
    ("ix_trunks_account_sid", "trunks", ("account_sid", "sid")),
    ("ix_trunks_friendly_name", "trunks", ("friendly_name", "sid")),
)


def upgrade() -> None:
    _accounts()
    _applications()
    _calls()
    _exchanges()
    _failed_jobs()
    _incoming_phone_numbers()
    _jobs()
    _meta()
    _notifications()
    _rate_slots()
    _revisions()
    _trunks()
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_index("uq_incoming_phone_numbers_phone_number", "incoming_phone_numbers", ["phone_number"], unique=True)


def downgrade() -> None:
    for table in (
        "accounts",
        "applications",
        "calls",
        "exchanges",
        "failed_jobs",
        "incoming_phone_numbers",
        "jobs",
        "meta",
        "notifications",
        "rate_slots",
        "revisions",
        "trunks",
    ):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("auth_token", sa.Text(), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("owner_account_sid", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("auth_token_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_accounts")),
    )


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.Text(), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.Text(), nullable=False),
        sa.Column("voice_caller_id_lookup", sa.Boolean(), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.Text(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.Text(), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.Text(), nullable=False),
        sa.Column("sms_status_callback", sa.Text(), nullable=True),
        sa.Column("message_status_callback", sa.Text(), nullable=True),
        sa.Column("public_application_connect_enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_applications")),
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("parent_call_sid", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=True),
        sa.Column("from_", sa.Text(), nullable=True),
        sa.Column("phone_number_sid", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("start_time", MOMENT, nullable=True),
        sa.Column("end_time", MOMENT, nullable=True),
        sa.Column("duration", sa.Text(), nullable=True),
        sa.Column("price", sa.Text(), nullable=True),
        sa.Column("price_unit", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("forwarded_from", sa.Text(), nullable=True),
        sa.Column("group_sid", sa.Text(), nullable=True),
        sa.Column("caller_name", sa.Text(), nullable=True),
        sa.Column("queue_time", sa.Text(), nullable=True),
        sa.Column("trunk_sid", sa.Text(), nullable=True),
        sa.Column("application_sid", sa.Text(), nullable=True),
        sa.Column("application_revision", NUMBER, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("fallback_url", sa.Text(), nullable=True),
        sa.Column("fallback_method", sa.Text(), nullable=False),
        sa.Column("twiml", sa.Text(), nullable=True),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.Text(), nullable=False),
        sa.Column("status_callback_events", sa.JSON(), nullable=False),
        sa.Column("callback_sequence", NUMBER, nullable=False),
        sa.Column("dialing", sa.JSON(), nullable=False),
        sa.Column("route", sa.JSON(), nullable=False),
        sa.Column("sip_call_id", sa.Text(), nullable=True),
        sa.Column("sip_response_code", NUMBER, nullable=True),
        sa.Column("answer_time", MOMENT, nullable=True),
        sa.Column("node", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_calls")),
    )


def _exchanges() -> None:
    op.create_table(
        "exchanges",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("call_sid", sa.Text(), nullable=True),
        sa.Column("application_sid", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attempt", NUMBER, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("request_headers", sa.JSON(), nullable=False),
        sa.Column("request_parameters", sa.JSON(), nullable=False),
        sa.Column("status_code", NUMBER, nullable=True),
        sa.Column("response_headers", sa.JSON(), nullable=False),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column("response_bytes", NUMBER, nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("error_code", NUMBER, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_exchanges")),
    )


def _failed_jobs() -> None:
    op.create_table(
        "failed_jobs",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_jobs")),
        sqlite_autoincrement=True,
    )


def _incoming_phone_numbers() -> None:
    op.create_table(
        "incoming_phone_numbers",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.Text(), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.Text(), nullable=False),
        sa.Column("voice_caller_id_lookup", sa.Boolean(), nullable=False),
        sa.Column("voice_receive_mode", sa.Text(), nullable=False),
        sa.Column("voice_application_sid", sa.Text(), nullable=True),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.Text(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.Text(), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.Text(), nullable=False),
        sa.Column("sms_application_sid", sa.Text(), nullable=True),
        sa.Column("trunk_sid", sa.Text(), nullable=True),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("address_requirements", sa.Text(), nullable=False),
        sa.Column("address_sid", sa.Text(), nullable=True),
        sa.Column("beta", sa.Boolean(), nullable=False),
        sa.Column("bundle_sid", sa.Text(), nullable=True),
        sa.Column("emergency_address_sid", sa.Text(), nullable=True),
        sa.Column("emergency_address_status", sa.Text(), nullable=False),
        sa.Column("emergency_status", sa.Text(), nullable=False),
        sa.Column("identity_sid", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_incoming_phone_numbers")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("call_sid", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("message_date", MOMENT, nullable=True),
        sa.Column("message_text", sa.Text(), nullable=True),
        sa.Column("more_info", sa.Text(), nullable=True),
        sa.Column("request_method", sa.Text(), nullable=True),
        sa.Column("request_url", sa.Text(), nullable=True),
        sa.Column("request_variables", sa.Text(), nullable=True),
        sa.Column("response_headers", sa.Text(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_notifications")),
    )


def _rate_slots() -> None:
    op.create_table(
        "rate_slots",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_free", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_rate_slots")),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("sid", SID, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("group_id", SID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sqlite_autoincrement=True,
    )


def _trunks() -> None:
    op.create_table(
        "trunks",
        sa.Column("sid", SID, nullable=False),
        sa.Column("account_sid", SID, nullable=False),
        sa.Column("date_created", MOMENT, nullable=True),
        sa.Column("date_updated", MOMENT, nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("port", NUMBER, nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("allowed_sources", sa.JSON(), nullable=False),
        sa.Column("country_code", sa.Text(), nullable=True),
        sa.Column("strip_prefix", sa.Text(), nullable=True),
        sa.Column("priority", NUMBER, nullable=False),
        sa.Column("any_caller_id", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_trunks")),
    )
