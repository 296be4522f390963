"""From a stored source and its environment to what the engine is asked to make true. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import ValidationError

from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE, AccountAccess
from programs.wish import Wish

from .environments import Account, Environment, Environments
from .models import Source

Stage = Literal["active", "draining", "retired"]


def wish_of(source: Source, environment: Environment, stage: Stage | None = None) -> Wish:
    """The wish of a source; `stage` overrides the one its desired state implies (a retire drains first).

    Raises:
        pydantic.ValidationError: the stored spec is not valid for the program of this version.
    """
    return Wish.model_validate(
        {
            "source_id": source.id,
            "name": source.name,
            "environment": source.environment,
            "team": source.team,
            "kind": source.kind,
            "spec": source.spec,
            "production": _access(environment.production, PRODUCTION_PROFILE),
            "log": _access(environment.log, LOG_PROFILE),
            "replica_region": environment.replica_region,
            "readers": environment.readers,
            "consumers": environment.consumers,
            # Other kinds have nothing to do when the place of syslog servers moves.
            "syslog": environment.syslog if source.kind == "syslog" else None,
            "stage": stage or ("active" if source.desired == "active" else "retired"),
        }
    )


def effective_wish(wish: Wish) -> str:
    """Hash of spec, environment and program version: when it moves, the source has work."""
    canonical = json.dumps(wish.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def known_wish(source: Source, environments: Environments) -> str:
    """The effective wish; where it cannot be told (no such environment, a spec that no longer fits), what was last known."""
    try:
        return effective_wish(wish_of(source, environments.get(source.environment)))
    except (KeyError, ValidationError):
        return source.observed_wish or source.failed_wish or ""


def _access(account: Account, profile: str) -> AccountAccess:
    return AccountAccess.model_validate(
        {
            "account_id": account.account_id,
            "region": account.region,
            "profile": profile,
            "boundary_arn": account.boundary_arn,
            "alarm_topic": account.alarm_topic,
        }
    )
