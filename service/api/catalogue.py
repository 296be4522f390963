"""What can be asked for, and where: kinds and environments."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from programs import KINDS
from programs.kinds import Kind, Offer

from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep


class OfferView(BaseModel):
    """Something to ask for, with all that a form needs."""

    name: str
    title: str
    description: str
    spec_schema: views.Json
    defaults: views.Json
    example: views.Json


class KindView(OfferView):
    """A kind of source. A preset is asked for by its name in the spec's field `preset`."""

    presets: list[OfferView]


router = APIRouter(tags=["catalogue"], dependencies=[SIGNED_IN])


@router.get("/v1/kinds")
def kinds(_: CallerDep) -> list[KindView]:
    """Kinds and their presets, each with the JSON Schema of its spec, defaults and an example."""
    return [_kind(kind) for kind in KINDS.values()]


@router.get("/v1/environments")
def environments(_: CallerDep, configured: EnvironmentsDep) -> list[views.EnvironmentView]:
    """Configured environments, without role ARNs and external ids."""
    return [views.environment_view(environment) for environment in configured.all()]


def _kind(kind: Kind) -> KindView:
    return KindView(
        **_offered(kind), presets=[OfferView(**_offered(preset)) for preset in kind.presets.values()]
    )


def _offered(offer: Offer) -> views.Json:
    fields = offer.spec_model.model_fields
    return {
        "name": offer.name,
        "title": offer.title,
        "description": offer.description,
        "spec_schema": offer.json_schema,
        "defaults": {
            name: field.get_default(call_default_factory=True)
            for name, field in fields.items()
            if not field.is_required()
        },
        "example": offer.example,
    }
