"""What a session promises: all or nothing, and a clear answer when the database is away."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import select

from service.db import conninfo, driver_url, engine_for, outages_named, session
from service.errors import Unavailable
from service.models import Audit


def an_audit_row() -> Audit:
    return Audit(principal="alice", action="request", target="source/1")


def rows(engine: Engine) -> list[Audit]:
    with session(engine) as opened:
        return list(opened.exec(select(Audit)).all())


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_url_is_understood(scheme: str) -> None:
    url = f"{scheme}://me:p%40ss@db.example:5433/logs?sslmode=require"

    assert driver_url(url).drivername == "postgresql+psycopg"
    assert conninfo(url) == "postgresql://me:p%40ss@db.example:5433/logs?sslmode=require"


def test_a_session_commits_at_its_end_and_its_rows_stay_readable(engine: Engine) -> None:
    with session(engine) as opened:
        row = an_audit_row()
        opened.add(row)

    assert [found.id for found in rows(engine)] == [row.id]


def test_an_error_in_the_block_rolls_back(engine: Engine) -> None:
    def write_and_fail() -> None:
        with session(engine) as opened:
            opened.add(an_audit_row())
            opened.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()

    assert rows(engine) == []


def test_a_server_that_does_not_listen_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        engine = engine_for(f"postgresql://me@127.0.0.1:{port}/logs")
        with pytest.raises(Unavailable) as caught, session(engine) as opened:
            opened.exec(select(Audit))

    assert caught.value.headers == {"Retry-After": "5"}


def test_a_connection_cut_in_mid_transaction_is_unavailable(engine: Engine, database_url: str) -> None:
    other = engine_for(database_url)

    def write_after_the_cut() -> None:
        with session(engine) as opened:
            pid = opened.connection().scalar(text("SELECT pg_backend_pid()"))
            with session(other) as second:
                second.connection().execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            opened.add(an_audit_row())
            opened.flush()

    with pytest.raises(Unavailable):
        write_after_the_cut()
    other.dispose()

    assert rows(engine) == [], "the pool notices dead connections and makes new ones"


def test_a_broken_rule_is_not_an_outage(engine: Engine) -> None:
    row = an_audit_row()
    with session(engine) as opened:
        opened.add(row)

    with pytest.raises(IntegrityError), session(engine) as opened:
        opened.add(Audit(id=row.id, principal="bob", action="request", target="source/2"))


def test_a_lock_that_is_not_got_in_time_is_not_an_outage(engine: Engine) -> None:
    with session(engine) as holder:
        holder.connection().execute(text("LOCK TABLE audit"))
        with session(engine) as opened:
            opened.connection().execute(text("SET LOCAL lock_timeout = '10ms'"))
            with pytest.raises(OperationalError, match="lock timeout"), outages_named():
                opened.exec(select(Audit))
