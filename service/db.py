"""Engine and session. `session` commits at its end, and a database that is away becomes `Unavailable` (503)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlmodel import Session

from service.errors import Unavailable
from service.postgres import ensure_server
from service.settings import Settings

CONNECT_SECONDS = 5
RETRY_SECONDS = 5
"""What `Retry-After` says."""


def driver_url(url: str | URL) -> URL:
    """Any spelling of a PostgreSQL URL (`postgres://`, `postgresql://`), with the driver that is used here."""
    return make_url(url).set(drivername="postgresql+psycopg")


def conninfo(url: str | URL) -> str:
    """The same URL for libpq, which knows nothing of drivers."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def engine_for(url: str | URL) -> Engine:
    """A pool of connections, made when first used. It gives up on a connection after `CONNECT_SECONDS`."""
    return create_engine(
        driver_url(url),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=CONNECT_SECONDS,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "logflume"},
    )


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end of the block and rolls back when the block raises.

    Rows stay readable after the commit. Raises `Unavailable` when the database cannot be reached or goes away.
    """
    with outages_named(), Session(engine, expire_on_commit=False) as opened, opened.begin():
        yield opened


@contextmanager
def outages_named() -> Iterator[None]:
    """Turn the driver's errors about a database that is away into `Unavailable`; let all others pass."""
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        if not is_outage(error):
            raise
        detail = "The database cannot be reached; nothing was changed. Try again in a moment."
        raise Unavailable(detail, retry_after=RETRY_SECONDS) from error


def is_outage(error: DBAPIError | TimeoutError) -> bool:
    """Whether the database is away, rather than against this statement.

    SQLSTATE classes: 08 connection, 57P shutdown or start, 53 out of connections, memory or disk; none at all means
    that no server answered (https://www.postgresql.org/docs/18/errcodes-appendix.html).
    """
    if isinstance(error, TimeoutError) or error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return type(error.orig).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
    return str(state).startswith(("08", "57P", "53"))


def database_url(settings: Settings) -> str:
    """The database of the settings: the user's own, or else the embedded one, started where needed."""
    if settings.database_url is not None:
        return driver_url(settings.database_url.get_secret_value()).render_as_string(hide_password=False)
    return ensure_server(settings.home_path)
