"""Job queue.

The schema of procrastinate 3.10.0, from the package itself. Later versions of procrastinate come with migrations of
their own; they become revisions after this one.
"""

from collections.abc import Sequence
from importlib.metadata import version

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "job_queue"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PROCRASTINATE = "3.10.0"

DROP = r"""
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class
        WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP TABLE ' || name || ' CASCADE'; END LOOP;
    FOR name IN SELECT oid::regprocedure FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || name; END LOOP;
    FOR name IN SELECT oid::regtype FROM pg_type
        WHERE typname LIKE 'procrastinate\_%' AND typnamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP TYPE ' || name; END LOOP;
END $$
"""


def upgrade() -> None:
    installed = version("procrastinate")
    if installed != PROCRASTINATE:
        raise RuntimeError(
            f"this revision holds the schema of procrastinate {PROCRASTINATE}, installed is {installed}"
        )
    run(SchemaManager.get_schema())


def downgrade() -> None:
    run(DROP)


def run(script: str) -> None:
    """Several statements at once, percent signs meaning nothing: only the driver's own connection does that."""
    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise RuntimeError("this revision needs a live connection")
    connection.execute(script)
