"""What is read: stored rows only, in a stable order. No query here waits, locks or starts anything."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ColumnElement, Text, case, cast, or_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from .cursors import after, cursor_of
from .errors import NotFound
from .models import Checkpoint, Generation, Operation, OperationEvent, Source

Phase = Literal["pending", "reconciling", "ready", "stalled", "retiring", "retired", "purging", "purged"]
OperationKind = Literal["preview", "apply", "check", "repair", "verify", "retire", "purge"]
OperationState = Literal[
    "queued", "running", "succeeded", "failed", "cancelled", "superseded", "awaiting_approval", "rejected"
]
Filter = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Cursor = Annotated[str, StringConstraints(max_length=300)]

Item = TypeVar("Item")


class StrictFilters(BaseModel):
    """Strict about names: a misspelt filter must not answer with everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceFilters(StrictFilters):
    """Which sources; every one given must hold."""

    environment: Filter | None = None
    name: Filter | None = None
    kind: Filter | None = None
    team: Filter | None = None
    phase: Phase | None = Field(default=None, description="Left out: all but purged.")
    condition: (
        Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{0,40}=(True|False|Unknown)$")] | None
    ) = Field(default=None, description="A condition and its status.", examples=["Ready=True"])
    q: Filter | None = Field(default=None, description="Part of a name, a team or a spec value, in any case.")


class OperationFilters(StrictFilters):
    """Which operations; every one given must hold."""

    source: Filter | None = None
    state: OperationState | None = None
    kind: OperationKind | None = None


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next_cursor` asks for the next part, and is None on the last."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: list[Item]
    next_cursor: str | None = None


def source(session: Session, source_id: str) -> Source:
    """One source. Raises NotFound."""
    row = session.get(Source, source_id) if is_id(source_id) else None
    if row is None:
        raise NotFound(f"There is no source {source_id!r}.")
    return row


def operation(session: Session, operation_id: str) -> Operation:
    """One operation. Raises NotFound."""
    row = session.get(Operation, operation_id) if is_id(operation_id) else None
    if row is None:
        raise NotFound(f"There is no operation {operation_id!r}.")
    return row


def sources_page(
    session: Session, filters: SourceFilters, limit: int = 50, cursor: str | None = None
) -> Page[Source]:
    """Sources by name. Raises Invalid for a cursor that is none of ours."""
    statement = select(Source).where(*_source_terms(filters)).order_by(col(Source.name), col(Source.id))
    if cursor is not None:
        statement = statement.where(after(cursor, (col(Source.name), col(Source.id))))
    rows = session.exec(statement.limit(limit + 1)).all()
    return _page(rows, limit, lambda row: cursor_of(row.name, row.id))


def operations_page(
    session: Session, filters: OperationFilters, limit: int = 50, cursor: str | None = None
) -> Page[Operation]:
    """Operations, newest first. Raises Invalid for a cursor that is none of ours."""
    keys = (col(Operation.queued_at), col(Operation.id))
    wanted = {"source_id": filters.source, "state": filters.state, "kind": filters.kind}
    statement = select(Operation).filter_by(
        **{key: value for key, value in wanted.items() if value is not None}
    )
    if cursor is not None:
        statement = statement.where(after(cursor, keys, newest_first=True))
    rows = session.exec(statement.order_by(keys[0].desc(), keys[1].desc()).limit(limit + 1)).all()
    return _page(rows, limit, lambda row: cursor_of(row.queued_at, row.id))


def events(
    session: Session, operation_id: str, after_seq: int = 0, limit: int = 500
) -> Sequence[OperationEvent]:
    """The story of an operation from after `after_seq`, in order, at most `limit` lines of it."""
    statement = select(OperationEvent).where(
        OperationEvent.operation_id == operation_id, col(OperationEvent.seq) > after_seq
    )
    return session.exec(statement.order_by(col(OperationEvent.seq)).limit(limit)).all()


def checkpoint(session: Session, row: Source) -> bytes | None:
    """The engine's state of a source's stack that counts; None before anything was built. It may hold secrets."""
    found = session.get(Checkpoint, row.checkpoint_id) if row.checkpoint_id else None
    return gzip.decompress(found.body) if found else None


def generations(session: Session, source_id: str) -> Sequence[Generation]:
    """Every version of a wish, newest first."""
    statement = select(Generation).where(Generation.source_id == source_id)
    return session.exec(statement.order_by(col(Generation.generation).desc())).all()


def current_operations(session: Session, source_ids: Sequence[str]) -> dict[str, Operation]:
    """For each source the operation to look at: what runs, else what waits, else the newest ended one."""
    rank = case({"running": 0, "awaiting_approval": 1, "queued": 2}, value=col(Operation.state), else_=3)
    statement = (
        select(Operation)
        .where(col(Operation.source_id).in_(source_ids))
        .ext(distinct_on(col(Operation.source_id)))
        .order_by(col(Operation.source_id), rank, col(Operation.queued_at).desc(), col(Operation.id))
    )
    return {row.source_id: row for row in session.exec(statement)}


def is_id(value: str) -> bool:
    """Whether a text is an id as we make them; anything else names nothing and stays out of the database."""
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _source_terms(filters: SourceFilters) -> list[ColumnElement[bool]]:
    exact = {Source.environment: filters.environment, Source.name: filters.name}
    exact |= {Source.kind: filters.kind, Source.team: filters.team, Source.phase: filters.phase}
    terms: list[ColumnElement[bool]] = [
        col(column) == value for column, value in exact.items() if value is not None
    ]
    if filters.phase is None:
        terms.append(col(Source.desired) != "purged")
    if filters.condition is not None:
        kind, _, status = filters.condition.partition("=")
        terms.append(_conditions_contain({"type": kind, "status": status}))
    if filters.q is not None:
        columns = (col(Source.name), col(Source.team), cast(col(Source.spec), Text))
        terms.append(or_(*(column.icontains(filters.q, autoescape=True) for column in columns)))
    return terms


def _conditions_contain(condition: dict[str, Any]) -> ColumnElement[bool]:
    # JSONB containment: the stored list has an element with at least these members.
    return col(Source.conditions).op("@>")(cast([condition], Source.__table__.c.conditions.type))  # type: ignore[attr-defined]  # SQLModel adds __table__ at run time


def _page(rows: Sequence[Item], limit: int, cursor: Any) -> Page[Item]:
    more = len(rows) > limit
    return Page(items=list(rows[:limit]), next_cursor=cursor(rows[limit - 1]) if more else None)
