"""The report on a stored source, from its checkpoint and what the last check found. Reads no clock, no AWS and no database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import ValidationError

from programs.deploy.spec import BootstrapSpec
from programs.wish import Wish
from service.environments import Environment
from service.errors import Conflict
from service.exposure import widened
from service.exposure.documents import Documents, found, gather, resources_of
from service.exposure.intended import Intended
from service.exposure.report import Report, report
from service.exposure.setting import Setting, setting_of
from service.exposure.widened import Seen
from service.models import Source
from service.wish import wish_of

Basis = Literal["found", "applied"]
"""`applied`: the policies as logflume last wrote them; `found`: the same, with what the last check found instead."""


@dataclass(frozen=True)
class Stored:
    """A report, by which documents it was made, and what is meant to be."""

    basis: Basis
    report: Report
    intended: Intended


def stored(source: Source, environment: Environment | None, checkpoint: bytes | None, basis: Basis) -> Stored:
    """Who can touch the logs of a source; nobody, and nothing to touch, while nothing was built.

    Raises:
        Conflict: the environment is gone, or the spec no longer fits: then nobody can say who is around the source.
    """
    if environment is None:
        raise Conflict(f"The environment {source.environment} is not configured any more.")
    try:
        setting = setting_of(wish_of(source, environment), environment)
    except ValidationError as error:
        raise Conflict("The stored spec does not fit this version: correct the source with a PUT.") from error
    changes = source.drift.get("access", {}).get("changes", []) if basis == "found" else []
    made, documents = _made(
        setting.wish.model_dump_json(),
        setting.production_roles,
        setting.log_roles,
        checkpoint,
        json.dumps(changes, sort_keys=True),
    )
    return Stored(basis, made, Intended(setting, documents))


def seen(
    wish: Wish, environment: Environment, checkpoint: bytes | None, changes: Iterable[Mapping[str, Any]]
) -> Seen:
    """What a check of a stack that found `changes` says about access."""
    return widened.seen(setting_of(wish, environment), resources_of(checkpoint), changes)


@lru_cache(maxsize=32)
def _made(
    wish: str, production: BootstrapSpec, log: BootstrapSpec, checkpoint: bytes | None, changes: str
) -> tuple[Report, Documents]:
    """Kept for those who look twice: nothing in it changes by itself."""
    whole: list[dict[str, Any]] = json.loads(changes)
    documents = gather(found(resources_of(checkpoint), whole))
    setting = Setting(Wish.model_validate_json(wish), production, log)
    return report(setting, documents), documents
