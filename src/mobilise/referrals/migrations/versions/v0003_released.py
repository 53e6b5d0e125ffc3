"""What the wall keeps: the rows of released periods, and the log of releases."""

import sqlalchemy as sa
from alembic import op

from mobilise.referrals.model.base import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "released_periods",
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("first_quarter", sa.Integer(), nullable=False),
        sa.Column("last_quarter", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("frozen", Instant(), nullable=False),
        sa.Column("surroundings", sa.Text(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_released_periods")),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("made", Instant(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("tables", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("kept_back", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period"], ["released_periods.period"], name=op.f("fk_releases_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("number", name=op.f("uq_releases_number")),
    )
    op.create_index(op.f("ix_releases_period"), "releases", ["period"])


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("releases")
    op.drop_table("released_periods")
