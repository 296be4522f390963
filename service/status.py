"""What a source is, and what to do next. Pure: no clock, no database, no engine.

Conditions are written by `mark_reconciling`, `mark_ready` and `mark_stalled` alone; each writes the whole triple
Ready / Reconciling / Stalled, so an impossible mix cannot be stored. `observe` adds what stands beside it
(AccessWidened, Drifted, Delivering).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Conditions = list[dict[str, Any]]
PATIENT = "verify"
"""The kind of operation that waits for the world most of its time: it holds nothing else up."""
LIVE = ("queued", "running", "awaiting_approval")
FINAL = ("succeeded", "failed", "cancelled", "superseded", "rejected")

PRIORITY = {"user": 40, "approval": 30, "repair": 20, "rollout": 10, "check": 0, PATIENT: 0}


def mark_reconciling(conditions: Conditions, reason: str, message: str, at: datetime) -> Conditions:
    """An operation works on the stack; Ready keeps what it was, since what was made still stands."""
    ready = _status(conditions, "Ready") or "Unknown"
    now = [
        ("Ready", ready, reason, message),
        ("Reconciling", "True", reason, message),
        ("Stalled", "False", reason, ""),
    ]
    return _write(conditions, now, at)


def mark_ready(conditions: Conditions, reason: str, message: str, at: datetime) -> Conditions:
    """The wish is true."""
    now = [
        ("Ready", "True", reason, message),
        ("Reconciling", "False", reason, ""),
        ("Stalled", "False", reason, ""),
    ]
    return _write(conditions, now, at)


def mark_stalled(conditions: Conditions, reason: str, message: str, at: datetime) -> Conditions:
    """The wish is not true and nothing more is tried by itself."""
    now = [
        ("Ready", "False", reason, message),
        ("Reconciling", "False", reason, ""),
        ("Stalled", "True", reason, message),
    ]
    return _write(conditions, now, at)


def observe(
    conditions: Conditions,
    kind: Literal["AccessWidened", "Drifted", "Delivering"],
    status: bool,
    reason: str,
    message: str,
    at: datetime,
) -> Conditions:
    """Note what a check or a proof saw, beside the triple."""
    return _write(conditions, [(kind, "True" if status else "False", reason, message)], at)


def delivering(
    conditions: Conditions, problem: str | None, proof: dict[str, Any] | None, at: datetime
) -> Conditions:
    """Whether logs arrive, by what AWS says of its own last delivery and by the last proof; the problem of now comes first.

    Where neither has ever said anything, nothing is said.
    """
    if problem is not None:
        message = f"The last delivery failed: {problem}"
        return observe(conditions, "Delivering", False, "DeliveryFailed", message, at)
    if proof is not None:
        reason = "Proved" if proof["proved"] else "ProofFailed"
        return observe(conditions, "Delivering", proof["proved"], reason, proof["message"], at)
    if _status(conditions, "Delivering") is not None:
        return observe(conditions, "Delivering", True, "Delivered", "", at)
    return conditions


def _status(conditions: Conditions, kind: str) -> str | None:
    return next((c["status"] for c in conditions if c["type"] == kind), None)


def _write(conditions: Conditions, new: Sequence[tuple[str, str, str, str]], at: datetime) -> Conditions:
    """Replace conditions by type; the transition time moves only when the status does."""
    kept = {c["type"]: c for c in conditions}
    for kind, status, reason, message in new:
        old = kept.get(kind)
        since = old["last_transition_time"] if old and old["status"] == status else at.isoformat()
        kept[kind] = {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "last_transition_time": since,
        }
    return [kept[kind] for kind in sorted(kept)]


@dataclass(frozen=True)
class Transition:
    """A condition whose status has moved; `before` is None for one that was not there."""

    kind: str
    before: str | None
    status: str
    reason: str
    message: str


def transitions(before: Conditions, after: Conditions) -> tuple[Transition, ...]:
    """What has moved from one state of the conditions to another: a new reason or message for the same status has not."""
    return tuple(
        Transition(c["type"], _status(before, c["type"]), c["status"], c["reason"], c["message"])
        for c in after
        if _status(before, c["type"]) != c["status"]
    )


def phase_of(desired: str, conditions: Conditions, observed_generation: int, live: Sequence[str]) -> str:
    """The one word of a source's status, from what is wanted, what was seen and the kinds of live operations."""
    if desired == "purged":
        return "purged" if not live else "purging"
    if "purge" in live:
        return "purging"
    if _status(conditions, "Stalled") == "True":
        return "stalled"
    if desired == "retired":
        return "retiring" if "retire" in live or _status(conditions, "Ready") != "True" else "retired"
    if _status(conditions, "Reconciling") == "True":
        return "reconciling"
    if _status(conditions, "Ready") == "True":
        return "ready"
    return "pending" if observed_generation == 0 else "reconciling"


@dataclass(frozen=True)
class Queued:
    """A live operation as `decide` sees it."""

    id: str
    kind: str
    state: str
    priority: int
    queued_at: datetime
    not_before: datetime | None = None
    cancel: bool = False
    stale: bool = False
    """A plan that waits for approval of a wish that has moved since: nobody can approve it any more."""


@dataclass(frozen=True)
class Facts:
    """A source as `decide` sees it."""

    desired: str
    suspended: bool
    wish: str
    """The effective wish now."""
    observed_wish: str | None
    failed_wish: str | None
    """The effective wish that ended Stalled: it is not tried again by itself."""
    operations: tuple[Queued, ...]
    given_up: bool = False
    """Somebody cancelled the newest apply or retire of the current generation: it is not begun again by itself."""
    check_at: datetime | None = None
    """When it is looked at for changes made by hand; None: never by itself."""
    repair_at: datetime | None = None
    """When what a check found is put back; None: there is nothing to put back, or nobody wants that."""
    prove_at: datetime | None = None
    """When its delivery is proved; None: never by itself."""


@dataclass(frozen=True)
class Run:
    """Run this operation now."""

    operation_id: str


@dataclass(frozen=True)
class Ask:
    """Nobody asked, but there is work: make an operation of this kind."""

    kind: str
    reason: str


@dataclass(frozen=True)
class Wait:
    """Nothing can be done before `until`."""

    until: datetime


@dataclass(frozen=True)
class Rest:
    """There is nothing to do."""


Decision = Run | Ask | Wait | Rest


def decide(facts: Facts, now: datetime) -> Decision:
    """What the holder of the lease does next.

    A `running` operation under a fresh lease is one whose worker died: it comes first, since its leftovers block the rest.
    Then queued ones by priority and age; one that waits for its retry or for a buffer to drain holds up automatic work only.
    """
    orphan = next((o for o in facts.operations if o.state == "running"), None)
    if orphan is not None:
        return Run(orphan.id)
    queued = [o for o in facts.operations if o.state == "queued"]
    due = [o for o in queued if o.cancel or o.not_before is None or o.not_before <= now]
    if due:
        return Run(min(due, key=lambda o: (not o.cancel, -o.priority, o.queued_at, o.id)).id)
    waiting = [o for o in queued if o.not_before is not None]
    if all(o.kind == PATIENT for o in waiting):
        mine = Rest() if facts.suspended or facts.desired == "purged" else _by_itself(facts, now)
        if isinstance(mine, Ask) or not waiting:
            return mine
    return Wait(min(o.not_before for o in waiting if o.not_before is not None))


def _by_itself(facts: Facts, now: datetime) -> Decision:
    """Work that nobody asked for: the effective wish has moved since it was last made true or given up, a check has found
    something to put back, or it is time to look. While a plan waits for approval, looking is all that is done.
    """
    settled = facts.wish in (facts.observed_wish, facts.failed_wish) or facts.given_up
    waits = any(o.kind != PATIENT and not o.stale for o in facts.operations)
    if not settled and not waits:
        kind = "apply" if facts.desired == "active" else "retire"
        return Ask(kind, "the wish, its environment or the program has changed")
    if facts.repair_at is not None and facts.repair_at <= now and not waits:
        return Ask("repair", "something was changed by hand")
    if facts.check_at is not None and facts.check_at <= now:
        return Ask("check", "it is time to look for changes made by hand")
    if facts.prove_at is not None and facts.prove_at <= now and not facts.operations:
        return Ask(PATIENT, "it is time to prove delivery")
    return Rest()


def retry_at(now: datetime, attempt: int, base: float) -> datetime:
    """When a transient failure of attempt `attempt` (from 1) is tried again."""
    return now + timedelta(seconds=base * 2 ** (attempt - 1))
