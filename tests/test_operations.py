"""Use cases on operations: what takes the place of what, and who decides."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, select

from service import operations
from service.auth import Caller
from service.environments import Environments
from service.errors import Forbidden, Invalid, NotCancellable, NotFound, StaleApproval, WrongPhase
from service.models import Operation, OperationEvent, Source
from service.notices import Notice

ANN, OLGA, OTTO = (
    Caller("ann", "requester", "payments"),
    Caller("olga", "operator"),
    Caller("otto", "operator"),
)
NOWHERE = Environments({})
"""A purge is bound to no environment."""


@pytest.fixture
def source(db_session: Session) -> Source:
    made = Source(
        name="payments",
        environment="default",
        kind="cloudwatch",
        team="payments",
        spec={},
        drift_policy={},
        created_by="ann",
    )
    db_session.add(made)
    db_session.flush()
    return made


def story(session: Session, operation: Operation) -> list[tuple[int, str]]:
    told = select(OperationEvent).where(OperationEvent.operation_id == operation.id)
    return [(line.seq, line.name) for line in session.exec(told.order_by(col(OperationEvent.seq)))]


def test_a_new_apply_takes_the_place_of_those_that_wait(db_session: Session, source: Source) -> None:
    running = operations.ask(db_session, ANN, source.id, "apply")
    running.state = "running"
    db_session.add(running)
    waiting, check = (operations.ask(db_session, ANN, source.id, kind) for kind in ("apply", "check"))
    newest = operations.ask(db_session, ANN, source.id, "apply")
    assert [o.state for o in (running, waiting, check, newest)] == [
        "running",
        "superseded",
        "queued",
        "queued",
    ]
    assert story(db_session, waiting) == [(1, "queued"), (2, "superseded")]
    assert waiting.finished_at is not None


def test_what_cannot_be_asked_for_is_refused_with_what_can(db_session: Session, source: Source) -> None:
    with pytest.raises(Invalid) as refused:
        operations.ask(db_session, ANN, source.id, "retire")
    assert refused.value.errors[0].message.startswith("One of preview, apply")


def test_one_proof_at_a_time_reads_the_queue(db_session: Session, source: Source) -> None:
    first = operations.ask(db_session, ANN, source.id, "verify")
    with pytest.raises(WrongPhase):
        operations.ask(db_session, ANN, source.id, "verify")
    operations.cancel(db_session, OLGA, first.id)
    assert operations.ask(db_session, ANN, source.id, "verify").state == "queued"


def test_what_has_ended_cannot_be_cancelled(db_session: Session, source: Source) -> None:
    operation = operations.ask(db_session, ANN, source.id, "apply")
    with pytest.raises(Forbidden):
        operations.cancel(db_session, ANN, operation.id)
    assert operations.cancel(db_session, OLGA, operation.id).state == "cancelled"
    with pytest.raises(NotCancellable):
        operations.cancel(db_session, OLGA, operation.id)
    assert story(db_session, operation) == [(1, "queued"), (2, "cancelled")]
    with pytest.raises(NotFound):
        operations.cancel(db_session, OLGA, "none")


def test_a_purge_is_approved_by_another_as_long_as_its_plan_stands(
    db_session: Session, source: Source
) -> None:
    with pytest.raises(WrongPhase):
        operations.purge(db_session, OLGA, source.id, source.name)
    source.desired, source.stack = "retired", {"resources": [{"urn": "bucket"}]}
    db_session.flush()
    purge = operations.purge(db_session, OLGA, source.id, source.name)
    assert purge.plan == [{"urn": "bucket", "op": "delete", "properties": []}]
    told = db_session.exec(select(Notice)).one()
    assert (told.event, told.data["operation"]["requested_by"]) == ("operation.awaiting_approval", "olga")
    seen = purge.fingerprint or ""
    with pytest.raises(Forbidden):
        operations.approve(db_session, OLGA, NOWHERE, purge.id, seen)
    source.checkpoint_id = "moved"
    db_session.flush()
    with pytest.raises(StaleApproval):
        operations.approve(db_session, OTTO, NOWHERE, purge.id, seen)
    source.checkpoint_id = None
    db_session.flush()
    assert operations.approve(db_session, OTTO, NOWHERE, purge.id, seen).approved_by == "otto"
    assert story(db_session, purge) == [(1, "awaiting_approval"), (2, "approved")]
