"""One running logflume for the journeys that leave it whole; those that do not start their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy.engine import make_url

from service.db import conninfo
from tests.support.deployment import Deployment, deployed


@contextmanager
def database(template: str) -> Iterator[str]:
    """A database of one's own, migrated."""
    name = f"journey_{uuid.uuid4().hex}"
    with psycopg.connect(conninfo(make_url(template).set(database="postgres")), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE logflume STRATEGY wal_log".encode())
        yield make_url(template).set(database=name).render_as_string(hide_password=False)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def running(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with one worker, shared: journeys use sources of their own."""
    with (
        database(database_template) as url,
        deployed(tmp_path_factory.mktemp("logflume"), url) as deployment,
    ):
        yield deployment


@pytest.fixture
def own_database(database_template: str) -> Iterator[str]:
    """A database for a deployment of one's own."""
    with database(database_template) as url:
        yield url
