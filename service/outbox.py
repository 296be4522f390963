"""What is worth telling, written down in the transaction of what it tells: rolled back with it, lost never.

Who is told is decided later, by the senders (`service/notifications`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.orm import object_session
from sqlmodel import Session

from .models import Operation, Source
from .notices import Notice
from .status import Transition
from .subscriptions import Event

LONGEST = 2000
"""Characters of a message that go out; all of it is in the source's conditions."""

_EVENTS: dict[tuple[str, str], Event] = {
    ("Ready", "True"): "source.ready",
    ("Ready", "False"): "source.not_ready",
    ("Stalled", "True"): "source.stalled",
    ("Drifted", "True"): "source.drifted",
    ("Drifted", "False"): "source.in_sync",
    ("AccessWidened", "True"): "source.access_widened",
    ("AccessWidened", "False"): "source.access_as_meant",
    ("Delivering", "False"): "source.not_delivering",
    ("Delivering", "True"): "source.delivering",
}
_OVER: dict[Event, str] = {
    "source.not_ready": "True",
    "source.in_sync": "True",
    "source.access_as_meant": "True",
    "source.delivering": "False",
}
"""Events that are news only where it was otherwise before: what has never gone wrong is not told to be right."""


def news(moved: Iterable[Transition]) -> Iterator[tuple[Event, Transition]]:
    """Which of these transitions are told, and as what. Pure."""
    for one in moved:
        event = _EVENTS.get((one.kind, one.status))
        if event is not None and _OVER.get(event, one.before) == one.before:
            yield event, one


def tell_moved(source: Source, moved: Iterable[Transition]) -> None:
    """Write down what has moved, in the source's own transaction. A source that is in none is stored nowhere, nor told."""
    session = object_session(source)
    if session is None:
        return
    for event, one in news(moved):
        condition = {
            "type": one.kind,
            "status": one.status,
            "before": one.before,
            "reason": one.reason,
            "message": one.message[:LONGEST],
        }
        session.add(_notice(source, event, {"condition": condition}))


def tell_awaiting(session: Session, source: Source, operation: Operation, message: str) -> None:
    """Write down that somebody has to approve an operation."""
    asked = {
        "id": operation.id,
        "kind": operation.kind,
        "generation": operation.generation,
        "requested_by": operation.requested_by,
        "message": message[:LONGEST],
    }
    session.add(_notice(source, "operation.awaiting_approval", {"operation": asked}))


def _notice(source: Source, event: Event, about: dict[str, Any]) -> Notice:
    who = {name: getattr(source, name) for name in ("id", "name", "environment", "kind", "team")}
    return Notice(
        event=event,
        source_id=source.id,
        environment=source.environment,
        team=source.team,
        data={"source": who, **about},
    )
