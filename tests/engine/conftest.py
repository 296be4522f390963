"""A bootstrapped sandbox and the real engine for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service import bootstrap
from service.engine.credentials import aws_config, base_identity
from service.engine.factory import stacks_for
from service.engine.stacks import Command, Stacks, Task
from service.environments import Environment, Environments
from service.models import Source, new_id
from service.settings import Settings
from service.wish import Stage, wish_of
from tests.support.sandbox import PRODUCTION, Sandbox, running_sandbox


@dataclass
class Lab:
    """The engine of one node, the sandbox it works in, and an environment made by the bootstrap program."""

    sandbox: Sandbox
    settings: Settings
    stacks: Stacks
    environment: Environment

    def source(self, name: str, **spec: Any) -> Source:
        """A stored source as the worker would load it; its log group exists."""
        group = f"/aws/lambda/payments-{name}"
        self.sandbox.client("logs", PRODUCTION).create_log_group(logGroupName=group)
        wanted = {"log_groups": [group], **spec}
        return Source(
            id=new_id(),
            name=name,
            environment="default",
            kind="cloudwatch",
            team="payments",
            spec=wanted,
            drift_policy={},
            created_by="test",
        )

    def task(self, command: Command, source: Source, stage: Stage | None = None, **more: Any) -> Task:
        """An engine run for a source."""
        home = self.settings.home_path
        base = base_identity("sandbox", home, "")
        return Task(
            command,
            f"source-{source.id}",
            aws_config(self.environment, new_id(), base, self.sandbox.url),
            {"wish": wish_of(source, self.environment, stage).model_dump(mode="json")},
            **more,
        )


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One for the session: its tests use sources of their own."""
    home: Path = tmp_path_factory.mktemp("lab")
    with running_sandbox(home / "sandbox") as sandbox:
        port = urlsplit(sandbox.url).port
        settings = Settings(
            home=home, sandbox_port=port or 0, lease_seconds=12, stop_grace=4, operation_timeout=120
        )
        bootstrap.sandbox(settings)
        stacks = stacks_for(settings, standby=1)
        yield Lab(sandbox, settings, stacks, Environments.load(settings.environments_path).get("default"))
        stacks.standby.close()
