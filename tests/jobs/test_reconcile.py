"""The loop around the engine: order, retries, fencing, crashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from service.engine.outcome import Outcome, Step
from service.engine.reasons import Failure
from service.engine.supervisor import Stop
from service.jobs import leases
from service.jobs.reconcile import sweep
from service.models import Attempt, Checkpoint, Operation, OperationEvent, now
from tests.jobs.world import OK, STATE, World, broken


def test_a_wish_is_made_true_and_written_down(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.reconciler.look(source_id)
    source, operation = world.get(source_id), world.operation(operation_id)
    assert (operation.state, operation.attempt, operation.changes) == ("succeeded", 1, {"create": 1})
    assert (source.phase, source.observed_generation) == ("ready", 1)
    assert source.stack["outputs"] == {"bucket": "b"}
    assert [task.command for task in world.engines.tasks] == ["up"]
    with Session(world.database) as session:
        assert session.get_one(Checkpoint, source.checkpoint_id).token == source.checkpoint_token == 1
        assert [e.seq for e in session.exec(select(OperationEvent).order_by(col(OperationEvent.seq)))] == [
            1,
            2,
        ]


def test_a_second_look_finds_nothing_to_do(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    world.reconciler.look(source_id)
    assert len(world.engines.tasks) == 1


def test_what_cannot_pass_stalls_at_once(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.engines.answers = [broken("aws_access_denied", retryable=False)]
    world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "failed"
    assert world.operation(operation_id).error == {
        "code": "aws_access_denied",
        "message": "it broke",
        "hint": "do this",
        "retryable": False,
    }
    assert (world.get(source_id).phase, world.condition(source_id, "Stalled")) == ("stalled", "True")
    assert sweep(world.reconciler) == 0, "a stalled source is left alone until its wish moves"
    world.change(source_id, spec={"log_groups": ["/aws/lambda/other"]})
    assert sweep(world.reconciler) == 1


def test_passing_trouble_is_tried_three_times(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.engines.answers = [broken("aws_throttled", retryable=True) for _ in range(9)]
    for attempt in (1, 2):
        world.reconciler.look(source_id)
        operation = world.operation(operation_id)
        assert (operation.state, operation.attempt) == ("queued", attempt)
        assert operation.not_before is not None
        assert "aws_throttled" in str(operation.waiting_for)
        with Session(world.database) as session:
            operation = session.get_one(Operation, operation_id)
            operation.not_before = now() - timedelta(seconds=1)
            session.add(operation)
            session.commit()
    world.reconciler.look(source_id)
    assert (world.operation(operation_id).state, world.operation(operation_id).attempt) == ("failed", 3)
    assert world.get(source_id).phase == "stalled"


def test_an_attempt_after_an_unclean_one_previews_adopts_and_refreshes(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.engines.answers = [broken("aws_access_denied", retryable=False)]
    world.reconciler.look(source_id)
    world.ask(source_id)
    world.engines.answers = [replace(OK, steps=(Step("urn:pulumi:s::logflume::aws:x:Y::z", "create"),))]
    world.reconciler.look(source_id)
    assert [(t.command, t.refresh) for t in world.engines.tasks] == [
        ("up", False),
        ("preview", True),
        ("up", True),
    ]
    assert world.get(source_id).phase == "ready"


def test_an_operation_whose_worker_died_is_taken_up_again(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id, state="running", attempt=1)
    with Session(world.database) as session:
        dead = leases.take(session, source_id, "dead", 60)
        assert dead is not None
        session.add(Attempt(source_id=source_id, token=dead.token, operation_id=operation_id, node="dead"))
        session.commit()
    world.reconciler.look(source_id)
    assert world.engines.tasks == [], "the lease is respected until it runs out"
    with Session(world.database) as session:
        session.connection().execute(text("UPDATE lease SET expires_at = now() - interval '1 s'"))
        session.commit()
    assert sweep(world.reconciler) == 1
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert (operation.state, operation.attempt, operation.token) == ("succeeded", 2, 2)
    assert [task.command for task in world.engines.tasks] == ["preview", "up"]


def test_a_worker_that_was_overtaken_writes_nothing(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)

    def overtaken(_: Any) -> Outcome:
        with Session(world.database) as session:
            session.connection().execute(
                text(
                    "UPDATE lease SET token = token + 1, holder = 'other', expires_at = now() + interval '60 s'"
                )
            )
            session.commit()
        return OK

    world.engines.answers = [overtaken]
    world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "running"
    assert (world.get(source_id).checkpoint_id, world.get(source_id).observed_generation) == (None, 0)


def test_a_cancel_reaches_the_running_engine(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)

    def listens(watch: Any) -> Outcome:
        with Session(world.database) as session:
            operation = session.get_one(Operation, operation_id)
            operation.cancel_requested_by = "dev"
            session.add(operation)
            session.commit()
        with pytest.raises(Stop, match="cancelled"):
            watch.alive()
        return Outcome(
            ok=False,
            failure=Failure("cancelled", "Cancelled.", "Ask again."),
            checkpoint=STATE,
            stopped="cancelled",
        )

    world.engines.answers = [listens]
    world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "cancelled"
    assert world.get(source_id).phase == "stalled"
    assert sweep(world.reconciler) == 0, "what was cancelled is not begun again by itself"


def test_a_queued_operation_that_was_cancelled_never_starts(world: World) -> None:
    source_id = world.source()
    cancelled = world.ask(source_id, "check", cancel_requested_by="dev")
    wanted = world.ask(source_id)
    world.reconciler.look(source_id)
    assert (world.operation(cancelled).state, world.operation(wanted).state) == ("cancelled", "succeeded")
    assert [task.command for task in world.engines.tasks] == ["up"]


def test_a_stopping_worker_gives_its_operation_back_uncounted(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)

    def stopping(watch: Any) -> Outcome:
        world.reconciler.stopping.set()
        with pytest.raises(Stop, match="shutdown"):
            watch.alive()
        return Outcome(
            ok=False,
            failure=Failure("shutdown", "stopped", "wait", True),
            checkpoint=STATE,
            stopped="shutdown",
        )

    world.engines.answers = [stopping]
    world.reconciler.look(source_id)
    assert (world.operation(operation_id).state, world.operation(operation_id).attempt) == ("queued", 0)
