"""Conditions are stored in one place, which says what has moved."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

import service
from service import conditions
from service.models import Source
from service.status import Transition, observe

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_what_has_moved_is_said_and_stored(engine: Engine) -> None:
    source = Source(
        name="a", environment="e", kind="cloudwatch", team="t", spec={}, drift_policy={}, created_by="x"
    )
    with Session(engine) as session:
        session.add(source)
        drifted = observe([], "Drifted", True, "ChangedByHand", "key", NOW)
        assert conditions.store(source, drifted) == (
            Transition("Drifted", None, "True", "ChangedByHand", "key"),
        )
        assert conditions.store(source, drifted) == ()
        session.commit()
        session.refresh(source)
        assert source.conditions == drifted


def test_nothing_else_stores_conditions() -> None:
    """Whoever stores them past it tells nobody."""
    folder = Path(service.__file__).parent
    assigned = [p.name for p in folder.rglob("*.py") if re.search(r"\.conditions\s*=[^=]", p.read_text())]
    assert assigned == ["conditions.py"]
