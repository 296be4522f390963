"""What can be asked for, and where: kinds and environments."""

from __future__ import annotations

from fastapi import APIRouter

from programs import KINDS

from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep

router = APIRouter(tags=["catalogue"], dependencies=[SIGNED_IN])


@router.get("/v1/kinds")
def kinds(_: CallerDep) -> list[views.KindView]:
    """Kinds with the JSON Schema of their spec, presets, defaults and an example."""
    return [
        views.KindView(
            name=kind.name,
            title=kind.title,
            description=kind.description,
            spec_schema=kind.json_schema,
            defaults={
                name: field.default
                for name, field in kind.spec_model.model_fields.items()
                if not field.is_required()
            },
            presets=list(kind.presets),
            example=kind.example,
        )
        for kind in KINDS.values()
    ]


@router.get("/v1/environments")
def environments(_: CallerDep, configured: EnvironmentsDep) -> list[views.EnvironmentView]:
    """Configured environments, without role ARNs and external ids."""
    return [views.environment_view(environment) for environment in configured.all()]
