"""The real engine in the sandbox: one child, one CLI, and an outcome whatever happens to them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from service.engine.outcome import Outcome, read_events
from service.engine.recovery import prune
from service.engine.supervisor import Stop, start_time
from service.engine.workspace import Workspace
from tests.engine.conftest import Lab

pytestmark = pytest.mark.engine


@dataclass
class Watching:
    """Lets the run go on, and does something once the engine has made its first resource."""

    folder: Path
    once: Callable[[], None] = lambda: None
    stop: str | None = None
    seen: bool = False
    done: bool = False
    times: list[float] = field(default_factory=list)

    def alive(self) -> float:
        if self.seen and self.stop:
            raise Stop(self.stop)
        return 12.0

    def progress(self) -> None:
        events, _ = read_events(self.folder / "events.jsonl")
        made = [
            e for e in events if (e.get("resOutputsEvent") or {}).get("metadata", {}).get("op") == "create"
        ]
        self.seen = self.seen or bool(made)
        if self.seen and not self.done:
            self.done = True
            self.once()


def run(lab: Lab, task: Any, folder: Path, watch: Watching | None = None) -> tuple[Outcome, Workspace]:
    return lab.stacks.run(task, folder, watch or Watching(folder))


def live_resources(outcome: Outcome) -> list[str]:
    assert outcome.checkpoint is not None
    return [r["urn"] for r in json.loads(outcome.checkpoint)["checkpoint"]["latest"]["resources"]]


def test_a_pipeline_is_built_once_and_an_untouched_one_shows_no_drift(lab: Lab, tmp_path: Path) -> None:
    source = lab.source("built")
    first, _ = run(lab, lab.task("up", source), tmp_path / "1")
    assert first.ok, first.log
    assert first.changes["create"] > 20
    assert str(first.outputs["bucket"]).startswith("logflume-built-")
    again, _ = run(lab, lab.task("up", source, checkpoint=first.checkpoint), tmp_path / "2")
    assert (again.ok, again.changes["create"], again.changes["update"], again.changes["same"]) == (
        True,
        0,
        0,
        first.changes["create"],
    )
    check, _ = run(lab, lab.task("drift", source, checkpoint=again.checkpoint), tmp_path / "drift")
    assert (check.ok, check.steps) == (True, ()), [s.properties for s in check.steps]


def test_the_secret_of_the_service_is_nowhere_in_the_state_the_log_or_the_events(
    lab: Lab, tmp_path: Path
) -> None:
    source = lab.source("secretive")
    outcome, space = run(lab, lab.task("up", source), tmp_path / "1")
    secret = (
        (lab.settings.home_path / "service-credentials.ini")
        .read_text()
        .split("aws_secret_access_key = ")[1]
        .split()[0]
    )
    written = (
        outcome.log + str(outcome.checkpoint) + space.events_path.read_text() + json.dumps(outcome.outputs)
    )
    assert len(secret) > 20
    assert secret not in written
    assert lab.environment.production.external_id not in written
    assert not (space.folder / "aws.ini").exists(), "credentials do not outlive the run"


def test_a_stop_ends_the_cli_cleanly_and_what_was_made_is_in_the_state(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lab.source("stopped")
    watch = Watching(tmp_path / "1", stop="cancelled")
    # A short lease makes for frequent renewals, at which the stop is said.
    monkeypatch.setattr(lab.stacks, "_lease", 1.6)
    monkeypatch.setattr(lab.stacks, "_grace", 0.8)
    outcome, _ = run(lab, lab.task("up", source), tmp_path / "1", watch)
    assert outcome.stopped == "cancelled"
    assert outcome.failure is not None
    assert outcome.failure.code == "cancelled"
    finished, _ = run(lab, lab.task("up", source, checkpoint=prune(outcome.checkpoint)), tmp_path / "2")
    assert finished.ok, finished.log


def test_a_killed_child_is_noticed_and_its_cli_is_gone_when_the_run_returns(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lab.source("orphaned")
    child = lab.stacks.standby.take()
    monkeypatch.setattr(lab.stacks.standby, "take", lambda: child)
    watch = Watching(tmp_path / "1", once=lambda: os.kill(child.pid, signal.SIGKILL))
    outcome, space = run(lab, lab.task("up", source), tmp_path / "1", watch)
    assert not outcome.ok
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.retryable) == ("engine_died", True)
    noted = json.loads((space.folder / "cli.json").read_text())
    assert start_time(noted["pid"]) != noted["started"]


def test_a_killed_cli_is_a_passing_trouble(lab: Lab, tmp_path: Path) -> None:
    source = lab.source("shot")

    def shoot() -> None:
        os.kill(json.loads((tmp_path / "1" / "cli.json").read_text())["pid"], signal.SIGKILL)

    outcome, _ = run(lab, lab.task("up", source), tmp_path / "1", Watching(tmp_path / "1", once=shoot))
    assert not outcome.ok
    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.failure.retryable) == ("engine_died", True)


def test_a_run_that_takes_too_long_is_ended(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = lab.source("slow")
    monkeypatch.setattr(lab.stacks, "_timeout", 0.0)
    began = time.monotonic()
    outcome, _ = run(lab, lab.task("up", source), tmp_path / "1")
    assert outcome.stopped == "timeout"
    assert time.monotonic() - began < 60


def test_a_refusal_of_aws_has_its_code(lab: Lab, tmp_path: Path) -> None:
    source = lab.source("refused")
    task = lab.task("up", source)
    task.wish["wish"]["spec"]["log_groups"] = ["/aws/lambda/payments-nowhere"]
    outcome, _ = run(lab, task, tmp_path / "1")
    assert outcome.failure is not None
    assert (outcome.ok, outcome.failure.code) == (False, "aws_not_found")
    assert "payments-nowhere" in outcome.failure.message
    assert live_resources(outcome), "what was made before the refusal is known"
