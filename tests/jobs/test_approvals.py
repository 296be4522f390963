"""A plan that would take something guarded away waits for somebody else, and runs as it was approved or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from service import sources
from service.auth import Caller
from service.db import session as session_of
from service.engine import guards
from service.engine.outcome import Outcome, Step
from service.engine.reasons import Failure
from service.errors import Forbidden, StaleApproval
from service.jobs import records
from service.jobs.reconcile import sweep
from service.models import Operation, now
from service.notices import Notice
from service.status import PRIORITY
from tests.jobs.world import OK, World, broken

BUCKET = "urn:pulumi:s::logflume::aws:s3/bucket:Bucket::replica-bucket"
KEY = "urn:pulumi:s::logflume::aws:kms/key:Key::key"
STATE = json.dumps(
    {
        "version": 3,
        "checkpoint": {
            "latest": {"resources": [{"urn": urn, "type": "", "protect": True} for urn in (BUCKET, KEY)]}
        },
    }
).encode()
STANDS = Outcome(ok=True, checkpoint=STATE)
REFUSED = Outcome(ok=False, failure=Failure("guarded", "is protected", "", False), checkpoint=STATE)
MOVED = ({"path": "bucket", "old": "a", "new": "b", "replaces": True},)
PLAN = Outcome(
    ok=True,
    steps=(
        Step(BUCKET, "create-replacement", MOVED),
        Step(BUCKET, "replace", MOVED),
        Step(BUCKET, "delete-replaced", MOVED),
        Step("urn:pulumi:s::logflume::aws:sqs/queue:Queue::queue", "delete"),
        Step(KEY, "same"),
    ),
)
OLGA, OTTO = Caller("olga", "operator"), Caller("otto", "operator")


def waiting(world: World, kind: str = "apply") -> tuple[str, str]:
    """A source that stands, and an operation of olga's that waits for approval."""
    source_id = world.source()
    world.ask(source_id)
    world.engines.answers = [STANDS]
    world.reconciler.look(source_id)
    operation_id = world.ask(source_id, kind, requested_by="olga")
    world.engines.answers = [REFUSED, PLAN]
    world.engines.tasks.clear()
    world.reconciler.look(source_id)
    return source_id, operation_id


def approve(world: World, operation_id: str, caller: Caller = OTTO) -> None:
    plan = world.operation(operation_id).fingerprint or ""
    with session_of(world.database) as session:
        sources.approve(session, caller, world.reconciler.environments, operation_id, plan)


@pytest.mark.parametrize("kind", ["apply", "repair"])
def test_what_the_engine_refuses_for_a_guard_waits_with_its_plan(world: World, kind: str) -> None:
    source_id, operation_id = waiting(world, kind)
    operation = world.operation(operation_id)
    assert (operation.state, operation.waiting_for, operation.error) == (
        "awaiting_approval",
        "approval",
        None,
    )
    assert operation.plan == [
        {"urn": BUCKET, "op": "replace", "properties": list(MOVED), "guarded": True},
        {"urn": "urn:pulumi:s::logflume::aws:sqs/queue:Queue::queue", "op": "delete", "properties": []},
    ]
    assert operation.fingerprint
    up, preview = world.engines.tasks
    assert up.command == "up"
    assert guards.guarded(up.checkpoint) == {BUCKET, KEY}
    assert (preview.command, preview.refresh) == ("preview", kind == "repair")
    assert guards.guarded(preview.checkpoint) == frozenset()
    assert guards.guarded(_committed(world, source_id)) == {BUCKET, KEY}
    assert world.get(source_id).phase == "reconciling"
    assert sweep(world.reconciler) == 0
    with Session(world.database) as session:
        (told,) = session.exec(select(Notice).where(Notice.event == "operation.awaiting_approval")).all()
    assert (told.source_id, told.data["operation"]["id"]) == (source_id, operation_id)
    assert told.data["operation"]["message"].startswith("waits until somebody approves")


def _committed(world: World, source_id: str) -> bytes | None:
    with Session(world.database) as session:
        return records.checkpoint_body(session, world.get(source_id).checkpoint_id)


def test_another_operator_lets_it_go_and_nothing_else(world: World) -> None:
    source_id, operation_id = waiting(world)
    with pytest.raises(Forbidden):
        approve(world, operation_id, OLGA)
    approve(world, operation_id)
    queued = world.operation(operation_id)
    assert (queued.state, queued.priority, queued.approved_by) == ("queued", PRIORITY["approval"], "otto")
    world.engines.tasks.clear()
    world.engines.answers = [STANDS]
    world.reconciler.look(source_id)
    (up,) = world.engines.tasks
    assert (up.command, up.refresh) == ("up", False), "as it was planned"
    assert guards.guarded(up.checkpoint) == {KEY}
    assert (world.operation(operation_id).state, world.get(source_id).phase) == ("succeeded", "ready")


@pytest.mark.parametrize(
    "moved", [{"checkpoint_id": None}, {"spec": {"log_groups": ["/aws/lambda/payments-2"]}}]
)
def test_an_approval_of_a_plan_that_has_moved_is_refused(world: World, moved: dict[str, Any]) -> None:
    source_id, operation_id = waiting(world)
    world.change(source_id, **moved)
    with pytest.raises(StaleApproval):
        approve(world, operation_id)


def test_a_plan_that_moves_after_its_approval_is_asked_about_again(world: World) -> None:
    source_id, operation_id = waiting(world)
    approve(world, operation_id)
    world.change(source_id, spec={"log_groups": ["/aws/lambda/payments-2"]})
    world.engines.tasks.clear()
    world.engines.answers = [REFUSED, PLAN]
    before = world.operation(operation_id).fingerprint
    world.reconciler.look(source_id)
    assert guards.guarded(world.engines.tasks[0].checkpoint) == {BUCKET, KEY}
    operation = world.operation(operation_id)
    assert (operation.state, operation.approved_by) == ("awaiting_approval", None)
    assert operation.fingerprint != before


@pytest.mark.parametrize("how", ["reject", "cancel"])
def test_what_is_turned_down_is_not_tried_again_by_itself(world: World, how: str) -> None:
    source_id, operation_id = waiting(world)
    with session_of(world.database) as session:
        getattr(sources, how)(session, OTTO, operation_id)
    assert world.operation(operation_id).state == {"reject": "rejected", "cancel": "cancelled"}[how]
    world.reconciler.look(source_id)
    assert (world.get(source_id).phase, sweep(world.reconciler)) == ("stalled", 0)
    world.ask(source_id)
    world.engines.answers = [STANDS]
    world.reconciler.look(source_id)
    assert world.get(source_id).phase == "ready", "asking again is enough"


def test_an_approved_plan_goes_on_after_passing_trouble(world: World) -> None:
    source_id, operation_id = waiting(world)
    approve(world, operation_id)
    free = guards.taken_off(STATE, {BUCKET})
    throttled = broken("aws_throttled", retryable=True)
    world.engines.answers = [Outcome(ok=False, failure=throttled.failure, checkpoint=free)]
    world.reconciler.look(source_id)
    assert guards.guarded(_committed(world, source_id)) == {BUCKET, KEY}, "guarded again between the tries"
    with Session(world.database) as session:
        operation = session.get_one(Operation, operation_id)
        assert operation.state == "queued"
        operation.not_before = now() - timedelta(seconds=1)
        session.add(operation)
        session.commit()
    world.engines.tasks.clear()
    world.engines.answers = [OK, STANDS]
    world.reconciler.look(source_id)
    assert world.engines.tasks[-1].command == "up"
    assert guards.guarded(world.engines.tasks[-1].checkpoint) == {KEY}
    assert world.operation(operation_id).state == "succeeded"


def test_a_plan_whose_wish_has_moved_makes_place_for_a_new_one(world: World) -> None:
    source_id, operation_id = waiting(world)
    world.change(source_id, spec={"log_groups": ["/aws/lambda/payments-2"]})
    assert sweep(world.reconciler) == 1
    world.engines.answers = [STANDS]
    world.reconciler.look(source_id)
    assert (world.operation(operation_id).state, world.get(source_id).phase) == ("superseded", "ready")


def test_what_somebody_asks_for_takes_the_place_of_what_waits(world: World) -> None:
    source_id, operation_id = waiting(world)
    with session_of(world.database) as session:
        sources.ask(session, OTTO, source_id, "repair")
    assert world.operation(operation_id).state == "superseded"


def test_a_preview_tells_what_it_would_take_away_of_what_is_guarded(world: World) -> None:
    source_id, _ = waiting(world)
    preview_id = world.ask(source_id, "preview")
    world.engines.tasks.clear()
    world.engines.answers = [PLAN]
    world.reconciler.look(source_id)
    preview = world.operation(preview_id)
    assert (preview.state, [step.get("guarded") for step in preview.plan or []]) == (
        "succeeded",
        [True, None],
    )
    assert preview.fingerprint
    assert guards.guarded(world.engines.tasks[0].checkpoint) == frozenset()


def test_where_no_plan_can_be_made_the_refusal_is_told(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.engines.answers = [REFUSED, broken("program_failed", retryable=False)]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert (operation.state, operation.error["code"]) == ("failed", "program_failed")
