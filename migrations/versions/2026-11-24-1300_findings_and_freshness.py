"""Findings and freshness.

Revision findings_and_freshness, after first_tables; 2026-11-24 13:00.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "findings_and_freshness"
down_revision: str | None = "first_tables"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("operation", sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("operation", sa.Column("engine_seconds", sa.Float(), server_default="0", nullable=False))
    op.add_column("source", sa.Column("last_delivery_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("source", sa.Column("delivery_looked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lease", sa.Column("takeovers", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("lease", "takeovers")
    op.drop_column("source", "delivery_looked_at")
    op.drop_column("source", "last_delivery_at")
    op.drop_column("operation", "engine_seconds")
    op.drop_column("operation", "findings")
