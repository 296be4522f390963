"""Runs the migrations on one connection, one transaction each, for `service.migrate` and for the `alembic` command.

The URL is `config.attributes["url"]`; without it (the `alembic` command) the settings' own database.

To make the first revision again after a change of the models, before it has been released:

    rm migrations/versions/*_first_tables.py
    alembic upgrade head && alembic revision --autogenerate --rev-id first_tables -m "first tables"

with `LOGFLUME_DATABASE_URL` naming an empty database, or `LOGFLUME_HOME` an empty folder.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from service import migrate, notices
from service.db import database_url
from service.settings import Settings


def render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A migration speaks SQLAlchemy only: SQLModel's types are names for plain ones of PostgreSQL."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    """Migrate on this connection."""
    context.configure(
        connection=connection,
        target_metadata=notices.Notice.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        include_name=migrate.is_ours,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


url = context.config.attributes.get("url") or database_url(Settings())
with migrate.turn(url) as connection:
    run(connection)
