"""Run one operation that has been started: from the stored wish to an engine outcome, and back into the tables."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from programs.finding import Finding
from service import events, preflight
from service.engine import guards, observation, recovery
from service.engine.aws import Accounts
from service.engine.outcome import Outcome
from service.engine.reasons import GUARDED, Failure, classify
from service.engine.stacks import Stacks, Task
from service.engine.workspace import Workspace
from service.environments import Environments
from service.exposure import stored
from service.exposure.widened import Seen
from service.models import Operation, Source, now
from service.plans import fingerprint, plan_of
from service.preflight.view import View
from service.settings import Settings
from service.wish import known_wish

from . import conclude, leases, queue, records
from .leases import Held
from .load import Loaded, broke, cannot_load, load
from .places import place_of
from .prove import Prover
from .tasks import DRAIN_MARGIN, task_of
from .watch import OperationWatch

log = structlog.get_logger(__name__)

Inspect = Callable[[View, float], list[Finding]]
"""A look at the accounts before anything is changed there, within so many seconds; refusals come first."""

PATIENCE = 0.6
"""The share of a lease that the look may take: the lease is renewed before it."""


@dataclass
class Runner:
    """Runs operations for one worker; a fresh one for each."""

    database: Database
    stacks: Stacks
    environments: Environments
    settings: Settings
    stopping: threading.Event
    inspect: Inspect = preflight.look
    _engine_seconds: float = field(default=0.0, init=False)
    _seen: Seen | None = field(default=None, init=False)
    _prover: Prover | None = field(default=None, init=False)

    def run(self, held: Held, operation_id: str) -> None:
        """Run the operation and write back what came of it.

        Raises:
            LeaseLost: somebody else has taken over; nothing was written.
        """
        watch = OperationWatch(self.database, held, operation_id, self.settings.lease_seconds, self.stopping)
        try:
            with Session(self.database) as session:
                loaded = load(session, held, operation_id, self.environments, self.settings)
                session.commit()
        except (KeyError, ValidationError, FileNotFoundError) as error:
            self._write_back(held, operation_id, None, cannot_load(error))
            return
        space: Workspace | None = None
        try:
            outcome, space = self._engine(held, loaded, watch)
            if loaded.kind == "check" and outcome.ok:
                changes = plan_of(outcome.steps)
                self._seen = stored.seen(loaded.wish, loaded.environment, loaded.checkpoint, changes)
        except (ClientError, BotoCoreError) as error:
            outcome = Outcome(ok=False, failure=classify(f"api error {error}"))
        except (leases.LeaseLost, DBAPIError):
            raise
        except Exception as error:
            log.exception("operation.broke", operation_id=operation_id)
            outcome = Outcome(ok=False, failure=broke(error))
        if outcome.stopped == "lease_lost":
            raise leases.LeaseLost(f"lease {held.token} of {held.source_id} was lost while the engine ran")
        self._write_back(held, operation_id, loaded, outcome)
        if space is not None and outcome.ok:
            # With a clean end nobody needs what earlier attempts of this node left.
            shutil.rmtree(space.folder.parent, ignore_errors=True)
        self.stacks.standby.fill()

    # Run

    def _engine(self, held: Held, loaded: Loaded, watch: OperationWatch) -> tuple[Outcome, Workspace | None]:
        config = self._folder(held.source_id, "aws") / f"{held.token}.ini"
        config.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        config.touch(mode=0o600)
        config.write_text(loaded.aws_config)
        accounts = Accounts(config, self.stacks.engine.endpoint_url)
        try:
            if loaded.kind == "verify":
                self._prover = Prover(loaded, self.settings)
                return self._prover.look(accounts, watch.alive), None
            if loaded.kind in ("apply", "repair", "preview") and loaded.wish.stage == "active":
                refused = self._look(held, loaded, accounts)
                if refused is not None:
                    return Outcome(ok=False, failure=refused), None
            task = task_of(held.source_id, loaded, accounts)
            if loaded.unclean is not None:
                task, failed = self._recovered(held, loaded, task, accounts, watch)
                if failed is not None:
                    return failed, None
            task = replace(task, checkpoint=guards.taken_off(task.checkpoint, loaded.allowed))
            outcome, space = self._settled(held, task, watch, *self._run(held, task, watch))
            return self._with_guards(held, loaded, task, watch, outcome), space
        finally:
            config.unlink(missing_ok=True)

    def _look(self, held: Held, loaded: Loaded, accounts: Accounts) -> Failure | None:
        """Keep everything that is found with the operation; the first refusal, if there is one, stops it."""
        with Session(self.database) as session:
            leases.renew(session, held, self.settings.lease_seconds)
            session.commit()
        view = View(loaded.wish, loaded.environment, accounts, self.settings.subscription_filters)
        found = self.inspect(view, self.settings.lease_seconds * PATIENCE)
        with Session(self.database) as session:
            leases.fence(session, held)
            operation = session.get_one(Operation, loaded.operation_id)
            operation.findings = [asdict(finding) for finding in found]
            session.commit()
        return preflight.refusal(found)

    def _recovered(
        self, held: Held, loaded: Loaded, task: Task, accounts: Accounts, watch: OperationWatch
    ) -> tuple[Task, Outcome | None]:
        """The task begun from what a dead attempt left: its own checkpoint, and what it made without recording it.

        With an outcome where that could not be found out: going on would make things twice.
        """
        assert loaded.unclean is not None  # noqa: S101 - said by the caller; narrows the type.
        token, put_away = loaded.unclean
        folder = self._folder(held.source_id, str(token))
        self.stacks.clean_up(folder)
        for credentials in self._folder(held.source_id, ".").rglob("*.ini"):
            if credentials.name != f"{held.token}.ini":
                credentials.unlink(missing_ok=True)
        left = Workspace(folder, task.stack).read_checkpoint()
        checkpoint = recovery.prune(left) or recovery.prune(put_away) or recovery.prune(task.checkpoint)
        if loaded.kind == "purge":
            return replace(task, checkpoint=recovery.unprotect(checkpoint) if checkpoint else None), None
        task = replace(task, checkpoint=checkpoint, refresh=True)
        planned = self._foretold(held, task, watch)
        if not planned.ok:
            return task, replace(planned, checkpoint=None)
        adopt = recovery.unrecorded(planned.steps, accounts, lambda step: place_of(step, loaded.wish))
        self._say(
            loaded.operation_id,
            events.RECOVERED,
            f"went on after attempt {token}; adopted {len(adopt)}",
            adopted=sorted(adopt),
        )
        return replace(task, adopt=task.adopt | adopt), None

    def _foretold(self, held: Held, task: Task, watch: OperationWatch) -> Outcome:
        """What a task would do, were nothing guarded."""
        free = guards.taken_off(task.checkpoint)
        planned, space = self._run(held, replace(task, command="preview", adopt={}, checkpoint=free), watch)
        space.remove()
        return planned

    def _with_guards(
        self, held: Held, loaded: Loaded, task: Task, watch: OperationWatch, outcome: Outcome
    ) -> Outcome:
        """The outcome with what the engine refused to do for a guard; what was let go and is still there is guarded again."""
        if task.command == "preview":
            return replace(outcome, guarded=guards.guarded(loaded.checkpoint))
        if outcome.ok or task.command != "up":
            return outcome
        outcome = replace(outcome, checkpoint=guards.put_on(outcome.checkpoint, loaded.allowed))
        if outcome.failure is None or outcome.failure.code != GUARDED:
            return outcome
        left = outcome.checkpoint or task.checkpoint
        planned = self._foretold(held, replace(task, checkpoint=left), watch)
        if not planned.ok:
            return replace(planned, checkpoint=outcome.checkpoint)
        return replace(outcome, refused=planned.steps, guarded=guards.guarded(left))

    def _settled(
        self, held: Held, task: Task, watch: OperationWatch, outcome: Outcome, space: Workspace
    ) -> tuple[Outcome, Workspace]:
        """After an adoption, the program once more.

        An import leaves in the state what AWS answered, also where the program says nothing; the next check would
        take it for what is wanted. A run that finds everything as it is puts the program's own inputs there.
        """
        if not task.adopt or not outcome.ok:
            return outcome, space
        again, space = self._run(
            held, replace(task, adopt={}, refresh=False, checkpoint=outcome.checkpoint), watch
        )
        return replace(again, changes=outcome.changes, steps=outcome.steps), space

    def _run(self, held: Held, task: Task, watch: OperationWatch) -> tuple[Outcome, Workspace]:
        folder = self._folder(
            held.source_id, str(held.token) if task.command != "preview" else f"{held.token}-preview"
        )
        following = Workspace(folder, task.stack)
        saved = following.read_checkpoint if task.command in ("up", "destroy") else lambda: None
        watch.follow(following.events_path, saved)
        began = time.monotonic()
        try:
            return self.stacks.run(task, folder, watch)
        finally:
            self._engine_seconds += time.monotonic() - began

    def _folder(self, source_id: str, name: str) -> Path:
        return self.settings.home_path / "operations" / source_id / name

    def _say(self, operation_id: str, name: str, message: str, **data: object) -> None:
        with Session(self.database) as session:
            events.add(session, operation_id, name, message, **data)
            session.commit()

    # Write back

    def _write_back(self, held: Held, operation_id: str, loaded: Loaded | None, outcome: Outcome) -> None:
        with Session(self.database) as session:
            leases.fence(session, held)
            source = session.get_one(Source, held.source_id, with_for_update={"key_share": True})
            operation = session.get_one(Operation, operation_id)
            operation.engine_seconds += self._engine_seconds
            if loaded is not None and loaded.kind in conclude.CHANGING:
                conclude.keep_checkpoint(session, held, outcome)
                if outcome.checkpoint is not None:
                    source.stack = observation.of(outcome, operation.generation, self.stacks.engine)
            session.flush()
            session.refresh(source, ["checkpoint_id", "checkpoint_token"])
            self._conclude(session, source, operation, loaded, outcome)
            if self._seen is not None:
                conclude.note_access(source, operation, self._seen)
            state = operation.state
            session.commit()
        log.info(
            "operation.ended", state=state, code=outcome.failure and outcome.failure.code, node=held.holder
        )

    def _conclude(
        self, session: Session, source: Source, operation: Operation, loaded: Loaded | None, outcome: Outcome
    ) -> None:
        if self._prover is not None and self._prover.concluded(session, source, operation):
            return
        if outcome.ok and loaded is not None:
            if loaded.kind == "retire" and not loaded.drained:
                self._drain(session, source, operation, loaded)
                return
            conclude.succeeded(session, source, operation, outcome, loaded.wish_hash)
            return
        wish = loaded.wish_hash if loaded is not None else known_wish(source, self.environments)
        if loaded is not None and loaded.allowed:
            # What was approved goes on with another try: the state has moved by this very plan.
            operation.fingerprint = fingerprint(source.checkpoint_id, wish)
        again = conclude.failed(
            session,
            source,
            operation,
            outcome,
            wish,
            max_attempts=self.settings.max_attempts,
            base=self.settings.retry_base,
        )
        if again is not None:
            queue.wake(session, source.id, after=max(0.0, (again - now()).total_seconds()))

    def _drain(self, session: Session, source: Source, operation: Operation, loaded: Loaded) -> None:
        """The filters are gone; what Firehose still buffers is delivered before its stream goes too."""
        seconds = (loaded.wish.spec.drain_seconds + DRAIN_MARGIN) / self.settings.sandbox_time_scale
        operation.progress = {**operation.progress, "drained": True}
        records.requeue(
            session,
            operation,
            now() + timedelta(seconds=seconds),
            "the delivery buffer to drain",
            counted=False,
        )
        conclude.settle_phase(session, source)
        queue.wake(session, source.id, after=seconds)
