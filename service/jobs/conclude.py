"""From what an engine run did to what is stored of it: the source's facts and the operation's end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service import conditions, drift, events, outbox
from service.drift_policy import policy_of
from service.engine.outcome import Outcome, Step
from service.engine.reasons import Failure
from service.exposure.widened import Seen
from service.models import Operation, Source, now
from service.plans import fingerprint, plan_of, told
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
        marked = mark_reconciling(source.conditions, _REASON[operation.kind], message, now())
        conditions.store(source, marked)


def cancelled_before_start(session: Session, source: Source, operation: Operation) -> None:
    """An operation that was cancelled while it waited. The wish has not failed: what was cancelled is told by the operation."""
    records.finish(session, operation, "cancelled", f"cancelled by {operation.cancel_requested_by}")
    if operation.kind in CHANGING:
        message = "Cancelled. Ask for apply when you want it done."
        conditions.store(source, mark_stalled(source.conditions, "Cancelled", message, now()))
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
        fields["plan"] = plan_of(outcome.steps, outcome.guarded)
        fields["fingerprint"] = fingerprint(source.checkpoint_id, wish)
    records.finish(session, operation, "succeeded", _summary(outcome.changes), **fields)
    if operation.kind in CHANGING:
        _made_true(source, operation, wish)
    if operation.kind == "check":
        note_drift(session, source, operation, outcome.steps)
    settle_phase(session, source)


def _made_true(source: Source, operation: Operation, wish: str) -> None:
    source.observed_wish, source.failed_wish = wish, None
    source.observed_generation = max(source.observed_generation, operation.generation)
    if operation.kind == "purge":
        source.desired = "purged"
    message = f"generation {operation.generation} is in place"
    marked = mark_ready(source.conditions, _DONE[operation.kind], message, now())
    # Other kinds do not look at what there is, so what a check has found stands until the next one.
    if operation.kind == "repair":
        source.drift = drift.repaired(source.drift, by_itself=operation.requested_by == records.BY_ITSELF)
        marked = observe(marked, "Drifted", False, _DONE[operation.kind], "", now())
    conditions.store(source, marked)
    if operation.kind == "repair":
        note_access(source, operation, Seen((), ()))


def note_drift(session: Session, source: Source, operation: Operation, steps: tuple[Step, ...]) -> None:
    """Store what a check found; an empty finding is a finding too. It is told in the check's story when that is news."""
    at = now()
    source.drift = drift.found(source.drift, plan_of(steps), policy_of(source.drift_policy), at)
    drifted, reason, message = _told(source.drift, steps)
    moved = conditions.store(source, observe(source.conditions, "Drifted", drifted, reason, message, at))
    if any(one.kind == "Drifted" and (drifted or one.before == "True") for one in moved):
        events.add(session, operation.id, events.DRIFT, message or "in sync again", drifted=drifted)


def _told(seen: drift.Drift, steps: tuple[Step, ...]) -> tuple[bool, str, str]:
    """Whether something was changed by hand, with reason and message of the condition."""
    if not seen["drifted"]:
        return False, "InSync", ""
    left = {change["urn"] for change in seen["changes"] if drift.open_change(change)}
    names = {f"{step.type.rpartition(':')[2]} {step.name}" for step in steps if step.urn in left}
    message = f"changed outside logflume: {', '.join(sorted(names))}"
    if not drift.too_often(seen):
        return True, "ChangedByHand", message
    return (
        True,
        "RepairedTooOften",
        f"{message}; it comes back whenever it is put back, so it is left for now",
    )


def note_access(source: Source, operation: Operation, seen: Seen) -> None:
    """Store who was found to have access beyond what is meant. Drift that was dismissed is told here still: it lets them in."""
    source.drift = {**source.drift, "access": {"changes": list(seen.changes)}}
    if operation.kind == "check":
        operation.findings = seen.findings
    widened, message = bool(seen.openings), seen.message
    reason = "ChangedByHand" if widened else "AsMeant"
    conditions.store(source, observe(source.conditions, "AccessWidened", widened, reason, message, now()))


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
    if outcome.refused:
        await_approval(session, source, operation, outcome, wish)
        return None
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


def await_approval(
    session: Session, source: Source, operation: Operation, outcome: Outcome, wish: str
) -> None:
    """The engine refused to take something guarded away: what it would do is stored, and waits for somebody to approve it."""
    plan = plan_of(outcome.refused, outcome.guarded)
    message = f"waits until somebody approves: {told(plan)}"
    operation.state, operation.token, operation.not_before = "awaiting_approval", None, None
    operation.waiting_for, operation.approved_by, operation.error = "approval", None, None
    operation.plan, operation.fingerprint = plan, fingerprint(source.checkpoint_id, wish)
    operation.progress = {**operation.progress, "wish": wish}
    session.add(operation)
    events.add(session, operation.id, events.AWAITING_APPROVAL, message)
    outbox.tell_awaiting(session, source, operation, message)
    marked = mark_reconciling(source.conditions, "AwaitingApproval", f"{operation.kind} {message}", now())
    conditions.store(source, marked)
    settle_phase(session, source)


def _give_up(source: Source, wish: str, failure: Failure) -> None:
    """Nothing more is tried by itself until the wish moves or somebody asks."""
    source.failed_wish = wish
    message = f"{failure.message} {failure.hint}"
    conditions.store(source, mark_stalled(source.conditions, _camel(failure.code), message, now()))


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
    # A run that was refused for a guard alone has ended as properly as one that had nothing to do.
    records.close_attempt(session, held, clean=outcome.ok or bool(outcome.refused))


def _summary(changes: dict[str, int]) -> str:
    done = [f"{count} {kind}" for kind, count in changes.items() if count and kind != "same"]
    return ", ".join(done) or "nothing to change"
