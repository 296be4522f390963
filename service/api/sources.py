"""Sources over REST. Each handler parses, calls one use case, and answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from service import idempotency, queries, sources
from service.environments import Environments
from service.inspection import seen
from service.models import Operation, Source
from service.queries import SourceFilters
from service.requests import Draft, SourceChange, SourceRequest
from service.settings import Settings

from . import views
from .deps import SIGNED_IN, CallerDep, EnvironmentsDep, IfMatch, OnceKey, SessionDep, SettingsDep

router = APIRouter(prefix="/v1/sources", tags=["sources"], dependencies=[SIGNED_IN])


class SourceQuery(SourceFilters):
    """Filters and paging of the list."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: queries.Cursor | None = None


class Strict(BaseModel):
    """A body whose misspelt fields are errors."""

    model_config = ConfigDict(extra="forbid")


class Purge(Strict):
    """Repeat the source's name."""

    confirm: str = Field(max_length=100)


class Rollback(Strict):
    """Which version to go back to."""

    generation: int = Field(ge=1, le=2**31 - 1, strict=True)


class Dismiss(Strict):
    """Property paths whose drift is accepted as it is."""

    paths: list[Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]] = Field(
        min_length=1, max_length=100
    )


def shown(session: Session, source: Source, status: int = 200) -> Response:
    """A source with its ETag, which versions the wish alone."""
    operation = queries.current_operations(session, [source.id]).get(source.id)
    body = views.source_view(source, operation).model_dump(mode="json")
    headers = (
        {"ETag": sources.etag(source), "Location": f"/v1/sources/{source.id}"}
        if status != 200
        else {"ETag": sources.etag(source)}
    )
    return JSONResponse(body, status, headers=headers)


_FINDINGS: dict[int | str, dict[str, object]] = {
    200: {"model": views.FindingList, "description": "With dry_run: what was found; nothing was stored."}
}
_AS_IT_WAS: dict[int | str, dict[str, object]] = {
    202: {"model": views.SourceView, "description": "Stored; Location is the operation."},
}


@router.post("", status_code=202, response_model=views.SourceView, responses=_FINDINGS)
def ask(
    request: Request,
    session: SessionDep,
    caller: CallerDep,
    environments: EnvironmentsDep,
    settings: SettingsDep,
    body: SourceRequest,
    key: OnceKey = None,
    dry_run: bool = False,
) -> Response:
    """Ask for a log source. 202 and the source; with `dry_run` 200 and findings, nothing stored."""
    if dry_run:
        draft = sources.inspect_request(session, caller, environments, body)
        return _findings(session, draft, environments, settings)

    def store() -> Response:
        source, _ = sources.request(session, caller, environments, body)
        return shown(session, source, 202)

    return idempotency.once(request, session, caller, key, body.model_dump(mode="json"), store)


def _findings(session: Session, draft: Draft, environments: Environments, settings: Settings) -> Response:
    # AWS is asked without a transaction: it may take seconds.
    session.rollback()
    found = seen(draft, environments, settings)
    listed = views.FindingList(findings=[views.finding_view(f) for f in found])
    return JSONResponse(listed.model_dump(mode="json"))


@router.get("")
def listing(session: SessionDep, _: CallerDep, query: Annotated[SourceQuery, Query()]) -> views.SourcePage:
    """Sources, by name."""
    filters = SourceFilters(**query.model_dump(exclude={"limit", "cursor"}))
    page = queries.sources_page(session, filters, query.limit, query.cursor)
    current = queries.current_operations(session, [source.id for source in page.items])
    items = [views.source_view(source, current.get(source.id)) for source in page.items]
    return views.SourcePage(items=items, next_cursor=page.next_cursor)


@router.get("/{source_id}", response_model=views.SourceView)
def one(session: SessionDep, _: CallerDep, source_id: str) -> Response:
    """One source."""
    return shown(session, queries.source(session, source_id))


@router.put("/{source_id}", response_model=views.SourceView | views.FindingList, responses=_AS_IT_WAS)
def change(
    session: SessionDep,
    caller: CallerDep,
    environments: EnvironmentsDep,
    settings: SettingsDep,
    source_id: str,
    body: SourceChange,
    if_match: IfMatch = None,
    dry_run: bool = False,
) -> Response:
    """Replace the whole wish. 202 with the operation's Location, or 200 when no stack has to change."""
    if dry_run:
        draft = sources.inspect_change(session, caller, environments, source_id, body, if_match)
        return _findings(session, draft, environments, settings)
    return _moved(session, *sources.change(session, caller, environments, source_id, body, if_match))


def _moved(session: Session, source: Source, operation: Operation | None) -> Response:
    response = shown(session, source)
    if operation is not None:
        response.status_code = 202
        response.headers["Location"] = f"/v1/operations/{operation.id}"
    return response


@router.delete("/{source_id}", status_code=202, response_model=views.SourceView)
def retire(session: SessionDep, caller: CallerDep, source_id: str, if_match: IfMatch = None) -> Response:
    """Stop sending and keep the store; the name stays taken."""
    response = _moved(session, *sources.retire(session, caller, source_id, if_match))
    response.status_code = 202
    return response


@router.post("/{source_id}/restore", status_code=202, response_model=views.SourceView)
def restore(
    session: SessionDep, caller: CallerDep, environments: EnvironmentsDep, source_id: str
) -> Response:
    """Bring a retired source back onto its store; Location is the operation."""
    return _moved(session, *sources.restore(session, caller, environments, source_id))


@router.post("/{source_id}/purge", status_code=202)
def purge(
    session: SessionDep, caller: CallerDep, source_id: str, body: Purge, response: Response
) -> views.OperationView:
    """Plan the end of a retired source and its logs; another operator approves it."""
    operation = sources.purge(session, caller, source_id, body.confirm)
    response.headers["Location"] = f"/v1/operations/{operation.id}"
    return views.operation_view(operation)


@router.get("/{source_id}/generations")
def generations(session: SessionDep, _: CallerDep, source_id: str) -> views.GenerationList:
    """Every version of the wish, newest first."""
    source = queries.source(session, source_id)
    return views.GenerationList(
        items=[views.generation_view(g) for g in queries.generations(session, source.id)]
    )


@router.post("/{source_id}/rollback", response_model=views.SourceView, responses=_AS_IT_WAS)
def rollback(
    session: SessionDep, caller: CallerDep, environments: EnvironmentsDep, source_id: str, body: Rollback
) -> Response:
    """Make an older wish the new one. 200 when no stack has to change."""
    return _moved(session, *sources.rollback(session, caller, environments, source_id, body.generation))


@router.post("/{source_id}/drift/dismiss")
def dismiss(session: SessionDep, caller: CallerDep, source_id: str, body: Dismiss) -> dict[str, object]:
    """Accept drifted values as they are, until they change again."""
    return dict(sources.dismiss_drift(session, caller, source_id, body.paths).drift)
