"""Operations over REST, and their story as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from service import db, queries, sources
from service.models import OperationEvent
from service.queries import OperationFilters
from service.status import FINAL

from . import views
from .deps import SIGNED_IN, CallerDep, SessionDep
from .sources import Strict

router = APIRouter(tags=["operations"], dependencies=[SIGNED_IN])

POLL_SECONDS = 0.4
HEARTBEAT_SECONDS = 15.0
LONGEST_STREAM = 1800.0
"""A stream ends after half an hour whatever happens; the client resumes where it was."""


class OperationQuery(OperationFilters):
    """Filters and paging of the list."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: queries.Cursor | None = None


class Ask(Strict):
    """What to do, and why."""

    kind: str = Field(max_length=20)
    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class Approve(Strict):
    """The plan that was read."""

    fingerprint: str = Field(max_length=200)


class Reject(Strict):
    """Why not."""

    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


@router.post("/v1/sources/{source_id}/operations", status_code=202)
def ask(
    session: SessionDep, caller: CallerDep, source_id: str, body: Ask, response: Response
) -> views.OperationView:
    """Ask for preview, apply, check or repair."""
    operation = sources.ask(session, caller, source_id, body.kind, body.reason)
    response.headers["Location"] = f"/v1/operations/{operation.id}"
    return views.operation_view(operation)


@router.get("/v1/sources/{source_id}/operations")
def of_source(
    session: SessionDep, _: CallerDep, source_id: str, query: Annotated[OperationQuery, Query()]
) -> views.OperationPage:
    """Operations of one source, newest first."""
    source = queries.source(session, source_id)
    return _page(session, query.model_copy(update={"source": source.id}))


@router.get("/v1/operations")
def listing(
    session: SessionDep, _: CallerDep, query: Annotated[OperationQuery, Query()]
) -> views.OperationPage:
    """Operations, newest first; plans are left out."""
    return _page(session, query)


def _page(session: SessionDep, query: OperationQuery) -> views.OperationPage:
    filters = OperationFilters(**query.model_dump(exclude={"limit", "cursor"}))
    page = queries.operations_page(session, filters, query.limit, query.cursor)
    items = [views.operation_view(operation, with_plan=False) for operation in page.items]
    return views.OperationPage(items=items, next_cursor=page.next_cursor)


@router.get("/v1/operations/{operation_id}")
def one(session: SessionDep, _: CallerDep, operation_id: str) -> views.OperationView:
    """One operation."""
    return views.operation_view(queries.operation(session, operation_id))


@router.post("/v1/operations/{operation_id}/cancel", status_code=202)
def cancel(session: SessionDep, caller: CallerDep, operation_id: str) -> views.OperationView:
    """End it: at once while it waits, as soon as the engine has saved while it runs."""
    return views.operation_view(sources.cancel(session, caller, operation_id))


@router.post("/v1/operations/{operation_id}/approve", status_code=202)
def approve(session: SessionDep, caller: CallerDep, operation_id: str, body: Approve) -> views.OperationView:
    """Let a guarded plan run, as it was read."""
    return views.operation_view(sources.approve(session, caller, operation_id, body.fingerprint))


@router.post("/v1/operations/{operation_id}/reject")
def reject(session: SessionDep, caller: CallerDep, operation_id: str, body: Reject) -> views.OperationView:
    """Refuse a guarded plan for good."""
    return views.operation_view(sources.reject(session, caller, operation_id, body.reason))


@router.get("/v1/operations/{operation_id}/events", response_model=views.EventList)
def events(
    request: Request,
    session: SessionDep,
    _: CallerDep,
    operation_id: str,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """The story: `text/event-stream`, resumable and closing after the final state; with `Accept: application/json` a list.

    A resume from the end of a story that is over answers 204, which tells an EventSource to stop.
    """
    operation = queries.operation(session, operation_id)
    after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
    after = min(after, 2**31 - 1)
    so_far = queries.events(session, operation.id, after)
    if "application/json" in accept:
        listed = views.EventList(items=[views.event_view(event) for event in so_far])
        return JSONResponse(listed.model_dump(mode="json"))
    if operation.state in FINAL and not so_far:
        return Response(status_code=204)
    return StreamingResponse(
        _story(request, operation.id, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _story(request: Request, operation_id: str, after: int) -> AsyncIterator[str]:
    """Lines as they come. A connection is used for each look, never held while waiting."""
    quiet = 0.0
    for _ in range(int(LONGEST_STREAM / POLL_SECONDS)):
        lines, over = await asyncio.to_thread(_look, request, operation_id, after)
        for line in lines:
            after = line.seq
            yield _sse(line)
        if over or await request.is_disconnected():
            return
        quiet = 0.0 if lines else quiet + POLL_SECONDS
        if quiet >= HEARTBEAT_SECONDS:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


def _look(request: Request, operation_id: str, after: int) -> tuple[list[OperationEvent], bool]:
    """New lines, and whether they are the last: the state is read first, so none can be missed."""
    with db.session(request.app.state.engine) as session:
        over = queries.operation(session, operation_id).state in FINAL
        return list(queries.events(session, operation_id, after)), over


def _sse(event: OperationEvent) -> str:
    data = json.dumps(views.event_view(event).model_dump(mode="json"))
    return f"id: {event.seq}\nevent: {event.name}\ndata: {data}\n\n"
