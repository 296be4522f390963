"""The loop around the engine, with an engine that does as it is told: order, retries, fencing, crashes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlmodel import Session, col, select

from service import sources
from service.auth import Caller
from service.db import session as session_of
from service.drift import dismissed_drift
from service.engine.outcome import Outcome, Step
from service.engine.reasons import Failure
from service.engine.stacks import Stacks, Task
from service.engine.supervisor import Stop
from service.engine.workspace import Engine, Workspace
from service.environments import Environments
from service.jobs import leases
from service.jobs.reconcile import Reconciler, sweep
from service.models import Attempt, Checkpoint, Operation, OperationEvent, Source, now
from service.settings import Settings

ENVIRONMENTS = """
[environments.default]
[environments.default.production]
account_id = "111111111111"
region = "eu-west-3"
role_arn = "arn:aws:iam::111111111111:role/logflume/logflume-deploy"
external_id = "external"
boundary_arn = "arn:aws:iam::111111111111:policy/logflume/logflume-boundary"
[environments.default.log]
account_id = "222222222222"
region = "eu-west-3"
role_arn = "arn:aws:iam::222222222222:role/logflume/logflume-deploy"
external_id = "external"
boundary_arn = "arn:aws:iam::222222222222:policy/logflume/logflume-boundary"
[environments.default.teams.payments]
log_groups = ["/aws/*"]
"""

STATE = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": []}}}).encode()
OK = Outcome(ok=True, changes={"create": 1}, outputs={"bucket": "b"}, checkpoint=STATE)


def broken(code: str, *, retryable: bool) -> Outcome:
    return Outcome(
        ok=False, failure=Failure(code, "it broke", "do this", retryable), checkpoint=STATE, log="engine text"
    )


@dataclass
class Standby:
    def fill(self) -> None:
        return


@dataclass
class Engines:
    """Stands where `Stacks` stands: answers with what the test says, and remembers what it was asked."""

    answers: list[Outcome | Callable[[Any], Outcome]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    standby: Standby = field(default_factory=Standby)
    engine: Engine = field(default_factory=lambda: Engine(Path("pulumi"), Path("home"), Path("plugin"), "x"))

    def run(self, task: Task, folder: Path, watch: Any) -> tuple[Outcome, Workspace]:
        self.tasks.append(task)
        answer = self.answers.pop(0) if self.answers else OK
        return (answer(watch) if callable(answer) else answer), Workspace(folder, task.stack)

    def clean_up(self, _folder: Path) -> None:
        return


@dataclass
class World:
    """A reconciler, its engine and its database."""

    database: Database
    engines: Engines
    reconciler: Reconciler

    def source(self, **more: Any) -> str:
        with Session(self.database) as session:
            source = Source(
                name="payments",
                environment="default",
                kind="cloudwatch",
                team="payments",
                spec={"log_groups": ["/aws/lambda/payments"]},
                drift_policy={},
                created_by="dev",
                **more,
            )
            session.add(source)
            session.commit()
            return source.id

    def ask(self, source_id: str, kind: str = "apply", **more: Any) -> str:
        with Session(self.database) as session:
            operation = Operation(
                source_id=source_id, kind=kind, generation=1, requested_by="dev", **{"priority": 40, **more}
            )
            session.add(operation)
            session.commit()
            return operation.id

    def get(self, source_id: str) -> Source:
        with Session(self.database) as session:
            return session.get_one(Source, source_id)

    def operation(self, operation_id: str) -> Operation:
        with Session(self.database) as session:
            return session.get_one(Operation, operation_id)

    def condition(self, source_id: str, kind: str) -> str:
        return next(str(c["status"]) for c in self.get(source_id).conditions if c["type"] == kind)

    def change(self, source_id: str, **fields: Any) -> None:
        with Session(self.database) as session:
            source = session.get_one(Source, source_id)
            for name, value in fields.items():
                setattr(source, name, value)
            session.add(source)
            session.commit()


@pytest.fixture
def world(engine: Database, tmp_path: Path) -> World:
    (tmp_path / "environments.toml").write_text(ENVIRONMENTS)
    (tmp_path / "service-credentials.ini").write_text(
        "[logflume]\naws_access_key_id = k\naws_secret_access_key = s\n"
    )
    settings = Settings(home=tmp_path, retry_base=0.05)
    engines = Engines()
    reconciler = Reconciler(
        database=engine,
        stacks=cast(Stacks, engines),
        environments=Environments.load(tmp_path / "environments.toml"),
        settings=settings,
        node="node:1",
        stopping=threading.Event(),
        inspect=lambda _wish, _accounts: None,
    )
    return World(engine, engines, reconciler)


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
    world.reconciler.inspect = lambda _wish, _accounts: Failure(
        "log_group_missing", "no such group", "make it"
    )
    world.reconciler.look(source_id)
    assert world.engines.tasks == []
    assert (world.operation(operation_id).state, world.get(source_id).phase) == ("failed", "stalled")


def test_many_looks_at_once_run_the_engine_once(world: World) -> None:
    source_id = world.source()
    world.ask(source_id)
    threads = [threading.Thread(target=world.reconciler.look, args=(source_id,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.engines.tasks) == 1
