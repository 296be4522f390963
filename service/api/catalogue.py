"""What can be asked for, and where: kinds and environments."""

from __future__ import annotations

from fastapi import APIRouter

from programs import KINDS

from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep

router = APIRouter(tags=["catalogue"], dependencies=[SIGNED_IN])


@router.get("/v1/kinds")
def kinds(_: CallerDep) -> list[views.KindView]:
    """Kinds and their presets, each with the JSON Schema of its spec, defaults and an example."""
    return [views.kind_view(kind) for kind in KINDS.values()]


@router.get("/v1/environments")
def environments(_: CallerDep, configured: EnvironmentsDep) -> list[views.EnvironmentView]:
    """Configured environments, without role ARNs and external ids."""
    return [views.environment_view(environment) for environment in configured.all()]
