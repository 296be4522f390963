"""What a check found, as the page of a source tells it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from service import db
from service.models import Operation, Source

from .conftest import Visitor

URN = "urn:pulumi:source-1::logflume::logflume:store:LogStore$aws:s3/bucket:Bucket$aws:s3/thing:Thing::"


def change(name: str, op: str, *properties: dict[str, Any]) -> dict[str, Any]:
    """One change as `service.jobs.conclude.note_drift` stores it."""
    return {"urn": f"{URN}{name}", "op": op, "properties": list(properties)}


def prop(path: str, old: Any, new: Any, *, dismissed: bool = False) -> dict[str, Any]:
    """One changed property of such a change."""
    return {"path": path, "old": old, "new": new, "dismissed": dismissed}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (change("bucket-policy", "delete"), "bucket-policy is gone."),
        (
            change("lifecycle", "update", prop("rules[0].days", 400, 7)),
            "<code>rules[0].days</code> of lifecycle",
        ),
    ],
)
def test_each_change_made_by_hand_is_named(
    engine: Engine, requester: Visitor, asked: Source, found: dict[str, Any], said: str
) -> None:
    store(engine, asked, found)
    answer = requester.get(f"/sources/{asked.id}")
    assert answer.status_code == 200
    assert "Changed by hand" in answer.text
    assert said in answer.text


def test_what_was_dismissed_is_not_told_again(engine: Engine, requester: Visitor, asked: Source) -> None:
    found = change("key", "update", prop("rotation", True, False), prop("tags", 1, 2, dismissed=True))
    store(engine, asked, found)
    told = requester.get(f"/sources/{asked.id}").text
    assert "<code>rotation</code> of key: <code>true</code> → <code>false</code>" in told
    assert "tags" not in told.partition("Changed by hand")[2].partition("</section>")[0]


def test_a_failure_does_not_claim_that_nothing_had_to_change(
    engine: Engine, requester: Visitor, asked: Source
) -> None:
    nothing = dict.fromkeys(("create", "update", "delete", "replace", "same"), 0)
    with db.session(engine) as session:
        session.add(
            Operation(
                source_id=asked.id,
                kind="apply",
                state="failed",
                generation=1,
                requested_by="dev-requester",
                changes=nothing,
            )
        )
    assert "nothing had to change" not in requester.get(f"/sources/{asked.id}").text


def store(engine: Engine, asked: Source, found: dict[str, Any]) -> None:
    """What the worker would have written down."""
    with db.session(engine) as session:
        row = session.get_one(Source, asked.id)
        row.drift = {"checked_at": "2026-11-24T10:00:00+00:00", "drifted": True, "changes": [found]}
