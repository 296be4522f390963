"""What a worker reads and writes about operations. Each function is one transaction's worth; none commits."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, text, update
from sqlmodel import Session, col, select

from service import drift, events
from service.drift_policy import policy_of
from service.models import Attempt, Checkpoint, Operation, Source, now
from service.schedule import next_check, next_proof
from service.status import LIVE, PATIENT, PRIORITY, Ask, Facts, Queued

from .leases import Held

KEPT_CHECKPOINTS = 10
BY_ITSELF = "logflume"
"""Who has asked for what nobody asked for."""


def facts(session: Session, source: Source, wish: str, prove_every: timedelta | None = None) -> Facts:
    """The source as `decide` wants to see it; `prove_every` is its environment's."""
    rows = session.exec(
        select(Operation).where(Operation.source_id == source.id, col(Operation.state).in_(LIVE))
    ).all()
    at, policy = now(), policy_of(source.drift_policy)
    # What has never stood cannot have been changed; what does not stand as it is wanted is not put back by itself.
    stands = source.observed_wish is not None
    as_wanted = source.observed_wish == wish != source.failed_wish
    seen = drift.last_look(source.drift, source.created_at)
    return Facts(
        desired=source.desired,
        suspended=source.suspended,
        wish=wish,
        observed_wish=source.observed_wish,
        failed_wish=source.failed_wish,
        operations=tuple(_queued(row, wish) for row in rows),
        given_up=_given_up(session, source),
        check_at=next_check(policy, source.id, seen, at) if stands else None,
        prove_at=_prove_at(session, source, prove_every) if as_wanted and prove_every else None,
        repair_at=drift.repair_at(source.drift, policy, at) if as_wanted else None,
    )


def _prove_at(session: Session, source: Source, every: timedelta) -> datetime | None:
    """A proof that came to nothing counts as well: it is not begun again and again."""
    if source.desired != "active":
        return None
    newest = select(func.max(Operation.queued_at)).where(
        Operation.source_id == source.id, Operation.kind == PATIENT
    )
    return next_proof(every, source.id, session.exec(newest).one() or source.created_at)


def _given_up(session: Session, source: Source) -> bool:
    newest = (
        select(Operation.state)
        .where(
            Operation.source_id == source.id,
            Operation.generation == source.generation,
            col(Operation.kind).in_(("apply", "retire")),
        )
        .order_by(col(Operation.queued_at).desc(), col(Operation.id).desc())
        .limit(1)
    )
    return session.exec(newest).first() == "cancelled"


def _queued(row: Operation, wish: str) -> Queued:
    cancel = row.cancel_requested_by is not None
    planned = row.progress.get("wish") if row.state == "awaiting_approval" else None
    stale = planned is not None and planned != wish
    return Queued(row.id, row.kind, row.state, row.priority, row.queued_at, row.not_before, cancel, stale)


def live_kinds(session: Session, source_id: str) -> Sequence[str]:
    """Kinds of the operations that have not ended."""
    return session.exec(
        select(Operation.kind).where(Operation.source_id == source_id, col(Operation.state).in_(LIVE))
    ).all()


def ask(session: Session, source: Source, wanted: Ask) -> Operation:
    """Make an operation that nobody asked for."""
    if wanted.kind == "check":
        source.drift = drift.looking(source.drift, now())
    if wanted.kind == "repair":
        source.drift = drift.repairing(source.drift)
    if wanted.kind not in ("check", PATIENT):
        _drop_stale(session, source)
    operation = Operation(
        source_id=source.id,
        kind=wanted.kind,
        generation=source.generation,
        requested_by=BY_ITSELF,
        reason=wanted.reason,
        priority=PRIORITY.get(wanted.kind, PRIORITY["rollout"]),
    )
    session.add_all([source, operation])
    session.flush()
    events.add(session, operation.id, events.QUEUED, wanted.reason)
    return operation


def _drop_stale(session: Session, source: Source) -> None:
    """End what waits for an approval that nobody can give any more, since the wish has moved."""
    waiting = select(Operation).where(
        Operation.source_id == source.id, Operation.state == "awaiting_approval"
    )
    for operation in session.exec(waiting).all():
        finish(session, operation, "superseded", "The wish has moved since it was planned.")


def start(session: Session, operation: Operation, held: Held) -> None:
    """Mark an operation as run by the holder of this lease."""
    operation.state, operation.token, operation.waiting_for, operation.not_before = (
        "running",
        held.token,
        None,
        None,
    )
    operation.attempt += 1
    operation.started_at = operation.started_at or now()
    session.add(operation)
    if operation.kind == PATIENT and operation.progress:
        return  # It goes on: its story tells of legs, not of looks.
    events.add(
        session,
        operation.id,
        events.STARTED,
        f"attempt {operation.attempt} on {held.holder}",
        attempt=operation.attempt,
    )


def open_attempt(session: Session, operation: Operation, held: Held) -> Attempt | None:
    """Note that a run begins which may change AWS; returns the one before it if that did not end clean."""
    last = session.exec(
        select(Attempt)
        .where(Attempt.source_id == operation.source_id)
        .order_by(col(Attempt.token).desc())
        .limit(1)
    ).first()
    if last is not None and last.token == held.token:
        # Another operation under the same lease: what it begins has not ended yet, however the one before it did.
        unclean = last.result != "clean"
        last.operation_id, last.result, last.ended_at = operation.id, None, None
        session.add(last)
        return last if unclean else None
    if last is None or last.token != held.token:
        session.add(
            Attempt(
                source_id=operation.source_id, token=held.token, operation_id=operation.id, node=held.holder
            )
        )
    return last if last is not None and last.result != "clean" else None


def close_attempt(session: Session, held: Held, clean: bool) -> None:
    """Note how the run ended."""
    session.connection().execute(
        update(Attempt)
        .where(col(Attempt.source_id) == held.source_id, col(Attempt.token) == held.token)
        .values(ended_at=now(), result="clean" if clean else "unclean")
    )


def put_away(session: Session, held: Held, body: bytes) -> Checkpoint:
    """Store a checkpoint of a run that goes on, for a successor; it does not count yet."""
    checkpoint = Checkpoint(source_id=held.source_id, token=held.token, body=gzip.compress(body, 3))
    session.add(checkpoint)
    session.flush()
    session.connection().execute(
        update(Attempt)
        .where(col(Attempt.source_id) == held.source_id, col(Attempt.token) == held.token)
        .values(checkpoint_id=checkpoint.id)
    )
    return checkpoint


def commit_checkpoint(session: Session, held: Held, body: bytes) -> Checkpoint:
    """Make a checkpoint the one that counts, by compare-and-set with the token; older ones are thinned out."""
    checkpoint = put_away(session, held, body)
    moved = session.connection().execute(
        text(
            "UPDATE source SET checkpoint_id = :id, checkpoint_token = :token WHERE id = :source AND checkpoint_token <= :token"
        ),
        {"id": checkpoint.id, "token": held.token, "source": held.source_id},
    )
    if moved.rowcount != 1:
        raise RuntimeError(
            f"checkpoint of token {held.token} came after a newer one"
        )  # The fence makes this impossible.
    _thin_out(session, held, checkpoint)
    return checkpoint


def _thin_out(session: Session, held: Held, kept: Checkpoint) -> None:
    """Drop this run's intermediate checkpoints, and all but the newest few of the source."""
    of_source = col(Checkpoint.source_id) == held.source_id
    newest = (
        select(Checkpoint.id)
        .where(of_source)
        .order_by(col(Checkpoint.token).desc(), col(Checkpoint.created_at).desc())
        .limit(KEPT_CHECKPOINTS)
    )
    session.connection().execute(
        delete(Checkpoint).where(
            of_source, col(Checkpoint.token) == held.token, col(Checkpoint.id) != kept.id
        )
    )
    session.connection().execute(
        delete(Checkpoint).where(of_source, col(Checkpoint.id).not_in(newest), col(Checkpoint.id) != kept.id)
    )


def checkpoint_body(session: Session, checkpoint_id: str | None) -> bytes | None:
    """The state that a checkpoint holds; None for no checkpoint. One that is named and gone is never taken for none."""
    return gzip.decompress(session.get_one(Checkpoint, checkpoint_id).body) if checkpoint_id else None


def obsolete(session: Session, source: Source, operation: Operation) -> bool:
    """Whether it has been overtaken: an apply or retire by a newer one or its opposite, a proof by any other wish."""
    if operation.kind == PATIENT:
        return source.desired != "active" or operation.generation != source.generation
    if operation.kind not in ("apply", "retire"):
        return False
    if operation.kind != {"active": "apply", "retired": "retire"}.get(source.desired):
        return True
    newer = select(Operation.id).where(
        Operation.source_id == source.id,
        col(Operation.kind).in_(("apply", "retire")),
        col(Operation.state).in_(LIVE),
        Operation.generation > operation.generation,
    )
    return session.exec(newer).first() is not None


def finish(session: Session, operation: Operation, state: str, message: str = "", **fields: Any) -> None:
    """End an operation."""
    operation.state, operation.finished_at, operation.waiting_for, operation.not_before = (
        state,
        now(),
        None,
        None,
    )
    for name, value in fields.items():
        setattr(operation, name, value)
    session.add(operation)
    events.add(session, operation.id, state, message)


def requeue(
    session: Session,
    operation: Operation,
    until: datetime | None,
    waiting_for: str,
    *,
    counted: bool,
    told: bool = True,
) -> None:
    """Put an operation back in the queue: after a passing failure, a stopped worker, or to wait for the world.

    `told`: whether its story says so.
    """
    operation.state, operation.not_before, operation.waiting_for, operation.token = (
        "queued",
        until,
        waiting_for,
        None,
    )
    if not counted:
        operation.attempt = max(0, operation.attempt - 1)
    session.add(operation)
    if told:
        events.add(session, operation.id, events.WAITING, waiting_for)
