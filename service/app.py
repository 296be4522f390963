"""The web process: API and pages over one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from service import db
from service.api import (
    accept,
    access,
    catalogue,
    consumers,
    health,
    metrics,
    notifications,
    operations,
    problems,
    sources,
    stacks,
)
from service.api.gate import API, Gate
from service.api.reference import reference_page
from service.environments import Environments
from service.settings import Settings
from service.web import render
from service.web.pages import router as pages

VERSION = "1"
"""Of the REST contract."""

log = structlog.get_logger(__name__)

_PROBLEM = {
    "content": {
        problems.MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code", "errors"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                        },
                    },
                    "operation_id": {"type": "string"},
                },
            }
        }
    }
}
_STATUSES = (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, 503)


def create_app(
    settings: Settings, engine: Engine | None = None, environments: Environments | None = None
) -> FastAPI:
    """The app. Engine and environments are made from the settings where they are not given.

    Raises:
        BadEnvironments: the environments file cannot be used.
    """
    app = FastAPI(
        title="logflume",
        version=VERSION,
        summary="Self-service log pipelines on AWS.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.engine = engine or db.engine_for(db.database_url(settings))
    app.state.environments = environments or Environments.load(settings.environments_path)
    app.state.streams = 0
    app.state.requests = metrics.RequestCounts()
    problems.install(app)
    app.add_exception_handler(HTTPException, _no_route)
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": "Problem", **_PROBLEM} for status in _STATUSES
    }
    for router in (
        sources.router,
        consumers.router,
        operations.router,
        stacks.router,
        access.router,
        catalogue.router,
        notifications.router,
    ):
        app.include_router(router, responses=answers)
    app.add_api_route("/problems/{code}", _explained, include_in_schema=False)
    for router in (health.router, metrics.router, pages):
        app.include_router(router)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.add_middleware(Gate, sandbox=settings.mode == "sandbox", counts=app.state.requests)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    if settings.mode == "sandbox":
        log.warning(
            "sandbox_mode",
            detail="AWS is simulated; the dev tokens are open to everybody who reaches this port",
        )
    yield
    app.state.engine.dispose()


async def _no_route(request: Request, error: Exception) -> Response:
    """No route matched: a page for whoever reads pages, a problem for everybody else."""
    assert isinstance(error, HTTPException)  # noqa: S101 - said by the registration; narrows the type.
    told = problems.as_ours(error)
    if _wants_page(request) and not request.url.path.startswith(API):
        return _page(render.problem(request, told))
    return problems.problem(told)


def _explained(request: Request, code: str) -> Response:
    """What a code means: where a problem's `type` leads to, as a page or as JSON."""
    told = problems.explained(code)
    if _wants_page(request):
        return _page(render.page(request, "problem.html", error=told))
    return JSONResponse(
        {"code": told.code, "status": told.status, "title": told.title, "meaning": told.detail}
    )


def _page(response: Response) -> Response:
    for name, value in render.HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _wants_page(request: Request) -> bool:
    header = request.headers.get("accept", "")
    return accept.weight(header, accept.HTML) > max(accept.weight(header, kind) for kind in accept.JSON)


def _docs(request: Request) -> HTMLResponse:
    """The calls of the API as a plain page: FastAPI's own loads its scripts from elsewhere."""
    return HTMLResponse(reference_page(request.app.openapi()))
