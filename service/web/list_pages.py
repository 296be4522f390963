"""The list of sources."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service import queries
from service.auth import Caller

from .deps import CallerDep, EnvironmentsDep, transaction
from .render import PageRoute, page
from .words import PHASES

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def sources(request: Request, caller: CallerDep, environments: EnvironmentsDep) -> Response:
    """Every source, with a filter that works with and without script."""
    with transaction(request) as session:
        names = [environment.name for environment in environments.all()]
        return page(
            request, "sources.html", **_rows(request, session, caller), environments=names, phases=PHASES
        )


@router.get("/sources/rows")
def rows(request: Request, caller: CallerDep) -> Response:
    """The table alone, for the filter."""
    with transaction(request) as session:
        return page(request, "sources_rows.html", **_rows(request, session, caller))


def _rows(request: Request, session: Session, caller: Caller) -> dict[str, Any]:
    """What both the page and its fragment show. A filter that makes no sense filters nothing."""
    asked = {key: request.query_params.get(key, "").strip()[:200] for key in ("q", "environment", "phase")}
    asked["q"] = "".join(filter(str.isprintable, asked["q"]))
    if asked["phase"] not in PHASES:
        asked["phase"] = ""
    filters = queries.SourceFilters.model_validate({key: value for key, value in asked.items() if value})
    found = queries.sources_page(session, filters, 50, request.query_params.get("cursor") or None)
    current = queries.current_operations(session, [source.id for source in found.items])
    return {
        "found": found,
        "current": current,
        "asked": asked,
        "filtered": any(asked.values()),
        "may_ask": may_ask(caller),
    }


def may_ask(caller: Caller) -> bool:
    """Whether the caller may ask for a source of any team at all."""
    return caller.may("write", caller.team or "")
