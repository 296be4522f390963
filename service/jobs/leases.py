"""Who may run a stack. One row a source, one clock (the database's), and a token that only grows.

Every statement is a single compare-and-set, so two workers cannot both believe they hold a lease
that counts: whoever writes back shows its token, and a token that was overtaken writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True)
class Held:
    """A lease that this process took: the right to run `source_id` until it expires or is overtaken."""

    source_id: str
    holder: str
    token: int


class LeaseLost(Exception):
    """Another holder took the stack, or the lease ran out: nothing of this attempt may count."""


def take(session: Session, source_id: str, holder: str, seconds: float) -> Held | None:
    """Take the lease if nobody holds it; None when somebody does. The token grows by one."""
    row = (
        session.connection()
        .execute(
            text(
                "INSERT INTO lease AS l (source_id, holder, token, expires_at)"
                " VALUES (:source, :holder, 1, clock_timestamp() + make_interval(secs => :secs))"
                " ON CONFLICT (source_id) DO UPDATE SET holder = :holder, token = l.token + 1,"
                "   takeovers = l.takeovers + (l.expires_at IS NOT NULL)::int,"
                "   expires_at = clock_timestamp() + make_interval(secs => :secs)"
                " WHERE l.expires_at IS NULL OR l.expires_at < clock_timestamp()"
                " RETURNING token"
            ),
            {"source": source_id, "holder": holder, "secs": seconds},
        )
        .first()
    )
    return None if row is None else Held(source_id, holder, row.token)


def renew(session: Session, held: Held, seconds: float) -> None:
    """Push the expiry out.

    Raises:
        LeaseLost: the lease has run out or has another token; it is never revived, since a successor may be starting.
    """
    row = (
        session.connection()
        .execute(
            text(
                "UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => :secs)"
                " WHERE source_id = :source AND token = :token AND expires_at > clock_timestamp() RETURNING token"
            ),
            {"source": held.source_id, "token": held.token, "secs": seconds},
        )
        .first()
    )
    if row is None:
        raise LeaseLost(f"lease {held.token} of {held.source_id} is gone")


def fence(session: Session, held: Held) -> None:
    """Lock the lease row for the rest of the transaction, so that what is written in it counts or is rolled back.

    Raises:
        LeaseLost: the token has been overtaken.
    """
    row = (
        session.connection()
        .execute(
            text(
                "SELECT 1 FROM lease WHERE source_id = :source AND token = :token AND holder = :holder FOR UPDATE"
            ),
            {"source": held.source_id, "token": held.token, "holder": held.holder},
        )
        .first()
    )
    if row is None:
        raise LeaseLost(f"lease {held.token} of {held.source_id} is gone")


def release(session: Session, held: Held) -> None:
    """Give the lease back; nothing happens if it was lost already."""
    session.connection().execute(
        text(
            "UPDATE lease SET holder = NULL, expires_at = NULL WHERE source_id = :source AND token = :token"
        ),
        {"source": held.source_id, "token": held.token},
    )
