"""Everything that a run of an operation needs, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from programs.wish import Wish
from service.engine.credentials import aws_config, base_identity
from service.engine.outcome import Outcome
from service.engine.reasons import Failure
from service.environments import Environment, Environments
from service.models import Attempt, Operation, Source
from service.plans import fingerprint, lets_go
from service.settings import Settings
from service.wish import Stage, effective_wish, wish_of

from . import conclude, leases, records
from .leases import Held


@dataclass(frozen=True)
class Loaded:
    """Everything a run needs, read in one transaction."""

    operation_id: str
    kind: str
    wish: Wish
    wish_hash: str
    environment: Environment
    aws_config: str
    checkpoint: bytes | None
    unclean: tuple[int, bytes | None] | None
    """Token and last seen checkpoint of an attempt that did not end well."""
    drained: bool = False
    progress: dict[str, Any] = field(default_factory=dict)
    """How far an operation has come that goes on in several looks."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """Of the stack, as they were last seen."""
    allowed: frozenset[str] = frozenset()
    """The URNs of guarded things that somebody has agreed to let go, in the plan that still holds."""


def load(
    session: Session, held: Held, operation_id: str, environments: Environments, settings: Settings
) -> Loaded:
    """Read a started operation, under the lease's fence; notes the attempt if it may change AWS.

    Raises:
        KeyError: the environment is not configured any more.
        pydantic.ValidationError: the stored spec does not fit this version's programs.
        LeaseLost: the lease was overtaken.
    """
    leases.fence(session, held)
    operation = session.get_one(Operation, operation_id)
    source = session.get_one(Source, held.source_id)
    environment = environments.get(source.environment)
    dead = records.open_attempt(session, operation, held) if operation.kind in conclude.CHANGING else None
    wish = effective_wish(wish_of(source, environment))
    base = base_identity(settings.mode, settings.home_path, settings.aws_credential_source)
    endpoint = settings.sandbox_url if settings.mode == "sandbox" else None
    return Loaded(
        operation_id=operation_id,
        kind=operation.kind,
        wish=wish_of(source, environment, _stage(operation)),
        wish_hash=wish,
        environment=environment,
        aws_config=aws_config(environment, operation_id, base, endpoint),
        checkpoint=records.checkpoint_body(session, source.checkpoint_id),
        unclean=_unclean(session, dead),
        drained="drained" in operation.progress,
        progress=operation.progress,
        outputs=source.stack.get("outputs", {}),
        allowed=_allowed(source, operation, wish),
    )


def _allowed(source: Source, operation: Operation, wish: str) -> frozenset[str]:
    """Nothing where the plan has moved since it was approved: the engine refuses again, and the new plan waits in turn."""
    if operation.approved_by is None or operation.fingerprint != fingerprint(source.checkpoint_id, wish):
        return frozenset()
    return lets_go(operation.plan)


def _stage(operation: Operation) -> Stage | None:
    if operation.kind == "retire":
        return "retired" if "drained" in operation.progress else "draining"
    return None


def _unclean(session: Session, dead: Attempt | None) -> tuple[int, bytes | None] | None:
    return None if dead is None else (dead.token, records.checkpoint_body(session, dead.checkpoint_id))


def cannot_load(error: Exception) -> Outcome:
    """What is written down when `load` could not read the wish."""
    if isinstance(error, FileNotFoundError):
        failure = Failure(
            "service_identity_missing",
            "The service has no identity on this node.",
            "Run `logflume bootstrap`.",
        )
    elif isinstance(error, KeyError):
        failure = Failure(
            "environment_gone",
            f"The environment {error} is not configured any more.",
            "Put it back, then ask for apply.",
        )
    else:
        failure = Failure(
            "spec_invalid",
            f"The stored spec does not fit this version: {error}",
            "Correct the source with a PUT.",
        )
    return Outcome(ok=False, failure=failure)


def broke(error: Exception) -> Failure:
    """A fault of ours: the type alone, since its text may hold anything; the log has the rest."""
    return Failure(
        "internal",
        f"logflume failed: {type(error).__name__}.",
        "This is a fault of logflume; its log says where.",
    )
