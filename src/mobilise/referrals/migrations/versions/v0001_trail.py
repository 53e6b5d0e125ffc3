"""What is written about the records: audit, versions, index, what must be sent."""

import sqlalchemy as sa
from alembic import op

from mobilise.referrals.model.base import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The database itself refuses to change or remove what the audit says.
APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{event} BEFORE {event} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        for event in ("update", "delete")
    ],
    "postgresql": [
        (
            "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
        ),
    ],
}


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.String(length=64), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    op.create_index(op.f("ix_audit_person_id"), "audit", ["person_id"])

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=True),
        sa.Column("scopes", sa.String(), nullable=True),
        sa.Column("asked", Instant(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("types", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=True),
        sa.Column("expires", Instant(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("subscription_id", sa.String(length=64), nullable=True),
        sa.Column("link_id", sa.String(length=64), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", Instant(), nullable=True),
        sa.Column("sent", Instant(), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_due"), "notices", ["due"])
    op.create_index(op.f("ix_notices_subscription_id"), "notices", ["subscription_id"])

    op.create_table(
        "search_values",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("parameter", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=200), nullable=True),
        sa.Column("value", sa.String(length=300), nullable=True),
        sa.Column("low", Instant(), nullable=True),
        sa.Column("high", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_values")),
    )
    op.create_index("ix_search_values_find", "search_values", ["type", "parameter", "value"])
    op.create_index("ix_search_values_of", "search_values", ["type", "id"])
    op.create_index("ix_search_values_when", "search_values", ["type", "parameter", "low"])

    op.create_table(
        "subscriptions",
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("criteria", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String(length=120), nullable=False),
        sa.Column("subscriber_role", sa.String(length=30), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("updated", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_status"), "subscriptions", ["status"])
    op.create_index(op.f("ix_subscriptions_type"), "subscriptions", ["type"])
    op.create_index(op.f("ix_subscriptions_updated"), "subscriptions", ["updated"])

    op.create_table(
        "used_assertions",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("jti", sa.String(length=200), nullable=False),
        sa.Column("expires", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_assertions")),
    )
    op.create_table(
        "versions",
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("type", "id", "version", name=op.f("pk_versions")),
    )
    op.create_index(op.f("ix_versions_at"), "versions", ["at"])

    head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("seal"))
    op.bulk_insert(head, [{"id": 1, "number": 0, "seal": "0" * 64}])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
