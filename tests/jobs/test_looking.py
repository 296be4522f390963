"""Looking for changes made by hand when nobody asks: when, how many at once, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import events
from service.drift import REPAIRS
from service.engine.outcome import Outcome, Step
from service.jobs import queue
from service.jobs.reconcile import sweep
from service.models import Operation, OperationEvent, Source, now
from service.status import PRIORITY
from tests.jobs.world import OK, World, broken

POLICY = "urn:pulumi:s::logflume::aws:s3/bucketPolicy:BucketPolicy::policy"
DRIFT = Outcome(ok=True, steps=(Step(POLICY, "update", ({"path": "policy", "old": "a", "new": "b"},)),))
CLEAN = Outcome(ok=True)


def standing(world: World, mode: str = "report", name: str = "payments", **policy: Any) -> str:
    """A source that was made true a long time ago, and not looked at since."""
    source_id = world.source(name=name)
    world.ask(source_id)
    world.reconciler.look(source_id)
    world.change(
        source_id,
        drift_policy={"mode": mode, "every": "PT1H", **policy},
        created_at=now() - timedelta(days=2),
    )
    world.engines.tasks.clear()
    return source_id


def looked(world: World) -> list[str]:
    return [task.command for task in world.engines.tasks]


def operations(world: World, source_id: str) -> list[Operation]:
    with Session(world.database) as session:
        rows = select(Operation).where(Operation.source_id == source_id).order_by(col(Operation.queued_at))
        return list(session.exec(rows))


def due_again(world: World, source_id: str) -> None:
    """Two hours later, as far as this source is concerned."""
    drift = world.get(source_id).drift
    known = [key for key in ("checked_at", "tried_at") if key in drift]
    earlier: dict[str, Any] = {key: _earlier(drift[key]) for key in known}
    if "repairs" in drift and drift["repairs"].get("for"):
        earlier["repairs"] = {**drift["repairs"], "for": _earlier(drift["repairs"]["for"])}
    world.change(source_id, drift={**drift, **earlier})


def _earlier(moment: str) -> str:
    return (datetime.fromisoformat(moment) - timedelta(hours=2)).isoformat()


def test_a_source_that_is_due_is_looked_at_once_and_by_nobody_s_order(world: World) -> None:
    source_id = standing(world)
    assert sweep(world.reconciler) == 1
    world.engines.answers = [CLEAN]
    world.reconciler.look(source_id)
    check = operations(world, source_id)[-1]
    assert (check.kind, check.state, check.requested_by, check.priority) == (
        "check",
        "succeeded",
        "logflume",
        PRIORITY["check"],
    )
    assert looked(world) == ["drift"]
    with Session(world.database) as session:
        session.connection().execute(text("DELETE FROM procrastinate_jobs"))
        session.commit()
    assert sweep(world.reconciler) == 0, "the next one is an interval away"


def test_a_check_that_fails_is_not_tried_again_at_once(world: World) -> None:
    source_id = standing(world)
    failed = Outcome(ok=False, log="denied")
    world.engines.answers = [failed] * 5
    world.reconciler.look(source_id)
    assert looked(world) == ["drift"]
    assert (operations(world, source_id)[-1].state, world.get(source_id).phase) == ("failed", "ready")


def test_nobody_looks_by_itself_where_that_is_off_or_suspended_or_nothing_has_ever_stood(
    world: World,
) -> None:
    off = standing(world, "off", name="off")
    suspended = standing(world, name="suspended")
    world.change(suspended, suspended=True)
    fresh = world.source(name="fresh", created_at=now() - timedelta(days=2))
    world.engines.answers = [broken("aws_access_denied", retryable=False)]
    for source_id in (off, suspended, fresh):
        world.reconciler.look(source_id)
    assert looked(world) == ["up"], "the apply of the fresh one, which failed"


def test_a_retired_source_is_looked_at_too(world: World) -> None:
    source_id = standing(world)
    world.change(source_id, desired="retired", generation=2)
    world.ask(source_id, "retire", generation=2, progress={"drained": True})
    world.reconciler.look(source_id)
    assert looked(world) == ["up", "drift"]
    assert world.get(source_id).phase == "retired"


def test_checks_leave_a_place_free_for_people(world: World) -> None:
    for number in range(6):
        standing(world, name=f"due-{number}")
    assert world.reconciler.settings.worker_concurrency == 2
    assert sweep(world.reconciler) == 1, "one place of two"
    assert sweep(world.reconciler) == 0, "and no more while that one waits"
    with Session(world.database) as session:
        waiting = session.exec(select(Source)).all()[-1].id
        queue.wake(session, waiting)
        session.commit()
        rows = session.connection().execute(
            text("SELECT priority FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC")
        )
        assert [row.priority for row in rows][-1] == PRIORITY["check"], "what people wait for is taken first"


def test_those_come_first_that_were_looked_at_longest_ago(world: World) -> None:
    lately, long_ago = standing(world, name="lately"), standing(world, name="long-ago")
    for source_id, hours in ((lately, 5), (long_ago, 30)):
        world.change(source_id, drift={"tried_at": (now() - timedelta(hours=hours)).isoformat()})
    assert sweep(world.reconciler) == 1
    with Session(world.database) as session:
        woken = session.connection().execute(
            text("SELECT args->>'source_id' AS id FROM procrastinate_jobs WHERE args->>'by' <> ''")
        )
        assert [row.id for row in woken] == [long_ago]


def test_what_is_found_is_told_once_and_that_it_is_over_once(world: World) -> None:
    source_id = standing(world)
    for answer in (CLEAN, DRIFT, DRIFT, CLEAN, CLEAN):
        world.engines.answers = [answer]
        world.reconciler.look(source_id)
        due_again(world, source_id)
    with Session(world.database) as session:
        told = session.exec(
            select(OperationEvent).where(OperationEvent.name == events.DRIFT).order_by(col(OperationEvent.at))
        ).all()
    assert [(line.message, line.data) for line in told] == [
        ("changed outside logflume: BucketPolicy policy", {"drifted": True}),
        ("in sync again", {"drifted": False}),
    ]


def test_what_is_found_is_put_back_by_itself_where_that_is_asked_for(world: World) -> None:
    source_id = standing(world, "repair")
    world.engines.answers = [DRIFT, OK]
    world.reconciler.look(source_id)
    assert [(t.command, t.refresh) for t in world.engines.tasks] == [("drift", False), ("up", True)]
    check, repair = operations(world, source_id)[-2:]
    assert (check.kind, repair.kind, repair.priority) == ("check", "repair", PRIORITY["repair"])
    assert (repair.requested_by, repair.state) == ("logflume", "succeeded")
    assert world.condition(source_id, "Drifted") == "False"


def test_what_a_rule_covers_is_not_put_back(world: World) -> None:
    source_id = standing(world, "repair", ignore=[{"type": "aws:s3/*", "path": "policy", "value": "b"}])
    world.engines.answers = [DRIFT]
    world.reconciler.look(source_id)
    assert looked(world) == ["drift"]
    assert world.condition(source_id, "Drifted") == "False"


def test_a_repair_that_fails_is_not_tried_for_ever(world: World) -> None:
    source_id = standing(world, "repair")
    world.engines.answers = [DRIFT, Outcome(ok=False, checkpoint=OK.checkpoint)]
    for _ in range(3):
        world.reconciler.look(source_id)
    assert looked(world) == ["drift", "up"]
    assert world.get(source_id).phase == "stalled"


def test_what_comes_back_whenever_it_is_put_back_is_told_and_left(world: World) -> None:
    source_id = standing(world, "repair")
    for _ in range(REPAIRS + 3):
        world.engines.answers = [DRIFT, OK]
        world.reconciler.look(source_id)
        due_again(world, source_id)
    assert looked(world).count("up") == REPAIRS
    (drifted,) = [c for c in world.get(source_id).conditions if c["type"] == "Drifted"]
    assert (drifted["status"], drifted["reason"]) == ("True", "RepairedTooOften")
    world.ask(source_id, "repair")
    world.engines.answers = [OK]
    world.reconciler.look(source_id)
    assert world.condition(source_id, "Drifted") == "False", "somebody may still ask for it"


def test_an_apply_does_not_claim_that_nothing_was_changed_by_hand(world: World) -> None:
    source_id = standing(world)
    world.engines.answers = [DRIFT]
    world.reconciler.look(source_id)
    world.ask(source_id)
    world.reconciler.look(source_id)
    assert world.condition(source_id, "Drifted") == "True"
