"""One operation from its start to what is written down: retire, check, repair, cancel, refusals."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import timedelta

from sqlmodel import Session

from programs.finding import Finding
from service import sources
from service.auth import Caller
from service.db import session as session_of
from service.drift import dismissed_drift
from service.engine.outcome import Outcome, Step
from service.jobs.reconcile import sweep
from service.models import Operation, Source, now
from tests.jobs.world import World


def test_a_retire_takes_the_filter_waits_and_then_takes_the_rest(world: World) -> None:
    source_id = world.source(desired="retired", generation=2)
    operation_id = world.ask(source_id, "retire")
    world.reconciler.look(source_id)
    first = world.operation(operation_id)
    assert (first.state, first.waiting_for) == ("queued", "the delivery buffer to drain")
    with Session(world.database) as session:
        waiting = session.get_one(Operation, operation_id)
        waiting.not_before = now() - timedelta(seconds=1)
        session.add(waiting)
        session.commit()
    world.reconciler.look(source_id)
    assert [task.wish["wish"]["stage"] for task in world.engines.tasks] == ["draining", "retired"]
    assert (world.operation(operation_id).state, world.get(source_id).phase) == ("succeeded", "retired")


def test_a_check_stores_what_it_found_and_changes_no_state(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    before = world.get(source_id).checkpoint_id
    changed = ({"path": "policy", "old": "a", "new": "b"},)
    world.engines.answers = [
        Outcome(
            ok=True,
            steps=(
                Step("urn:pulumi:s::logflume::aws:s3/bucketPolicy:BucketPolicy::policy", "update", changed),
            ),
        )
    ]
    world.ask(source_id, "check")
    world.reconciler.look(source_id)
    source = world.get(source_id)
    assert source.drift["drifted"]
    assert source.drift["changes"][0]["properties"] == [{**changed[0], "dismissed": False}]
    assert (world.condition(source_id, "Drifted"), source.phase, source.checkpoint_id) == (
        "True",
        "ready",
        before,
    )
    world.ask(source_id, "repair")
    world.reconciler.look(source_id)
    assert world.engines.tasks[-1].refresh
    assert (world.condition(source_id, "Drifted"), world.get(source_id).drift["drifted"]) == ("False", False)


def test_what_was_dismissed_stays_so_until_its_value_moves(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    urn = "urn:pulumi:s::logflume::aws:s3/bucketPolicy:BucketPolicy::policy"

    def check(new: str) -> Source:
        found = Step(urn, "update", ({"path": "policy", "old": "a", "new": new},))
        world.engines.answers = [Outcome(ok=True, steps=(found,))]
        world.ask(source_id, "check")
        world.reconciler.look(source_id)
        return world.get(source_id)

    world.change(source_id, drift=dismissed_drift(check("b").drift, ["policy"]))
    source = check("b")
    assert (source.drift["drifted"], world.condition(source_id, "Drifted")) == (False, "False")
    assert source.drift["changes"][0]["properties"][0]["dismissed"]
    source = check("c")
    assert (source.drift["drifted"], world.condition(source_id, "Drifted")) == (True, "True")
    assert source.drift["dismissed"] == []


def test_a_dismissed_value_that_was_repaired_is_news_when_it_comes_back(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    dismissed = [{"urn": "u", "path": "policy", "new": "b"}]
    world.change(source_id, drift={"drifted": False, "changes": [], "dismissed": dismissed})
    world.ask(source_id, "repair")
    world.reconciler.look(source_id)
    assert world.get(source_id).drift["dismissed"] == []


def test_what_was_cancelled_while_it_waited_is_not_asked_for_again(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    with session_of(world.database) as session:
        sources.cancel(session, Caller("dev", "operator"), operation_id)
    world.reconciler.look(source_id)
    assert (world.operation(operation_id).state, world.engines.tasks) == ("cancelled", [])
    assert sweep(world.reconciler) == 0
    world.ask(source_id)
    world.reconciler.look(source_id)
    assert world.get(source_id).phase == "ready", "asking again is enough"


def test_a_new_wish_is_made_true_after_a_cancelled_one(world: World) -> None:
    source_id = world.source()
    world.ask(source_id, state="cancelled", finished_at=now())
    world.change(source_id, generation=2)
    world.reconciler.look(source_id)
    assert world.get(source_id).phase == "ready"


def test_an_environment_that_is_gone_is_named_not_crashed_on(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.change(source_id, environment="gone")
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert (operation.state, operation.error["code"]) == ("failed", "environment_gone")


def test_a_refusal_before_the_engine_leaves_the_accounts_untouched(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    refusals = [
        Finding("ERROR", "log_group_missing", "/spec/log_groups/0", "no such group", "make it"),
        Finding("ERROR", "no_filter_slot", "/spec/log_groups/1", "no room", "make some"),
    ]
    world.reconciler.inspect = lambda _view, _seconds: refusals
    world.reconciler.look(source_id)
    assert world.engines.tasks == []
    operation = world.operation(operation_id)
    assert (operation.state, world.get(source_id).phase) == ("failed", "stalled")
    assert operation.error is not None
    assert (operation.error["code"], operation.error["message"]) == (
        "log_group_missing",
        "no such group And 1 more: see the findings.",
    )
    assert [finding["code"] for finding in operation.findings or []] == [
        "log_group_missing",
        "no_filter_slot",
    ]


def test_a_warning_is_kept_with_the_operation_and_stops_nothing(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    found = Finding("WARNING", "many_filters", "/spec/log_groups/0", "a crowd", "look")
    world.reconciler.inspect = lambda _view, _seconds: [found]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert (operation.state, operation.findings) == ("succeeded", [asdict(found)])


def test_what_passes_by_itself_is_tried_again_after_the_look(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    away = Finding("ERROR", "aws_unavailable", "/environment", "AWS is away", "wait")
    world.reconciler.inspect = lambda _view, _seconds: [away]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert (operation.state, operation.attempt, world.engines.tasks) == ("queued", 1, [])


def test_the_engines_time_is_kept_with_the_operation(world: World) -> None:
    source_id = world.source()
    operation_id = world.ask(source_id)
    world.reconciler.look(source_id)
    assert world.operation(operation_id).engine_seconds > 0


def test_many_looks_at_once_run_the_engine_once(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    threads = [threading.Thread(target=world.reconciler.look, args=(source_id,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.engines.tasks) == 1
