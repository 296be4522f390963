"""Stack state over REST: the stored observation; no GET ever starts the engine."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from service import queries

from .deps import SIGNED_IN, CallerDep, SessionDep

router = APIRouter(prefix="/v1/sources", tags=["stacks"], dependencies=[SIGNED_IN])


@router.get("/{source_id}/stack")
def stack(session: SessionDep, _: CallerDep, source_id: str) -> dict[str, Any]:
    """What was last seen of a source's stack: outputs (secrets as "[secret]"), resources, drift, engine versions."""
    source = queries.source(session, source_id)
    nothing: dict[str, Any] = {
        "generation": 0,
        "updated_at": None,
        "outputs": {},
        "resources": [],
        "engine": {},
    }
    drift = {"checked_at": None, "drifted": False, "changes": []} | source.drift
    return {"stack": f"source-{source.id}", **nothing, **source.stack, "drift": drift}
