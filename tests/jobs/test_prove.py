"""A proof that waits holds nothing: no lease, no worker, no other work of its source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from service.engine.reasons import Failure
from service.engine.supervisor import Stop
from service.freshness.rounds import note
from service.freshness.seen import Seen
from service.jobs import prove
from service.jobs.reconcile import sweep
from service.models import Lease, Operation, OperationEvent, Source, now
from service.proof.state import Marked
from service.proof.steps import Look, Verdict
from tests.jobs.world import World

Step = Callable[[Look], Verdict]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """What the next looks do; each takes one."""
    steps: list[Step] = []
    monkeypatch.setattr(prove, "look", lambda task: steps.pop(0)(task))
    return steps


def waits(task: Look) -> Verdict:
    """Something was sent, and has not arrived."""
    task.proof.sent = task.proof.sent or task.now
    task.proof.marks = task.proof.marks or [Marked(front="/g", mark="m")]
    return Verdict(task.now + timedelta(hours=1), "the marked record to arrive in the bucket")


def arrives(task: Look) -> Verdict:
    """It is everywhere."""
    for marked in task.proof.marks:
        marked.key, marked.arrived, marked.announced, marked.copied = "k", task.now, task.now, task.now
    return Verdict()


def breaks(task: Look) -> Verdict:
    """It will not come."""
    task.proof.broken = "bucket"
    return Verdict(failure=Failure("not_delivered", "no filter", "repair"))


def ready(world: World) -> str:
    source_id = world.source()
    world.ask(source_id)
    world.reconciler.look(source_id)
    return source_id


def due(world: World, operation_id: str) -> None:
    """Let its time have come."""
    with Session(world.database) as session:
        operation = session.get_one(Operation, operation_id)
        operation.not_before = now() - timedelta(seconds=1)
        session.add(operation)
        session.commit()


def story(world: World, operation_id: str) -> list[str]:
    with Session(world.database) as session:
        rows = select(OperationEvent).where(OperationEvent.operation_id == operation_id)
        return [event.name for event in sorted(session.exec(rows), key=lambda event: event.seq)]


def reason(world: World, source_id: str) -> str:
    return next(str(c["reason"]) for c in world.get(source_id).conditions if c["type"] == "Delivering")


def test_between_two_looks_neither_lease_nor_worker_is_held(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")
    looks += [waits, waits, arrives]
    world.reconciler.look(source_id)
    waiting = world.operation(operation_id)
    assert (waiting.state, waiting.waiting_for) == ("queued", "the marked record to arrive in the bucket")
    assert (waiting.token, waiting.attempt) == (None, 0)
    with Session(world.database) as session:
        assert session.get_one(Lease, source_id).holder is None
    assert sweep(world.reconciler) == 0, "nothing is due"
    world.reconciler.look(source_id)
    assert len(looks) == 2, "before its time nobody looks"
    for _ in range(2):
        due(world, operation_id)
        world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "succeeded"
    assert story(world, operation_id) == [
        "started", "leg", "waiting", "leg", "leg", "succeeded",
    ]  # fmt: skip
    last = world.get(source_id).last_proof
    assert last is not None
    assert (last["proved"], reason(world, source_id)) == (True, "Proved")


def test_what_is_asked_for_and_what_moves_goes_on_meanwhile(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")
    looks += [waits]
    world.reconciler.look(source_id)
    world.ask(source_id, "check")
    world.reconciler.look(source_id)
    assert [task.command for task in world.engines.tasks] == ["up", "drift"]
    world.change(source_id, observed_wish="of an older program")
    world.reconciler.look(source_id)
    assert [task.command for task in world.engines.tasks] == ["up", "drift", "up"]
    assert world.operation(operation_id).state == "queued"


def test_a_new_wish_ends_a_proof_of_the_old_one(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")
    looks += [waits]
    world.reconciler.look(source_id)
    world.change(source_id, generation=2)
    due(world, operation_id)
    world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "superseded"


def test_a_broken_leg_is_the_operations_error_and_no_stall(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")
    looks += [lambda task: breaks(task) if waits(task) else Verdict()]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert operation.error is not None
    assert (operation.state, operation.error["code"]) == ("failed", "not_delivered")
    assert (world.get(source_id).phase, world.condition(source_id, "Delivering")) == ("ready", "False")
    assert operation.progress["proof"]["legs"][1]["state"] == "broken"


def test_how_far_it_came_is_kept_where_the_worker_has_to_stop(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")

    def stopped(task: Look) -> Verdict:
        waits(task)
        world.reconciler.stopping.set()
        raise Stop("shutdown")

    looks += [stopped]
    world.reconciler.look(source_id)
    operation = world.operation(operation_id)
    assert (operation.state, operation.waiting_for) == ("queued", "a worker to go on with it")
    assert operation.progress["state"]["marks"][0]["mark"] == "m"


def test_a_proof_that_proved_nothing_says_nothing_of_the_source(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    operation_id = world.ask(source_id, "verify")

    def cannot(task: Look) -> Verdict:
        task.proof.provable = False
        return Verdict()

    looks += [cannot]
    world.reconciler.look(source_id)
    assert world.operation(operation_id).state == "succeeded"
    source = world.get(source_id)
    assert source.last_proof is None
    assert not [c for c in source.conditions if c["type"] == "Delivering"]


def test_a_look_at_deliveries_keeps_what_the_last_proof_said() -> None:
    source = Source(
        name="n", environment="e", kind="cloudtrail", team="t", created_by="c", spec={}, drift_policy={}
    )
    failed = {"proved": False, "message": "no filter"}
    source.last_proof, source.conditions = failed, []
    said = []
    for seen in (Seen(None), Seen(None, "AccessDenied"), Seen(None)):
        note(source, seen)
        said += [(c["status"], c["reason"]) for c in source.conditions]
    assert said == [("False", "ProofFailed"), ("False", "DeliveryFailed"), ("False", "ProofFailed")]


def proved_daily(world: World) -> None:
    """Let the environment want a proof a day."""
    path = world.reconciler.settings.environments_path
    path.write_text(
        path.read_text().replace("[environments.default]\n", '[environments.default]\nprove_every = "P1D"\n')
    )
    assert world.reconciler.environments.reload()


def proofs(world: World, source_id: str) -> list[Operation]:
    with Session(world.database) as session:
        rows = select(Operation).where(Operation.source_id == source_id, Operation.kind == "verify")
        return list(session.exec(rows))


def test_delivery_is_proved_by_itself_where_the_environment_wants_it(world: World, looks: list[Step]) -> None:
    source_id = ready(world)
    world.change(source_id, created_at=now() - timedelta(days=3), drift_policy={"mode": "off"})
    world.reconciler.look(source_id)
    assert proofs(world, source_id) == [], "left out, nobody proves anything"
    proved_daily(world)
    world.change(source_id, suspended=True)
    world.reconciler.look(source_id)
    assert proofs(world, source_id) == [], "paused"
    world.change(source_id, suspended=False)
    looks += [lambda task: arrives(task) if waits(task) else Verdict()]
    assert sweep(world.reconciler) == 1
    world.reconciler.look(source_id)
    [proof] = proofs(world, source_id)
    assert (proof.state, proof.requested_by, proof.priority) == ("succeeded", "logflume", 0)
    world.reconciler.look(source_id)
    assert len(proofs(world, source_id)) == 1, "not again before its time"


def test_a_source_that_is_not_as_it_is_wanted_is_not_proved_by_itself(world: World) -> None:
    source_id = ready(world)
    proved_daily(world)
    world.change(source_id, created_at=now() - timedelta(days=3), drift_policy={"mode": "off"})
    world.change(source_id, failed_wish=world.get(source_id).observed_wish)
    world.reconciler.look(source_id)
    assert proofs(world, source_id) == []
