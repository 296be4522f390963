"""Where the conditions of a source are stored: in one place, so that whoever wants to be told of a change is told here."""

from __future__ import annotations

import structlog

from . import outbox
from .models import Source
from .status import Conditions, Transition, transitions

log = structlog.get_logger(__name__)


def store(source: Source, conditions: Conditions) -> tuple[Transition, ...]:
    """Store what the conditions are now, in the transaction of the row. Returns, logs and tells those whose status has moved."""
    moved = transitions(source.conditions, conditions)
    source.conditions = conditions
    outbox.tell_moved(source, moved)
    for one in moved:
        log.info(
            "condition.moved", source_id=source.id, condition=one.kind, status=one.status, reason=one.reason
        )
    return moved
