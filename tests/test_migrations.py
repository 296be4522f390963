"""The migrations make what the models say, undo what they do, and wait for nobody long."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from importlib.metadata import version

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from service import migrate, models, notices
from service.db import conninfo, engine_for, session

LEFT_OVERS = """
SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S', 'i')
UNION SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION SELECT typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    """A database that nothing was ever migrated in."""
    url = make_url(database_url)
    name = f"{url.database}_empty"
    with psycopg.connect(conninfo(url.set(database="postgres")), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        made = engine_for(url.set(database=name))
        yield made
        made.dispose()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text(LEFT_OVERS)))


def test_the_newest_schema_is_what_the_models_say(engine: Engine) -> None:
    assert models.Source.metadata is notices.Notice.metadata is SQLModel.metadata
    options = {"compare_server_default": True, "include_name": migrate.is_ours}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_difference_between_models_and_schema_would_be_seen(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE source ALTER COLUMN checkpoint_token TYPE integer"))
        context = MigrationContext.configure(connection, opts={"include_name": migrate.is_ours})
        assert len(compare_metadata(context, SQLModel.metadata)) == 1


def test_up_down_and_up_again(empty: Engine) -> None:
    migrate.upgrade(address(empty))
    first = names(empty)
    migrate.downgrade(address(empty), "base")

    assert {name for name in names(empty) if not name.startswith(("alembic_version", "_alembic"))} == set()

    migrate.upgrade(address(empty))
    assert names(empty) == first
    assert "procrastinate_jobs" in first


def test_only_the_newest_schema_is_head(empty: Engine) -> None:
    assert not migrate.current_is_head(empty)
    migrate.upgrade(address(empty))
    assert migrate.current_is_head(empty)
    migrate.downgrade(address(empty), "-1")
    assert not migrate.current_is_head(empty)


def test_two_processes_may_migrate_at_once(empty: Engine) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(migrate.upgrade, [address(empty)] * 2, chunksize=1)

    assert migrate.current_is_head(empty)


def test_a_migration_waits_five_seconds_for_a_lock(database_url: str) -> None:
    with migrate.turn(database_url) as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "5s"


def test_a_migration_that_does_not_get_its_lock_changes_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.05)
    with session(engine) as holder:
        # All of them: which one the newest migration is about does not matter.
        holder.connection().execute(text(f"LOCK TABLE {', '.join(SQLModel.metadata.tables)}"))
        with pytest.raises(Exception, match="lock timeout"):
            migrate.downgrade(address(engine), "base")

    assert migrate.current_is_head(engine)


def test_the_queues_schema_is_of_the_installed_version() -> None:
    assert version("procrastinate") == "3.10.0"


def test_an_unknown_revision_is_refused(database_url: str) -> None:
    with pytest.raises(CommandError):
        migrate.downgrade(database_url, "no_such_revision")
