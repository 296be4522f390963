"""A reconciler with an engine that does as it is told, and a real database."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine as Database
from sqlmodel import Session

from service.engine.outcome import Outcome
from service.engine.reasons import Failure
from service.engine.stacks import Stacks, Task
from service.engine.workspace import Engine, Workspace
from service.environments import Environments
from service.jobs.reconcile import Reconciler
from service.models import Operation, Source
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
    engine: Engine = field(
        default_factory=lambda: Engine(Path("pulumi"), Path("home"), {"aws": Path("plugin")}, "x")
    )

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
                environment="default",
                kind="cloudwatch",
                team="payments",
                spec={"log_groups": ["/aws/lambda/payments"]},
                drift_policy={},
                created_by="dev",
                **{"name": "payments", **more},
            )
            session.add(source)
            session.commit()
            return source.id

    def ask(self, source_id: str, kind: str = "apply", **more: Any) -> str:
        with Session(self.database) as session:
            operation = Operation(
                source_id=source_id,
                kind=kind,
                **{"requested_by": "dev", "priority": 40, "generation": 1, **more},
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
    settings = Settings(home=tmp_path, retry_base=30)
    engines = Engines()
    reconciler = Reconciler(
        database=engine,
        stacks=cast(Stacks, engines),
        environments=Environments.load(tmp_path / "environments.toml"),
        settings=settings,
        node="node:1",
        stopping=threading.Event(),
        inspect=lambda _view, _seconds: [],
    )
    return World(engine, engines, reconciler)
