"""The engine as the rest of the service knows it: run a wish, get an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import structlog

from . import outcome as read
from .outcome import Outcome
from .reasons import GUARDED, Failure, classify
from .supervisor import Child, Ended, Standby, Watch, end_leftover, supervise
from .workspace import PROJECT, Engine, Workspace, environment, prepare

log = structlog.get_logger(__name__)

Command = Literal["up", "preview", "drift", "destroy"]

_ARGUMENTS: dict[Command, list[str]] = {
    "up": ["up", "--yes", "--skip-preview"],
    "preview": ["preview"],
    "drift": ["refresh", "--preview-only", "--run-program=true"],
    "destroy": ["destroy", "--yes", "--skip-preview", "--run-program=false"],
}

STOPPED = {
    "cancelled": Failure("cancelled", "Cancelled while running.", "Ask again when you want it done."),
    "timeout": Failure(
        "engine_timeout", "The run took too long and was ended.", "It is tried again by itself.", True
    ),
    "lease_lost": Failure("lease_lost", "Another worker has taken over.", "Nothing to do.", True),
    "shutdown": Failure("shutdown", "The worker was stopped.", "Another worker goes on with it.", True),
}
_DIED = Failure("engine_died", "The engine's process was killed.", "It is tried again by itself.", True)


@dataclass(frozen=True)
class Task:
    """One engine run."""

    command: Command
    stack: str
    aws_config: str
    wish: dict[str, Any] = field(default_factory=dict)
    """The job's program: {"wish": …} or {"bootstrap": …}."""
    checkpoint: bytes | None = None
    refresh: bool = False
    adopt: dict[str, str] = field(default_factory=dict)


class Stacks:
    """Runs tasks, each in a folder, a child and a CLI of its own."""

    def __init__(
        self, engine: Engine, standby: Standby, *, lease: float, grace: float, timeout: float
    ) -> None:
        self.engine = engine
        self.standby = standby
        self._lease, self._grace, self._timeout = lease, grace, timeout

    def run(self, task: Task, folder: Path, watch: Watch) -> tuple[Outcome, Workspace]:
        """Run a task to its end. Never raises for what the engine or AWS did: that is the outcome's `failure`."""
        space = prepare(folder, task.stack, self.engine, task.aws_config, task.checkpoint)
        child = self.standby.take()
        try:
            ended = supervise(child, self._job(task, space), watch, timeout=self._timeout, grace=self._grace)
        finally:
            child.close()
            space.forget_credentials()
        result = _outcome(task, space, ended, child)
        log.info(
            "engine.ended",
            command=task.command,
            stack_name=task.stack,
            code=ended.code,
            stopped=ended.stopped,
            died=ended.died,
            job_given=ended.job_given,
            cli_started=ended.cli_started,
            cli_ended=ended.cli_ended,
        )
        return result, space

    def clean_up(self, folder: Path) -> None:
        """End what a dead attempt on this node may have left running."""
        if end_leftover(folder, self._grace):
            log.warning("engine.leftover_ended", folder=folder.name)

    def _job(self, task: Task, space: Workspace) -> dict[str, Any]:
        return {
            **task.wish,
            "adopt": task.adopt,
            "argv": self._argv(task, space),
            "env": environment(space, self.engine),
            "folder": str(space.folder),
            "log": str(space.log_path),
            "lease": self._lease,
            "grace": self._grace,
        }

    def _argv(self, task: Task, space: Workspace) -> list[str]:
        fixed = [
            "--stack",
            f"organization/{PROJECT}/{task.stack}",
            "--event-log",
            str(space.events_path),
            "--color",
            "never",
        ]
        refresh = ["--refresh"] if task.refresh and task.command in ("up", "preview") else []
        return [str(self.engine.pulumi), "--non-interactive", *_ARGUMENTS[task.command], *refresh, *fixed]


def _outcome(task: Task, space: Workspace, ended: Ended, child: Child) -> Outcome:
    events, _ = read.read_events(space.events_path)
    steps = read.drift_of(events) if task.command == "drift" else read.steps_of(events)
    text = space.log_text()
    return Outcome(
        ok=ended.code == 0 and ended.stopped is None,
        changes=read.counts_of(steps),
        steps=steps,
        outputs=read.outputs_of(events),
        failure=_failure(ended, events, text, child),
        checkpoint=space.read_checkpoint(),
        log=text,
        stopped=ended.stopped,
    )


def _failure(ended: Ended, events: Sequence[dict[str, Any]], text: str, child: Child) -> Failure | None:
    if ended.code == 0 and ended.stopped is None:
        return None
    if ended.stopped is not None:
        return STOPPED[ended.stopped]
    if ended.died or ended.code == -9:
        detail = child.errors.strip().splitlines()
        return Failure(_DIED.code, detail[-1] if detail else _DIED.message, _DIED.hint, True)
    errors = read.error_texts(list(events))
    # A guard that held is a plan's matter; whatever else went wrong beside it comes first.
    telling = [error for error in errors if classify(error).code != GUARDED] or errors
    return classify("\n".join(telling) if telling else text)
