"""Notifications: what is told, to whom it goes, and how often that went well.

Revision notices, after proofs; 2026-11-24 17:20.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "notices"
down_revision: str | None = "proofs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sorted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_newest", "notice", ["at", "id"])
    op.create_index("notice_by_source", "notice", ["source_id", "at"])
    op.create_index("notice_unsorted", "notice", ["at"], postgresql_where=sa.text("NOT sorted"))
    op.create_table(
        "notice_delivery",
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice_id", "subscription"),
    )
    op.create_index(
        "notice_delivery_due", "notice_delivery", ["next_at"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "notice_count",
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("environment", "subscription", "result"),
    )


def downgrade() -> None:
    op.drop_table("notice_count")
    op.drop_table("notice_delivery")
    op.drop_table("notice")
