"""The tables. A source's wish and what was seen of it are different columns: the API writes the first, the worker the second.

Dates are UTC. JSON columns hold plain JSON values only.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def new_id() -> str:
    """A random id for a row."""
    return str(uuid.uuid4())


def now() -> datetime:
    """The current time, aware."""
    return datetime.now(UTC)


class Source(SQLModel, table=True):
    """What somebody asked for, and what was last seen of it."""

    __tablename__ = "source"
    __table_args__ = (
        # The name stays taken until the source is purged.
        Index(
            "source_name_once",
            "environment",
            "name",
            unique=True,
            postgresql_where=text("desired <> 'purged'"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    # The wish. Written by service/sources.py only.
    name: str
    environment: str = Field(index=True)
    kind: str
    team: str = Field(index=True)
    spec: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    drift_policy: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    suspended: bool = False
    desired: str = "active"  # active | retired | purged
    generation: int = 1
    created_at: datetime = Field(default_factory=now)
    created_by: str
    updated_at: datetime = Field(default_factory=now)
    # The facts. Written by service/jobs/reconcile.py only.
    observed_generation: int = 0
    observed_wish: str | None = None
    """Hash of the effective wish that the last successful apply made true."""
    failed_wish: str | None = None
    """Hash of the effective wish that ended Stalled; it is tried again only when asked for or when it moves."""
    phase: str = Field(default="pending", index=True)
    conditions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    stack: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """Last stack observation: outputs, resources, engine versions, generation, updated_at."""
    drift: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    """Last drift check: checked_at, drifted, changes."""
    last_delivery_at: datetime | None = None
    """When the newest object came into the store that was seen there."""
    delivery_looked_at: datetime | None = None
    """When that was last looked for."""
    last_proof: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    """The newest `verify` that came to an end: at, proved, seconds, legs, message, operation_id."""
    checkpoint_id: str | None = None
    """The committed checkpoint; moved by compare-and-set with the lease's token."""
    checkpoint_token: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Generation(SQLModel, table=True):
    """One version of a wish."""

    __tablename__ = "generation"

    source_id: str = Field(primary_key=True, foreign_key="source.id", ondelete="CASCADE")
    generation: int = Field(primary_key=True)
    spec: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    drift_policy: dict[str, Any] = Field(sa_type=JSONB, nullable=False)
    desired: str
    created_at: datetime = Field(default_factory=now)
    created_by: str
    reason: str = ""


class Operation(SQLModel, table=True):
    """One piece of work on a stack, from request to result."""

    __tablename__ = "operation"
    __table_args__ = (
        Index("operation_by_source", "source_id", "queued_at"),
        Index(
            "operation_live",
            "source_id",
            postgresql_where=text("state IN ('queued','running','awaiting_approval')"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id", ondelete="CASCADE")
    kind: str  # preview | apply | check | repair | verify | retire | purge
    state: str = "queued"  # queued | running | succeeded | failed | cancelled | superseded | awaiting_approval | rejected
    generation: int
    requested_by: str
    reason: str = ""
    priority: int = 0
    """Higher runs first: user 40, approval 30, repair 20, roll-out 10, check 0."""
    attempt: int = 0
    not_before: datetime | None = None
    waiting_for: str | None = None
    cancel_requested_by: str | None = None
    token: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Fencing token of the attempt that runs it."""
    progress: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    changes: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    plan: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    fingerprint: str | None = None
    approved_by: str | None = None
    error: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    findings: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    """What was seen in the accounts before it began; None where nobody looked."""
    engine_seconds: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """How long the engine has run for it, over all attempts."""
    queued_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    finished_at: datetime | None = None


class OperationEvent(SQLModel, table=True):
    """One line of an operation's story; `seq` grows by one within the operation and is the SSE id."""

    __tablename__ = "operation_event"

    operation_id: str = Field(primary_key=True, foreign_key="operation.id", ondelete="CASCADE")
    seq: int = Field(primary_key=True)
    at: datetime = Field(default_factory=now)
    name: str
    """A constant: queued, started, resource, diagnostic, retry, succeeded, failed, …"""
    message: str = ""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)


class Lease(SQLModel, table=True):
    """Who runs a stack. The only truth about it: `token` only grows, and a holder whose token is not this one has lost."""

    __tablename__ = "lease"

    source_id: str = Field(primary_key=True, foreign_key="source.id", ondelete="CASCADE")
    holder: str | None = None
    token: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    expires_at: datetime | None = None
    takeovers: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    """How often it was taken from a holder that had let it run out."""


class Attempt(SQLModel, table=True):
    """One run of the engine, as it is known while it runs: what a successor needs to clean up after it."""

    __tablename__ = "attempt"

    source_id: str = Field(primary_key=True, foreign_key="source.id", ondelete="CASCADE")
    token: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    operation_id: str = Field(foreign_key="operation.id", ondelete="CASCADE")
    node: str
    started_at: datetime = Field(default_factory=now)
    ended_at: datetime | None = None
    result: str | None = None  # clean | unclean
    checkpoint_id: str | None = None
    """The newest checkpoint that this attempt put away, committed or not."""


class Checkpoint(SQLModel, table=True):
    """A Pulumi checkpoint, compressed. Which one counts is said by `source.checkpoint_id`."""

    __tablename__ = "checkpoint"
    __table_args__ = (Index("checkpoint_by_source", "source_id", "created_at"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    source_id: str = Field(foreign_key="source.id", ondelete="CASCADE")
    token: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(default_factory=now)


class Audit(SQLModel, table=True):
    """Every write, by whom."""

    __tablename__ = "audit"

    id: str = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(default_factory=now, index=True)
    principal: str
    action: str
    target: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)


class ApiToken(SQLModel, table=True):
    """A tool's bearer token; only its SHA-256 is kept."""

    __tablename__ = "api_token"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    digest: str = Field(unique=True)
    role: str  # viewer | requester | operator | admin
    team: str | None = None
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class WebSession(SQLModel, table=True):
    """A browser that is signed in. Both secrets are kept as SHA-256 only; a revoked token ends its sessions with it."""

    __tablename__ = "web_session"

    digest: str = Field(primary_key=True)
    """Of the cookie's value."""
    token_digest: str
    """Of the token that was pasted: an `api_token.digest`, or one of the sandbox's own tokens."""
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime = Field(index=True)


class IdempotencyKey(SQLModel, table=True):
    """The answer to the first request that carried a key, kept for 24 hours."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("principal", "key"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    principal: str
    key: str
    fingerprint: str
    """SHA-256 of method, path and body."""
    status: int | None = None
    """None while the first request is still running."""
    headers: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB, nullable=False)
    body: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    created_at: datetime = Field(default_factory=now)
