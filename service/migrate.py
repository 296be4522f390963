"""Brings a database to the newest schema. Safe from several processes at once, and gentle to a running service.

A migration waits at most `LOCK_SECONDS` for a lock on a table: while it waits, everybody behind it waits too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text

import migrations
from service.db import driver_url

LOCK_SECONDS = 5
TURN_SECONDS = 120
"""How long to wait while another process migrates."""
TURN = 4_021_765_318
"""Any number, the same in every version: the key of the advisory lock."""


def upgrade(url: str | URL) -> None:
    """Migrate to the newest revision; nothing happens when the database is there already."""
    command.upgrade(config(url), "head")


def downgrade(url: str | URL, revision: str) -> None:
    """Migrate back, `base` being the empty database. Data in dropped tables is gone."""
    command.downgrade(config(url), revision)


def current_is_head(engine: Engine) -> bool:
    """Whether the database has exactly the schema that this version of the code was written for."""
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == _heads()


def config(url: str | URL) -> Config:
    """Alembic's settings for one database; they come from the package, so that an installed wheel has them too."""
    made = Config(attributes={"url": url})
    made.set_main_option("script_location", str(Path(migrations.__path__[0])).replace("%", "%%"))
    return made


@contextmanager
def turn(url: str | URL) -> Iterator[Connection]:
    """A connection of one's own while no other process migrates this database; its locks time out."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{TURN_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": TURN})
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        connection.commit()
        yield connection


def is_ours(name: str | None, kind: str, _: Mapping[Any, Any]) -> bool:
    """Whether Alembic should compare this object: procrastinate's tables come from its own schema file."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


@cache
def _heads() -> set[str]:
    return set(ScriptDirectory(str(Path(migrations.__path__[0]))).get_heads())
