"""Consumers over REST: who reads a source, and what to paste into the product that does. Stored observations only."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from service import queries
from service.consumers import TYPES, listing

from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep, SessionDep

router = APIRouter(prefix="/v1/sources", tags=["consumers"], dependencies=[SIGNED_IN])


@router.get("/{source_id}/consumers")
def consumers(
    session: SessionDep, _: CallerDep, environments: EnvironmentsDep, source_id: str
) -> views.ConsumerList:
    """Who is told of this source's new objects, each with its queue, dead letters and role."""
    source = queries.source(session, source_id)
    found = listing.listed(source, environments.find(source.environment))
    return views.ConsumerList(items=[_view(source.id, one) for one in found], types=list(TYPES))


def _view(source_id: str, one: listing.Listed) -> views.SourceConsumerView:
    text = f"/v1/sources/{source_id}/consumers/{one.name}" if one.made else None
    made = {key: one.made.get(key) for key in ("queue_url", "queue_arn", "dead_letters_url", "role_arn")}
    return views.SourceConsumerView(name=one.name, type=one.type, status=one.status, text=text, **made)


@router.get("/{source_id}/consumers/{consumer}", response_class=PlainTextResponse)
def text(session: SessionDep, _: CallerDep, source_id: str, consumer: str) -> PlainTextResponse:
    """The configuration for one of them, by name or by type, ready to paste; 404 says which there are."""
    return PlainTextResponse(listing.text(queries.source(session, source_id), consumer))
