"""Operations over REST, and their story as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from service import db, idempotency, queries, sources
from service.errors import LogflumeError, TooManyRequests
from service.models import OperationEvent
from service.operations import Askable
from service.queries import OperationFilters
from service.status import FINAL

from . import accept as accepting
from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep, OnceKey, SessionDep
from .sources import Strict

router = APIRouter(tags=["operations"], dependencies=[SIGNED_IN])

_NUMBER = re.compile(r"[0-9]{1,20}")
POLL_SECONDS = 0.4
HEARTBEAT_SECONDS = 15.0
LONGEST_STREAM = 1800.0
"""A stream ends after half an hour whatever happens; the client resumes where it was."""
MOST_LINES = 500
"""Lines that one look takes."""
MOST_STREAMS = 200
"""Stories that one process tells at once: each costs a look at the database every `POLL_SECONDS`."""
LONGEST_LIST = 10_000
"""Lines of a story that are told as one list."""


class OperationQuery(OperationFilters):
    """Filters and paging of the list."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: queries.Cursor | None = None


class Ask(Strict):
    """What to do, and why."""

    kind: str = Field(
        max_length=20,
        description="verify is not built yet; retire and purge come from calls of their own.",
        json_schema_extra={"enum": list(get_args(Askable))},
    )
    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


class Approve(Strict):
    """The plan that was read."""

    fingerprint: str = Field(max_length=200)


class Reject(Strict):
    """Why not."""

    reason: str = Field(default="", max_length=500, pattern=r"^[^\x00]*$")


@router.post("/v1/sources/{source_id}/operations", status_code=202, response_model=views.OperationView)
def ask(
    request: Request, session: SessionDep, caller: CallerDep, source_id: str, body: Ask, key: OnceKey = None
) -> Response:
    """Ask for preview, apply, check, repair or verify."""

    def store() -> Response:
        operation = sources.ask(session, caller, source_id, body.kind, body.reason)
        shown = views.operation_view(operation).model_dump(mode="json")
        return JSONResponse(shown, 202, headers={"Location": f"/v1/operations/{operation.id}"})

    return idempotency.once(request, session, caller, key, body.model_dump(mode="json"), store)


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
def approve(
    session: SessionDep,
    caller: CallerDep,
    environments: EnvironmentsDep,
    operation_id: str,
    body: Approve,
) -> views.OperationView:
    """Let a guarded plan run, as it was read."""
    return views.operation_view(
        sources.approve(session, caller, environments, operation_id, body.fingerprint)
    )


@router.post("/v1/operations/{operation_id}/reject")
def reject(session: SessionDep, caller: CallerDep, operation_id: str, body: Reject) -> views.OperationView:
    """Refuse a guarded plan for good."""
    return views.operation_view(sources.reject(session, caller, operation_id, body.reason))


_EVENT = {
    "type": "object",
    "description": "One server-sent event; data is an EventView as JSON.",
    "required": ["id", "event", "data"],
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": _EVENT}}},
    204: {"description": "The story is over and was read to its end."},
}


@router.get("/v1/operations/{operation_id}/events", response_model=views.EventList, responses=_STREAM)
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
    after = min(int(last_event_id or 0), 2**31 - 1) if _NUMBER.fullmatch(last_event_id or "") else 0
    so_far = queries.events(session, operation.id, after, LONGEST_LIST)
    if accepting.weight(accept, "application/json") > accepting.weight(accept, accepting.EVENTS):
        listed = views.EventList(items=[views.event_view(event) for event in so_far])
        return JSONResponse(listed.model_dump(mode="json"))
    if operation.state in FINAL and not so_far:
        return Response(status_code=204)
    if request.app.state.streams >= MOST_STREAMS:
        raise TooManyRequests("Too many stories are being followed; come back soon.", retry_after=5)
    return StreamingResponse(
        _counted(request, _story(request, operation.id, after)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _counted(request: Request, story: AsyncGenerator[str, None]) -> AsyncIterator[str]:
    """The story, counted among those that are told while it is. Only the event loop's thread changes the count."""
    request.app.state.streams += 1
    try:
        async with contextlib.aclosing(story):
            async for line in story:
                yield line
    finally:
        request.app.state.streams -= 1


async def _story(request: Request, operation_id: str, after: int) -> AsyncGenerator[str, None]:
    """Lines as they come. A connection is used for each look, never held while waiting."""
    quiet = 0.0
    for _ in range(int(LONGEST_STREAM / POLL_SECONDS)):
        try:
            lines, over = await asyncio.to_thread(_look, request, operation_id, after)
        except LogflumeError:
            # The database is away. The answer has begun, so all that is left is to let the client come back.
            return
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
        lines = list(queries.events(session, operation_id, after, MOST_LINES))
        return lines, over and len(lines) < MOST_LINES


def _sse(event: OperationEvent) -> str:
    data = json.dumps(views.event_view(event).model_dump(mode="json"))
    return f"id: {event.seq}\nevent: {event.name}\ndata: {data}\n\n"
