"""One operation: its story from request to result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service import events, queries, sources
from service.auth import Caller
from service.models import Operation

from .deps import CallerDep, EnvironmentsDep, FormDep, OwnForm, transaction
from .render import PageRoute, page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/operations/{operation_id}")
def operation(request: Request, operation_id: str, caller: CallerDep) -> Response:
    """The whole page."""
    with transaction(request) as session:
        return page(request, "operation.html", **_shown(session, caller, operation_id))


@router.get("/operations/{operation_id}/live")
def live(request: Request, operation_id: str, caller: CallerDep, seen: str = "") -> Response:
    """The live part alone; 204 while nothing has changed."""
    with transaction(request) as session:
        shown = _shown(session, caller, operation_id)
    if seen == shown["seen"]:
        return Response(status_code=204)
    return page(request, "operation_live.html", **shown)


@router.post("/operations/{operation_id}/cancel", dependencies=[OwnForm])
def cancel(request: Request, operation_id: str, caller: CallerDep) -> Response:
    """Stop it."""
    return _then(request, operation_id, lambda session: sources.cancel(session, caller, operation_id))


@router.post("/operations/{operation_id}/approve")
def approve(
    request: Request, operation_id: str, caller: CallerDep, form: FormDep, environments: EnvironmentsDep
) -> Response:
    """Let the plan run, as it was shown."""
    plan = form.get("fingerprint", "")
    return _then(
        request,
        operation_id,
        lambda session: sources.approve(session, caller, environments, operation_id, plan),
    )


@router.post("/operations/{operation_id}/reject")
def reject(request: Request, operation_id: str, caller: CallerDep, form: FormDep) -> Response:
    """Refuse the plan for good."""
    reason = form.get("reason", "").strip()[:500]
    return _then(request, operation_id, lambda session: sources.reject(session, caller, operation_id, reason))


def story(session: Session, row: Operation) -> dict[str, Any]:
    """The lines of an operation, the engine's own text apart from them, and the number of the last line."""
    lines = queries.events(session, row.id, limit=1000)
    return {
        "lines": [line for line in lines if line.name != events.ENGINE_OUTPUT],
        "engine_text": "\n".join(line.message for line in lines if line.name == events.ENGINE_OUTPUT),
        "last": lines[-1].seq if lines else 0,
    }


def _then(request: Request, operation_id: str, use_case: Callable[[Session], object]) -> Response:
    with transaction(request) as session:
        use_case(session)
    return RedirectResponse(f"/operations/{operation_id}", status_code=303)


def _shown(session: Session, caller: Caller, operation_id: str) -> dict[str, Any]:
    row = queries.operation(session, operation_id)
    source = queries.source(session, row.source_id)
    told = story(session, row)
    waits = row.state == "awaiting_approval"
    return {
        "operation": row,
        "source": source,
        "told": told,
        "polling": row.finished_at is None and not waits,
        "seen": f"{row.state}.{(row.waiting_for or '').replace(' ', '-')}.{told['last']}",
        "may": {
            "cancel": row.finished_at is None and caller.may("cancel", source.team),
            "decide": waits and caller.may("approve", source.team),
            "approve": waits and caller.may("approve", source.team) and caller.name != row.requested_by,
        },
    }
