"""A database for each test, and no way out to the network."""

from __future__ import annotations

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlmodel import Session

from service import migrate
from service.db import conninfo, engine_for, session
from service.postgres import ensure_server, remove_server

# A shared machine is slow now and then; that is no finding.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=30)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys first: they take longest, so that no process is left with one when the others have ended."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach the network fails, naming the address."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise RuntimeError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def database_template() -> Iterator[str]:
    """URL of a migrated database on this session's own server. Nobody may stay connected to it."""
    home = Path(tempfile.mkdtemp(prefix="logflume-tests-"))
    home.chmod(0o711)  # The server's user passes through; what is inside is closed.
    url = ensure_server(home)
    migrate.upgrade(url)
    yield url
    remove_server(home)
    home.rmdir()


@pytest.fixture
def database_url(database_template: str) -> Iterator[str]:
    """URL of a fresh, migrated, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    maintenance = conninfo(make_url(database_template).set(database="postgres"))
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE logflume STRATEGY wal_log".encode())
        yield make_url(database_template).set(database=name).render_as_string(hide_password=False)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A pool on the test's database."""
    made = engine_for(database_url)
    yield made
    made.dispose()


@pytest.fixture
def db_session(engine: Engine) -> Iterator[Session]:
    """A session on the test's database, committed at the test's end."""
    with session(engine) as opened:
        yield opened
