"""Transitions are told, nothing else is, and what is rolled back was never told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from service import conditions, outbox
from service.models import Operation, Source
from service.notices import Notice
from service.status import (
    Conditions,
    Transition,
    delivering,
    mark_ready,
    mark_reconciling,
    mark_stalled,
    observe,
    transitions,
)

AT = datetime(2026, 11, 24, tzinfo=UTC)


def source(**more: Any) -> Source:
    fields = {"name": "pay", "environment": "e", "kind": "cloudwatch", "team": "payments", "created_by": "x"}
    return Source(spec={}, drift_policy={}, **fields | more)


def told(engine: Engine) -> list[Notice]:
    with Session(engine) as session:
        return list(session.exec(select(Notice)).all())


@pytest.mark.parametrize(
    ("kind", "before", "status", "event"),
    [
        ("Ready", None, "Unknown", None),
        ("Ready", "Unknown", "True", "source.ready"),
        ("Ready", "False", "True", "source.ready"),
        ("Ready", "True", "False", "source.not_ready"),
        ("Ready", "Unknown", "False", None),
        ("Ready", None, "False", None),
        ("Stalled", None, "True", "source.stalled"),
        ("Stalled", "False", "True", "source.stalled"),
        ("Stalled", "True", "False", None),
        ("Reconciling", "False", "True", None),
        ("Drifted", None, "False", None),
        ("Drifted", None, "True", "source.drifted"),
        ("Drifted", "True", "False", "source.in_sync"),
        ("AccessWidened", "False", "True", "source.access_widened"),
        ("AccessWidened", None, "False", None),
        ("AccessWidened", "True", "False", "source.access_as_meant"),
        ("Delivering", None, "True", None),
        ("Delivering", "True", "False", "source.not_delivering"),
        ("Delivering", "False", "True", "source.delivering"),
    ],
)
def test_what_is_news(kind: str, before: str | None, status: str, event: str | None) -> None:
    moved = [Transition(kind, before, status, "Reason", "message")]
    assert [name for name, _ in outbox.news(moved)] == ([] if event is None else [event])


def test_the_life_of_a_source_in_what_is_told_of_it() -> None:
    """Each state is stored twice, as checks and tries do: the second time is no news."""
    states: list[Callable[[Conditions], Conditions]] = [
        lambda c: mark_reconciling(c, "Applying", "", AT),
        lambda c: mark_ready(c, "Applied", "", AT),
        lambda c: observe(c, "Drifted", True, "ChangedByHand", "key", AT),
        lambda c: observe(c, "Drifted", False, "InSync", "", AT),
        lambda c: delivering(c, "denied", None, AT),
        lambda c: delivering(c, None, None, AT),
        lambda c: mark_reconciling(c, "Applying", "", AT),
        lambda c: mark_stalled(c, "AwsQuota", "no more", AT),
        lambda c: mark_ready(c, "Applied", "", AT),
    ]
    now: Conditions = []
    heard: list[str] = []
    for state in states:
        for _ in range(2):
            after = state(now)
            heard += [event for event, _ in outbox.news(transitions(now, after))]
            now = after
    assert heard == [
        "source.ready",
        "source.drifted",
        "source.in_sync",
        "source.not_delivering",
        "source.delivering",
        "source.not_ready",
        "source.stalled",
        "source.ready",
    ]


def test_a_transition_is_written_down_with_its_source(engine: Engine) -> None:
    with Session(engine) as session:
        row = source()
        session.add(row)
        long = "x" * (outbox.LONGEST + 1)
        conditions.store(row, observe([], "Drifted", True, "ChangedByHand", long, AT))
        session.commit()
        row_id = row.id
    (one,) = told(engine)
    assert (one.event, one.source_id, one.environment, one.team) == (
        "source.drifted",
        row_id,
        "e",
        "payments",
    )
    assert one.data == {
        "source": {"id": row_id, "name": "pay", "environment": "e", "kind": "cloudwatch", "team": "payments"},
        "condition": {
            "type": "Drifted",
            "status": "True",
            "before": None,
            "reason": "ChangedByHand",
            "message": "x" * outbox.LONGEST,
        },
    }


def test_what_is_rolled_back_is_not_told(engine: Engine) -> None:
    with Session(engine) as session:
        row = source()
        session.add(row)
        session.commit()
        conditions.store(row, observe([], "Drifted", True, "ChangedByHand", "key", AT))
        session.flush()
        assert session.exec(select(Notice)).first() is not None
        session.rollback()
        assert session.get_one(Source, row.id).conditions == []
    assert told(engine) == []


def test_an_operation_that_waits_for_approval_is_told(engine: Engine) -> None:
    with Session(engine) as session:
        row = source()
        operation = Operation(source_id=row.id, kind="apply", generation=3, requested_by="dev")
        outbox.tell_awaiting(session, row, operation, "waits until somebody approves")
        session.commit()
    (one,) = told(engine)
    assert one.event == "operation.awaiting_approval"
    assert one.data["operation"] == {
        "id": operation.id,
        "kind": "apply",
        "generation": 3,
        "requested_by": "dev",
        "message": "waits until somebody approves",
    }
