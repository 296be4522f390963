"""From what an engine run did to what is stored of it: the source's facts and the operation's end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import events
from service.drift import open_change, with_dismissals
from service.engine.outcome import Outcome, Step
from service.engine.reasons import Failure
from service.exposure.widened import Seen
from service.models import Operation, Source, now
from service.status import mark_ready, mark_reconciling, mark_stalled, observe, phase_of, retry_at

from . import records
from .leases import Held

CHANGING = ("apply", "repair", "retire", "purge")
"""Kinds that change AWS. A failed check, preview or proof says nothing about the wish."""

_REASON = {"apply": "Applying", "repair": "Repairing", "retire": "Retiring", "purge": "Purging"}
_DONE = {"apply": "Applied", "repair": "Repaired", "retire": "Retired", "purge": "Purged"}


def reconciling(source: Source, operation: Operation) -> None:
    """An operation that changes AWS has begun."""
    if operation.kind in CHANGING:
        message = f"{operation.kind} of generation {operation.generation} is running"
        source.conditions = mark_reconciling(source.conditions, _REASON[operation.kind], message, now())


def cancelled_before_start(session: Session, source: Source, operation: Operation) -> None:
    """An operation that was cancelled while it waited. The wish has not failed: what was cancelled is told by the operation."""
    records.finish(session, operation, "cancelled", f"cancelled by {operation.cancel_requested_by}")
    if operation.kind in CHANGING:
        message = "Cancelled. Ask for apply when you want it done."
        source.conditions = mark_stalled(source.conditions, "Cancelled", message, now())
    settle_phase(session, source)


def lost_too_often(session: Session, source: Source, operation: Operation, wish: str) -> None:
    """Every worker that ran it died."""
    failure = Failure(
        "worker_lost", "Its worker died each time.", "Look at the workers' logs, then ask for apply."
    )
    records.finish(session, operation, "failed", failure.message, error=failure.as_json())
    if operation.kind in CHANGING:
        _give_up(source, wish, failure)
    settle_phase(session, source)


def succeeded(session: Session, source: Source, operation: Operation, outcome: Outcome, wish: str) -> None:
    """The run did what it was for."""
    fields: dict[str, Any] = {"changes": outcome.changes, "error": None}
    if operation.kind == "preview":
        fields["plan"] = plan_of(outcome.steps)
    records.finish(session, operation, "succeeded", _summary(outcome.changes), **fields)
    if operation.kind in CHANGING:
        _made_true(source, operation, wish)
    if operation.kind == "check":
        note_drift(source, outcome.steps)
    settle_phase(session, source)


def _made_true(source: Source, operation: Operation, wish: str) -> None:
    source.observed_wish, source.failed_wish = wish, None
    source.observed_generation = max(source.observed_generation, operation.generation)
    if operation.kind == "purge":
        source.desired = "purged"
    source.conditions = mark_ready(
        source.conditions, _DONE[operation.kind], f"generation {operation.generation} is in place", now()
    )
    if source.drift.get("drifted") or operation.kind == "repair":
        # A dismissed value that was repaired too is a new change when it comes back.
        dismissed = [] if operation.kind == "repair" else source.drift.get("dismissed", [])
        source.drift = {**source.drift, "drifted": False, "changes": [], "dismissed": dismissed}
        source.conditions = observe(source.conditions, "Drifted", False, _DONE[operation.kind], "", now())
    if operation.kind == "repair":
        note_access(source, operation, Seen((), ()))


def note_drift(source: Source, steps: tuple[Step, ...]) -> None:
    """Store what a check found; an empty finding is a finding too. What was dismissed stays so until its value moves."""
    at = now()
    found = {"checked_at": at.isoformat(), "changes": plan_of(steps)}
    source.drift = with_dismissals(found, source.drift.get("dismissed", []))
    drifted: bool = source.drift["drifted"]
    left = {change["urn"] for change in source.drift["changes"] if open_change(change)}
    what = ", ".join(
        sorted({f"{step.type.rpartition(':')[2]} {step.name}" for step in steps if step.urn in left})
    )
    reason, message = ("ChangedByHand", f"changed outside logflume: {what}") if drifted else ("InSync", "")
    source.conditions = observe(source.conditions, "Drifted", drifted, reason, message, at)


def note_access(source: Source, operation: Operation, seen: Seen) -> None:
    """Store who was found to have access beyond what is meant. Drift that was dismissed is told here still: it lets them in."""
    source.drift = {**source.drift, "access": {"changes": list(seen.changes)}}
    if operation.kind == "check":
        operation.findings = seen.findings
    widened, message = bool(seen.openings), seen.message
    reason = "ChangedByHand" if widened else "AsMeant"
    source.conditions = observe(source.conditions, "AccessWidened", widened, reason, message, now())


def failed(
    session: Session,
    source: Source,
    operation: Operation,
    outcome: Outcome,
    wish: str,
    *,
    max_attempts: int,
    base: float,
) -> datetime | None:
    """The run did not do what it was for. Returns when it is tried again, None when it is not."""
    failure = outcome.failure or Failure(
        "engine_failed", "The engine gave no reason.", "Look at the engine's output."
    )
    if outcome.log:
        events.add(session, operation.id, events.ENGINE_OUTPUT, outcome.log[-16_000:])
    if failure.code == "shutdown":
        records.requeue(session, operation, None, "a worker to go on with it", counted=False)
        return now()
    if failure.retryable and operation.attempt < max_attempts:
        at = retry_at(now(), operation.attempt, base)
        operation.error = failure.as_json()
        records.requeue(
            session, operation, at, f"another try after {failure.code}: {failure.message}"[:300], counted=True
        )
        settle_phase(session, source)
        return at
    state = "cancelled" if failure.code == "cancelled" else "failed"
    records.finish(
        session, operation, state, failure.message, error=failure.as_json(), changes=outcome.changes
    )
    if operation.kind in CHANGING:
        _give_up(source, wish, failure)
    settle_phase(session, source)
    return None


def _give_up(source: Source, wish: str, failure: Failure) -> None:
    """Nothing more is tried by itself until the wish moves or somebody asks."""
    source.failed_wish = wish
    source.conditions = mark_stalled(
        source.conditions, _camel(failure.code), f"{failure.message} {failure.hint}", now()
    )


def _camel(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("_"))


def settle_phase(session: Session, source: Source) -> None:
    """Recompute the one word of the source's status."""
    session.flush()
    source.phase = phase_of(
        source.desired, source.conditions, source.observed_generation, records.live_kinds(session, source.id)
    )
    session.add(source)


def keep_checkpoint(session: Session, held: Held, outcome: Outcome) -> None:
    """The state after a changing run counts, whether it succeeded or not: it says what was made."""
    if outcome.checkpoint is not None:
        records.commit_checkpoint(session, held, outcome.checkpoint)
    records.close_attempt(session, held, clean=outcome.ok)


def plan_of(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Steps as the API shows them, those that change nothing left out."""
    return [
        {"urn": step.urn, "op": step.op, "properties": list(step.properties)}
        for step in steps
        if step.op not in ("same", "read", "refresh")
    ]


def _summary(changes: dict[str, int]) -> str:
    done = [f"{count} {kind}" for kind, count in changes.items() if count and kind != "same"]
    return ", ".join(done) or "nothing to change"
