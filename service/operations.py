"""Use cases on operations: ask for one, cancel, approve or reject it.

Each is one write and one wake-up; the caller commits. Rows are locked in one order, source then operation, so
that two people who decide at once wait for each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any, Literal, get_args

from sqlmodel import Session, col, select

from . import conditions, events, outbox, queries
from .auth import Caller
from .environments import Environments
from .errors import FieldError, Forbidden, Invalid, NotCancellable, StaleApproval, WrongPhase
from .jobs.conclude import settle_phase
from .jobs.queue import wake
from .models import Audit, Operation, Source, now
from .plans import fingerprint
from .status import PRIORITY, mark_stalled
from .wish import known_wish

Askable = Literal["preview", "apply", "check", "repair", "verify"]
"""What is asked for directly; retire and purge come from their own calls."""
_ON_RETIRED = ("check", "repair")
"""A retired source still has a store to look at and to mend."""


def ask(session: Session, caller: Caller, source_id: str, kind: str, reason: str = "") -> Operation:
    """Queue an operation on the wish as it is.

    Raises:
        NotFound, Forbidden, Invalid (kind), WrongPhase (nothing is left to work on, or a proof is under way).
    """
    source = locked_source(session, source_id)
    caller.must("operate", source.team)
    if kind not in get_args(Askable):
        hint = f"One of {', '.join(get_args(Askable))}; retire and purge have calls of their own."
        raise Invalid("No such operation can be asked for.", errors=[FieldError("/kind", hint)])
    if source.desired != "active" and not (source.desired == "retired" and kind in _ON_RETIRED):
        raise WrongPhase(
            f"{source.name} is {source.desired}: {kind} has nothing to work on. Restore it first."
        )
    if kind == "verify" and live(session, source.id, ["verify"]):
        raise WrongPhase(f"A proof of {source.name} is already under way: both would read the same queue.")
    audit(session, caller, kind, f"source/{source.id}", {"reason": reason})
    return queue(session, source, kind, caller, reason)


def cancel(session: Session, caller: Caller, operation_id: str) -> Operation:
    """End what waits at once, and ask the worker to end what runs.

    Raises:
        NotFound, Forbidden, NotCancellable (it has ended).
    """
    source, operation = _locked(session, operation_id)
    caller.must("cancel", source.team)
    if operation.finished_at is not None:
        raise NotCancellable(f"The operation has ended: {operation.state}.", operation_id=operation.id)
    operation.cancel_requested_by = caller.name
    if operation.state != "running":
        waited, message = operation.state == "awaiting_approval", f"Cancelled by {caller.name}."
        finish(session, operation, "cancelled", message)
        if waited:
            _turned_down(session, source, operation, "Cancelled", message)
    audit(session, caller, "cancel", f"operation/{operation.id}")
    session.flush()
    wake(session, source.id)
    return operation


def approve(
    session: Session, caller: Caller, environments: Environments, operation_id: str, plan: str
) -> Operation:
    """Let a guarded plan run, as it was read: `plan` is the fingerprint of what the caller saw.

    Raises:
        NotFound, Forbidden (not an operator, or the one who asked), WrongPhase (it waits for no approval),
        StaleApproval (the plan has moved).
    """
    source, operation = _awaiting(session, caller, operation_id)
    if caller.name == operation.requested_by:
        raise Forbidden("Somebody else has to approve what you asked for.", operation_id=operation.id)
    wish = known_wish(source, environments)
    current = (
        purge_fingerprint(source) if operation.kind == "purge" else fingerprint(source.checkpoint_id, wish)
    )
    if plan != operation.fingerprint or current != operation.fingerprint:
        raise StaleApproval("The plan has changed since you read it; look again.", operation_id=operation.id)
    operation.state, operation.waiting_for, operation.attempt = "queued", None, 0
    operation.approved_by, operation.priority = caller.name, PRIORITY["approval"]
    session.add(operation)
    events.add(session, operation.id, events.APPROVED, f"Approved by {caller.name}.")
    audit(session, caller, "approve", f"operation/{operation.id}", {"fingerprint": plan})
    session.flush()
    wake(session, source.id)
    return operation


def reject(session: Session, caller: Caller, operation_id: str, reason: str = "") -> Operation:
    """Refuse a guarded plan for good.

    Raises:
        NotFound, Forbidden, WrongPhase (it waits for no approval).
    """
    source, operation = _awaiting(session, caller, operation_id)
    message = f"Rejected by {caller.name}. {reason}".strip()
    finish(session, operation, "rejected", message)
    _turned_down(session, source, operation, "Rejected", message)
    audit(session, caller, "reject", f"operation/{operation.id}", {"reason": reason})
    session.flush()
    wake(session, source.id)
    return operation


def _turned_down(session: Session, source: Source, operation: Operation, reason: str, message: str) -> None:
    """The wish that a plan waited for is not tried again by itself. A purge was no wish of the source's."""
    wish = operation.progress.get("wish")
    if wish is None:
        return
    source.failed_wish = wish
    conditions.store(source, mark_stalled(source.conditions, reason, message, now()))
    settle_phase(session, source)


def purge(session: Session, caller: Caller, source_id: str, confirm: str) -> Operation:
    """Plan the end of a retired source and its logs; it waits until another operator approves it.

    Raises:
        NotFound, Forbidden, WrongPhase (not retired, or a purge is under way), Invalid (`confirm`).
    """
    source = locked_source(session, source_id)
    caller.must("purge", source.team)
    if source.desired != "retired":
        raise WrongPhase(f"{source.name} is {source.desired}: only a retired source can be purged.")
    if live(session, source.id, ["purge"]):
        raise WrongPhase(f"A purge of {source.name} is already under way.")
    if confirm != source.name:
        raise Invalid(
            "Purging deletes the logs.", errors=[FieldError("/confirm", "Repeat the source's name.")]
        )
    audit(session, caller, "purge", f"source/{source.id}")
    operation = Operation(
        source_id=source.id,
        kind="purge",
        state="awaiting_approval",
        generation=source.generation,
        requested_by=caller.name,
        waiting_for="approval by another operator",
        plan=[
            {"urn": r.get("urn"), "op": "delete", "properties": []} for r in source.stack.get("resources", [])
        ],
        fingerprint=purge_fingerprint(source),
    )
    message = "Waits until another operator approves it."
    outbox.tell_awaiting(session, source, operation, message)
    return _added(session, operation, events.AWAITING_APPROVAL, message)


def purge_fingerprint(source: Source) -> str:
    """What an approver of a purge agreed to: this wish, on this checkpoint."""
    seen = [source.id, source.generation, source.checkpoint_id]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def queue(session: Session, source: Source, kind: str, caller: Caller, reason: str = "") -> Operation:
    """Add a queued operation and wake a worker. An apply or retire takes the place of those that wait; a repair, too, of
    those that wait for approval: what they were to do moves with it."""
    if kind in ("apply", "retire", "repair"):
        for older in live(session, source.id, ["apply", "retire", "repair"]):
            waits = older.state == "queued" and "repair" not in (kind, older.kind)
            if waits or older.state == "awaiting_approval":
                finish(session, older, "superseded", f"Generation {source.generation} takes its place.")
    operation = Operation(
        source_id=source.id,
        kind=kind,
        generation=source.generation,
        requested_by=caller.name,
        reason=reason,
        priority=PRIORITY["user"],
    )
    _added(session, operation, events.QUEUED, f"Asked for by {caller.name}.")
    wake(session, source.id)
    return operation


def finish(session: Session, operation: Operation, state: str, message: str) -> None:
    """End an operation that is not running."""
    operation.state, operation.waiting_for, operation.finished_at = state, None, now()
    session.add(operation)
    events.add(session, operation.id, state, message)


def live(session: Session, source_id: str, kinds: Collection[str]) -> list[Operation]:
    """Operations of these kinds that have not ended, locked, oldest first."""
    statement = select(Operation).where(
        Operation.source_id == source_id, col(Operation.kind).in_(kinds), col(Operation.finished_at).is_(None)
    )
    return list(session.exec(statement.order_by(col(Operation.queued_at)).with_for_update(key_share=True)))


def locked_source(session: Session, source_id: str) -> Source:
    """The source as it is now; nobody else changes it before the transaction ends. Raises NotFound."""
    source = queries.source(session, source_id)
    session.refresh(source, with_for_update={"key_share": True})
    return source


def audit(
    session: Session, caller: Caller, action: str, target: str, detail: dict[str, Any] | None = None
) -> None:
    """Note who did what."""
    session.add(Audit(principal=caller.name, action=action, target=target, detail=detail or {}))


def _added(session: Session, operation: Operation, event: str, message: str) -> Operation:
    session.add(operation)
    session.flush()
    events.add(session, operation.id, event, message)
    return operation


def _locked(session: Session, operation_id: str) -> tuple[Source, Operation]:
    operation = queries.operation(session, operation_id)
    source = locked_source(session, operation.source_id)
    session.refresh(operation, with_for_update={"key_share": True})
    return source, operation


def _awaiting(session: Session, caller: Caller, operation_id: str) -> tuple[Source, Operation]:
    source, operation = _locked(session, operation_id)
    caller.must("approve", source.team)
    if operation.state != "awaiting_approval":
        raise WrongPhase(
            f"The operation is {operation.state}; it waits for no approval.", operation_id=operation.id
        )
    return source, operation
