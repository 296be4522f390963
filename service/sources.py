"""Use cases on a source's wish.

Each is one write and one wake-up in the caller's transaction; the caller commits. A change of suspension or
drift policy alone is a new generation (the wish has moved, and so has its ETag), but no operation: the stack it
asks for is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from programs.finding import Finding

from . import conditions, singletons
from .auth import Caller
from .drift import dismissed_drift
from .environments import Environments
from .errors import FieldError, Invalid, NameTaken, PreconditionRequired, StaleWish, WrongPhase
from .jobs.queue import wake
from .models import Generation, Operation, Source, now
from .operations import approve, ask, audit, cancel, finish, live, locked_source, purge, queue, reject
from .requests import Draft, SourceChange, SourceRequest, judge
from .status import observe

__all__ = [
    "SourceChange",
    "SourceRequest",
    "approve",
    "ask",
    "cancel",
    "change",
    "dismiss_drift",
    "etag",
    "inspect_change",
    "inspect_request",
    "purge",
    "reject",
    "request",
    "restore",
    "retire",
    "rollback",
]


def request(
    session: Session, caller: Caller, environments: Environments, body: SourceRequest
) -> tuple[Source, Operation]:
    """Store a new wish and queue its first apply.

    Raises:
        Forbidden, Invalid, NameTaken, SingletonTaken.
    """
    source = judge(caller, environments, body).accepted()
    singletons.claim(session, environments, source)
    try:
        # The unique index decides, so two at once cannot both win; the savepoint keeps the session usable.
        with session.begin_nested():
            session.add(source)
            session.flush()
    except IntegrityError as error:
        raise NameTaken(f"{body.environment} has a source named {body.name}; take another name.") from error
    _keep_generation(session, source, caller, "requested")
    return source, queue(session, source, "apply", caller, "requested")


def inspect_request(
    session: Session, caller: Caller, environments: Environments, body: SourceRequest
) -> Draft:
    """Everything that `request` would say about a wish; nothing is stored. Raises Forbidden."""
    draft = judge(caller, environments, body)
    draft.findings += _held(session, environments, draft.source)
    taken = select(Source.id).where(
        Source.environment == body.environment, Source.name == body.name, col(Source.desired) != "purged"
    )
    if session.exec(taken).first():
        message = f"{body.environment} has a source named {body.name}."
        draft.findings.append(Finding("ERROR", "name_taken", "/name", message, "Take another name."))
    return draft


def _held(session: Session, environments: Environments, source: Source | None) -> Iterator[Finding]:
    for claim, holder in singletons.held(session, environments, source) if source else ():
        message = singletons.taken_by(claim, holder)
        yield Finding("ERROR", "singleton_taken", claim.field, message, "Ask for a change of that source.")


def change(
    session: Session,
    caller: Caller,
    environments: Environments,
    source_id: str,
    body: SourceChange,
    if_match: str | None,
) -> tuple[Source, Operation | None]:
    """Replace the wish. None when no stack has to change.

    Raises:
        NotFound, Forbidden, PreconditionRequired, StaleWish, WrongPhase, Invalid.
    """
    source = locked_source(session, source_id)
    caller.must("write", source.team)
    _must_match(source, if_match)
    _must_be_active(source)
    draft = judge(caller, environments, _whole(source, body), source).accepted()
    return source, _adopt(session, caller, source, draft, "changed")


def inspect_change(
    session: Session,
    caller: Caller,
    environments: Environments,
    source_id: str,
    body: SourceChange,
    if_match: str | None,
) -> Draft:
    """Everything that `change` would say about a wish; nothing is stored."""
    source = locked_source(session, source_id)
    caller.must("write", source.team)
    _must_match(source, if_match)
    _must_be_active(source)
    draft = judge(caller, environments, _whole(source, body), source)
    if draft.wish is not None:
        # What the source has already is its own, and no obstacle.
        draft.wish = draft.wish.model_copy(update={"source_id": source.id})
    return draft


def retire(
    session: Session, caller: Caller, source_id: str, if_match: str | None
) -> tuple[Source, Operation | None]:
    """Stop sending and keep the store. None when that was asked before.

    Raises:
        NotFound, Forbidden, PreconditionRequired, StaleWish, WrongPhase (purged).
    """
    source = locked_source(session, source_id)
    caller.must("write", source.team)
    _must_match(source, if_match)
    if source.desired == "retired":
        return source, None
    _must_be_active(source)
    source.desired = "retired"
    _new_generation(session, source, caller, "retired")
    return source, queue(session, source, "retire", caller, "retired")


def restore(
    session: Session, caller: Caller, environments: Environments, source_id: str
) -> tuple[Source, Operation]:
    """Bring a retired source back onto its store; a purge that only waits is dropped.

    Raises:
        NotFound, Forbidden, WrongPhase (not retired, or being purged), SingletonTaken.
    """
    source = locked_source(session, source_id)
    caller.must("write", source.team)
    if source.desired != "retired":
        raise WrongPhase(f"{source.name} is {source.desired}: only a retired source can be restored.")
    purges = live(session, source.id, ["purge"])
    if any(purge.attempt > 0 or purge.state == "running" for purge in purges):
        raise WrongPhase(f"{source.name} is being purged; its store is going.")
    singletons.claim(session, environments, source)
    for waiting in purges:
        finish(session, waiting, "superseded", "The source was restored.")
    source.desired = "active"
    _new_generation(session, source, caller, "restored")
    return source, queue(session, source, "apply", caller, "restored")


def rollback(
    session: Session, caller: Caller, environments: Environments, source_id: str, generation: int
) -> tuple[Source, Operation | None]:
    """Make an older wish the new one, if it may still be asked for. None when no stack has to change.

    Raises:
        NotFound, Forbidden, WrongPhase, Invalid (no such generation, or one that is refused today).
    """
    source = locked_source(session, source_id)
    caller.must("write", source.team)
    _must_be_active(source)
    old = session.get(Generation, (source.id, generation))
    if old is None:
        problem = FieldError("/generation", f"From 1 to {source.generation}.")
        raise Invalid("There is no such generation.", errors=[problem])
    body = SourceChange.model_validate(
        {"spec": old.spec, "drift_policy": old.drift_policy, "suspended": source.suspended}
    )
    draft = judge(caller, environments, _whole(source, body), source).accepted()
    return source, _adopt(session, caller, source, draft, f"rolled back to generation {generation}")


def dismiss_drift(session: Session, caller: Caller, source_id: str, paths: Sequence[str]) -> Source:
    """Accept drifted values as they are; each shows again once it changes again.

    Raises:
        NotFound, Forbidden, Invalid (a path that has not drifted).
    """
    source = locked_source(session, source_id)
    caller.must("operate", source.team)
    source.drift = dismissed_drift(source.drift, paths)
    if not source.drift["drifted"]:
        conditions.store(source, observe(source.conditions, "Drifted", False, "Dismissed", "", now()))
    session.add(source)
    audit(session, caller, "dismiss_drift", f"source/{source.id}", {"paths": list(paths)})
    session.flush()
    wake(session, source.id)
    return source


def etag(source: Source) -> str:
    """A strong tag of the wish alone: it stays while the status moves."""
    return f'"{source.generation}"'


def _whole(source: Source, body: SourceChange) -> SourceRequest:
    """The change as the request it would be. Raises Invalid where it would be another source."""
    fixed = {"name": source.name, "environment": source.environment, "kind": source.kind}
    errors = [
        FieldError(f"/{key}", f"Stays {stored!r}: to change it, ask for a new source.")
        for key, stored in fixed.items()
        if getattr(body, key) not in (None, stored)
    ]
    if errors:
        raise Invalid("Name, environment and kind of a source cannot change.", errors=errors)
    return SourceRequest(
        **fixed,
        team=body.team or source.team,
        spec=body.spec,
        drift_policy=body.drift_policy,
        suspended=body.suspended,
    )


def _adopt(session: Session, caller: Caller, source: Source, draft: Source, reason: str) -> Operation | None:
    """Take the draft's wish over, as far as it differs."""
    built, kept = (_fields(source, *_BUILT), _fields(source, *_KEPT))
    if (built, kept) == (_fields(draft, *_BUILT), _fields(draft, *_KEPT)):
        return None
    rebuild = built != _fields(draft, *_BUILT)
    for name in (*_BUILT, *_KEPT):
        setattr(source, name, getattr(draft, name))
    if not rebuild and source.observed_generation == source.generation:
        # What stands is what the new generation asks for, too.
        source.observed_generation = source.generation + 1
    _new_generation(session, source, caller, reason)
    if rebuild:
        return queue(session, source, "apply", caller, reason)
    wake(session, source.id)
    return None


_BUILT = ("spec", "team")
"""What the stack is built from."""
_KEPT = ("drift_policy", "suspended")
"""What only says how the stack is looked after."""


def _fields(source: Source, *names: str) -> list[Any]:
    return [getattr(source, name) for name in names]


def _new_generation(session: Session, source: Source, caller: Caller, reason: str) -> None:
    source.generation += 1
    source.updated_at = now()
    session.add(source)
    session.flush()
    _keep_generation(session, source, caller, reason)


def _keep_generation(session: Session, source: Source, caller: Caller, reason: str) -> None:
    session.add(
        Generation(
            source_id=source.id,
            generation=source.generation,
            spec=source.spec,
            drift_policy=source.drift_policy,
            desired=source.desired,
            created_by=caller.name,
            reason=reason,
        )
    )
    audit(session, caller, reason.split()[0], f"source/{source.id}", {"generation": source.generation})


def _must_match(source: Source, if_match: str | None) -> None:
    """RFC 9110, 13.1.1: strong comparison, so a weak tag never matches."""
    if if_match is None:
        raise PreconditionRequired('Send If-Match with the ETag of the source as you read it, or "*".')
    if if_match.strip() != "*" and etag(source) not in [tag.strip() for tag in if_match.split(",")]:
        raise StaleWish(f"The source is now at generation {source.generation}; read it again.")


def _must_be_active(source: Source) -> None:
    if source.desired != "active":
        raise WrongPhase(f"{source.name} is {source.desired}. Restore it first.")
