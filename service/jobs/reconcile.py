"""Look at a source: take its lease, load, decide, run, write back, until there is nothing left to do.

Whatever woke the worker, and however often, this is safe: the lease lets one in, the token makes late writes
bounce, and what was done is read from the database, never remembered.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlmodel import Session

from service import preflight
from service.engine.stacks import Stacks
from service.environments import Environments
from service.models import Operation, Source, now
from service.settings import Settings
from service.status import PATIENT, PRIORITY, Ask, Decision, Run, Wait, decide, phase_of
from service.wish import known_wish

from . import conclude, leases, queue, records
from .leases import Held, LeaseLost
from .run import Inspect, Runner

log = structlog.get_logger(__name__)

LOST_ATTEMPTS = 10
"""An operation whose worker died so often is the cause of it, most likely."""


@dataclass
class Reconciler:
    """One worker process's way of looking at sources. Safe to use from several threads."""

    database: Database
    stacks: Stacks
    environments: Environments
    settings: Settings
    node: str
    stopping: threading.Event
    inspect: Inspect = preflight.look

    def look(self, source_id: str) -> None:
        """Do what there is to do for a source, if nobody else is doing it."""
        with structlog.contextvars.bound_contextvars(source_id=source_id):
            while not self.stopping.is_set():
                held = self._take(source_id)
                if held is None:
                    return
                try:
                    self._work(held)
                except LeaseLost as lost:
                    log.warning("lease.lost", detail=str(lost))
                    return
                finally:
                    self._release(held)
                # A wish stored after our last look woke a worker that could not take the lease from us: look again.
                if not self._has_work(source_id):
                    return

    def _take(self, source_id: str) -> Held | None:
        with Session(self.database) as session:
            if session.get(Source, source_id) is None:
                return None
            held = leases.take(session, source_id, self.node, self.settings.lease_seconds)
            session.commit()
        return held

    def _release(self, held: Held) -> None:
        with Session(self.database) as session:
            leases.release(session, held)
            session.commit()

    def _has_work(self, source_id: str) -> bool:
        with Session(self.database) as session:
            source = session.get(Source, source_id)
            return source is not None and isinstance(self.decide(session, source), Run | Ask)

    def _work(self, held: Held) -> None:
        """Run operations one after the other until none is due."""
        while not self.stopping.is_set():
            operation_id = self._begin(held)
            if operation_id is None:
                return
            runner = Runner(
                self.database, self.stacks, self.environments, self.settings, self.stopping, self.inspect
            )
            with structlog.contextvars.bound_contextvars(operation_id=operation_id):
                runner.run(held, operation_id)

    def _begin(self, held: Held) -> str | None:
        """Decide and mark what is run next; None when there is nothing."""
        with Session(self.database) as session:
            leases.renew(session, held, self.settings.lease_seconds)
            leases.fence(session, held)
            # Locked before its operations, in the order in which the use cases lock, so that neither waits for the other.
            source = session.get_one(Source, held.source_id, with_for_update={"key_share": True})
            decision = self.decide(session, source)
            if isinstance(decision, Ask):
                decision = Run(records.ask(session, source, decision).id)
            operation_id = None
            if isinstance(decision, Run):
                operation_id = self._start(
                    session, source, session.get_one(Operation, decision.operation_id), held
                )
            elif isinstance(decision, Wait):
                queue.wake(session, source.id, after=max(0.0, (decision.until - now()).total_seconds()))
            session.commit()
        return operation_id

    def _start(self, session: Session, source: Source, operation: Operation, held: Held) -> str | None:
        if operation.cancel_requested_by is not None and operation.state == "queued":
            conclude.cancelled_before_start(session, source, operation)
            return self._next(session, source, operation, held)
        if records.obsolete(session, source, operation):
            records.finish(session, operation, "superseded", "a newer wish takes its place")
            conclude.settle_phase(session, source)
            return self._next(session, source, operation, held)
        if operation.state == "running" and operation.attempt >= LOST_ATTEMPTS:
            conclude.lost_too_often(session, source, operation, known_wish(source, self.environments))
            return self._next(session, source, operation, held)
        records.start(session, operation, held)
        conclude.reconciling(source, operation)
        source.phase = phase_of(
            source.desired,
            source.conditions,
            source.observed_generation,
            records.live_kinds(session, source.id),
        )
        session.add(source)
        return operation.id

    def _next(self, session: Session, source: Source, ended: Operation, held: Held) -> str | None:
        """After a cancelled one, the next that is due."""
        session.flush()
        decision = self.decide(session, source)
        if isinstance(decision, Run) and decision.operation_id != ended.id:
            return self._start(session, source, session.get_one(Operation, decision.operation_id), held)
        return None

    def decide(self, session: Session, source: Source) -> Decision:
        """What the holder of the lease would do now."""
        environment = self.environments.find(source.environment)
        every = environment.prove_every if environment else None
        return decide(records.facts(session, source, known_wish(source, self.environments), every), now())


def sweep(reconciler: Reconciler) -> int:
    """Wake every source that has work and no wake-up waiting: what was lost on the way is found here. Returns how many.

    Of those that are only due to be looked at, no more at once than leave a place free for people.
    """
    woken = 0
    by = f"{reconciler.node} looks"
    with Session(reconciler.database) as session:
        places = max(1, reconciler.settings.worker_concurrency - 1) - queue.outstanding(session, by)
        for source_id in _candidates(session):
            decision = reconciler.decide(session, session.get_one(Source, source_id))
            looks = isinstance(decision, Ask) and decision.kind in ("check", PATIENT)
            if not isinstance(decision, Run | Ask) or (looks and places <= 0):
                continue
            if queue.waiting(session, source_id):
                continue
            if looks:
                queue.wake(session, source_id, priority=PRIORITY["check"], by=by)
                places -= 1
            else:
                queue.wake(session, source_id, priority=_priority(decision))
            woken += 1
        queue.prune(session)
        session.commit()
    if woken:
        log.info("sweep.woken", count=woken)
    return woken


def _priority(decision: Run | Ask) -> int:
    """A lost wake-up may have been anybody's."""
    return PRIORITY["user"] if isinstance(decision, Run) else PRIORITY.get(decision.kind, PRIORITY["rollout"])


def _candidates(session: Session) -> list[str]:
    """Sources that nobody holds, those first that were looked at longest ago; which have work is decided in one place only."""
    rows = session.connection().execute(
        text(
            "SELECT s.id FROM source s LEFT JOIN lease l ON l.source_id = s.id WHERE s.desired <> 'purged'"
            " AND (l.expires_at IS NULL OR l.expires_at < clock_timestamp())"
            " ORDER BY coalesce(s.drift->>'tried_at', '')"
        )
    )
    return [row.id for row in rows]
