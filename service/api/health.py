"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service import db, migrate

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "One of the checks failed."}})
def readyz(request: Request) -> JSONResponse:
    """Database reachable, migrations at head, queue there."""
    engine = request.app.state.engine
    checks: dict[str, Any] = {"database": False, "migrations": False, "queue": False}
    try:
        with engine.connect() as connection:
            checks["database"] = connection.execute(text("SELECT 1")).scalar() == 1
        checks["migrations"] = migrate.current_is_head(engine)
        with engine.connect() as connection:
            checks["queue"] = (
                connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is not None
            )
    except (DBAPIError, PoolTimeout):
        pass
    ready = all(checks.values())
    headers = {} if ready else {"Retry-After": str(db.RETRY_SECONDS)}
    return JSONResponse({"ready": ready, "checks": checks}, 200 if ready else 503, headers=headers)
