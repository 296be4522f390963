"""Faults that a review found, each with the test that would have caught it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from service.engine.outcome import Outcome
from service.engine.reasons import Failure
from service.jobs.reconcile import LOST_ATTEMPTS, sweep
from service.models import Attempt, Operation, now
from tests.jobs.world import OK, STATE, World, broken


def due(world: World, operation_id: str) -> None:
    """Let a waiting operation wait no longer."""
    with Session(world.database) as session:
        operation = session.get_one(Operation, operation_id)
        operation.not_before = now() - timedelta(seconds=1)
        session.add(operation)
        session.commit()


def test_a_retire_that_was_restored_while_it_drained_takes_nothing_away(world: World) -> None:
    source_id = world.source(desired="retired", generation=2)
    retire = world.ask(source_id, "retire")
    world.reconciler.look(source_id)
    assert world.operation(retire).waiting_for == "the delivery buffer to drain"
    world.change(source_id, desired="active", generation=3)
    apply = world.ask(source_id, "apply", generation=3)
    world.reconciler.look(source_id)
    due(world, retire)
    world.reconciler.look(source_id)
    assert (world.operation(retire).state, world.operation(apply).state) == ("superseded", "succeeded")
    assert [task.wish["wish"]["stage"] for task in world.engines.tasks] == ["draining", "active"]
    assert world.get(source_id).phase == "ready"


def test_a_retried_apply_does_not_run_after_the_source_was_retired(world: World) -> None:
    source_id = world.source()
    apply = world.ask(source_id)
    world.engines.answers = [broken("aws_throttled", retryable=True)]
    world.reconciler.look(source_id)
    world.change(source_id, desired="retired", generation=2)
    world.ask(source_id, "retire", generation=2)
    due(world, apply)
    world.reconciler.look(source_id)
    assert world.operation(apply).state == "superseded"
    assert [task.wish["wish"]["stage"] for task in world.engines.tasks if task.command == "up"][1:] == [
        "draining"
    ]


def test_the_second_operation_under_one_lease_is_noted_before_it_begins(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    second = world.ask(source_id, "repair", priority=20)
    seen: list[Any] = []

    def look(_: Any) -> Outcome:
        with Session(world.database) as session:
            seen.append([(a.operation_id, a.result) for a in session.exec(select(Attempt))])
        return OK

    world.engines.answers = [OK, look]
    world.reconciler.look(source_id)
    assert seen == [[(second, None)]], "a worker that dies here has left word"


def test_a_recovery_that_cannot_look_does_not_make_things_blindly(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.engines.answers = [broken("aws_access_denied", retryable=False)]
    world.reconciler.look(source_id)
    operation = world.ask(source_id)
    world.engines.answers = [replace(broken("aws_throttled", retryable=True), checkpoint=None)]
    world.reconciler.look(source_id)
    assert [task.command for task in world.engines.tasks] == ["up", "preview"]
    assert world.operation(operation).state == "queued"


def test_an_exception_of_ours_ends_the_operation_and_stalls_the_source(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)

    def breaks(_: Any) -> Outcome:
        raise RuntimeError("secret detail")

    world.engines.answers = [breaks]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert (operation.state, operation.error["code"], world.get(source_id).phase) == (
        "failed",
        "internal",
        "stalled",
    )
    assert "secret detail" not in str(operation.error)
    assert sweep(world.reconciler) == 0


def test_a_missing_identity_is_named_once_and_not_tried_for_ever(world: World, tmp_path: Path) -> None:
    (tmp_path / "service-credentials.ini").unlink()
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert operation.error["code"] == "service_identity_missing"
    with Session(world.database) as session:
        assert len(session.exec(select(Operation)).all()) == 1
    assert sweep(world.reconciler) == 0


def test_an_operation_that_no_worker_survives_is_given_up(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id, state="running", attempt=LOST_ATTEMPTS)
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert (operation.state, operation.error["code"]) == ("failed", "worker_lost")
    assert world.engines.tasks == []


@pytest.mark.parametrize("kind", ["check", "preview"])
def test_a_failed_look_says_nothing_about_the_wish(world: World, kind: str) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    failure = Failure("aws_access_denied", "no", "look")
    world.engines.answers = [Outcome(ok=False, failure=failure, checkpoint=STATE)]
    world.ask(source_id, kind)
    world.reconciler.look(source_id)
    assert world.get(source_id).phase == "ready"


def test_a_retire_that_was_purged_while_it_drained_brings_nothing_back(world: World) -> None:
    source_id = world.source(desired="retired", generation=2)
    retire = world.ask(source_id, "retire", generation=2)
    world.reconciler.look(source_id)
    purge = world.ask(source_id, "purge", generation=2)
    world.reconciler.look(source_id)
    due(world, retire)
    world.reconciler.look(source_id)
    assert (world.operation(purge).state, world.operation(retire).state) == ("succeeded", "superseded")
    assert [task.command for task in world.engines.tasks] == ["up", "destroy"]
    assert world.get(source_id).phase == "purged"
