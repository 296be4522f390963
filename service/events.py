"""The story of an operation: one line at a time, numbered without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from .models import Operation, OperationEvent, now

QUEUED = "queued"
STARTED = "started"
WAITING = "waiting"
RESOURCE = "resource"
LEG = "leg"
RECOVERED = "recovered"
APPROVED = "approved"
DRIFT = "drift"
AWAITING_APPROVAL = "awaiting_approval"
ENGINE_OUTPUT = "engine_output"


def add(session: Session, operation_id: str, name: str, message: str = "", **data: Any) -> OperationEvent:
    """Append a line. The operation's row is locked until the transaction ends, so numbers are taken in turn."""
    (event,) = add_all(session, operation_id, [(name, message, data)])
    return event


def add_all(
    session: Session, operation_id: str, lines: Sequence[tuple[str, str, dict[str, Any]]]
) -> list[OperationEvent]:
    """Append lines of (name, message, data) in one go."""
    session.exec(
        select(Operation.id).where(Operation.id == operation_id).with_for_update(key_share=True)
    ).one()
    last = session.exec(
        select(func.max(OperationEvent.seq)).where(col(OperationEvent.operation_id) == operation_id)
    ).one()
    first, at = (last or 0) + 1, now()
    made = [
        OperationEvent(operation_id=operation_id, seq=first + n, at=at, name=name, message=message, data=data)
        for n, (name, message, data) in enumerate(lines)
    ]
    session.add_all(made)
    session.flush()
    return made
