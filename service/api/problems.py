"""Every error as `application/problem+json` (RFC 9457), and the pages that explain the codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from service import db, errors
from service.errors import FieldError, LogflumeError
from service.requests import pointer

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
router = APIRouter(include_in_schema=False)

_BY_STATUS: Final = {
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    406: ("not_acceptable", "Not acceptable"),
}


def problem(error: LogflumeError) -> JSONResponse:
    """The answer that an error becomes."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "errors": [_field(e) for e in error.errors],
    }
    if error.operation_id is not None:
        body["operation_id"] = error.operation_id
    return JSONResponse(body, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def _field(error: FieldError) -> dict[str, Any]:
    told: dict[str, Any] = {"field": error.field, "message": error.message}
    return told | ({"code": error.code} if error.code else {})


def install(app: FastAPI) -> None:
    """Render every error of the app as a problem."""
    app.add_exception_handler(LogflumeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PoolTimeout, _database)
    app.add_exception_handler(Exception, _unknown)


async def _known(_: Request, error: Exception) -> Response:
    assert isinstance(error, LogflumeError)  # noqa: S101 - said by the registration; narrows the type.
    return problem(error)


async def _invalid(_: Request, error: Exception) -> Response:
    """What FastAPI found: unreadable JSON is 400, anything else names its field. Values are never echoed."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above.
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return problem(errors.BadRequest("The body is not JSON."))
    told = [FieldError(_where(e["loc"]), e["msg"].removeprefix("Value error, "), e["type"]) for e in found]
    return problem(errors.Invalid("The request breaks a rule; nothing was stored.", errors=told))


def _where(loc: tuple[str | int, ...]) -> str:
    """Fields of the body are JSON Pointers; of the query or a header they are named with their place."""
    place, *rest = loc
    return pointer(rest) if place == "body" else f"{place}:{'.'.join(map(str, rest))}"


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above.
    code, title = _BY_STATUS.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase))
    told = LogflumeError(str(error.detail), headers=dict(error.headers or {}))
    told.status, told.code, told.title = error.status_code, code, title
    return problem(told)


async def _database(request: Request, error: Exception) -> Response:
    """A database that is away is 503 and worth another try; anything else is a fault of ours."""
    if isinstance(error, DBAPIError | PoolTimeout) and db.is_outage(error):
        return problem(
            errors.Unavailable(
                "The database cannot be reached; nothing was changed.", retry_after=db.RETRY_SECONDS
            )
        )
    return await _unknown(request, error)


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("request.failed", path=request.url.path, exc_info=error)
    return problem(LogflumeError("Something went wrong here; it has been logged with the request's id."))


def codes() -> dict[str, tuple[int, str, str]]:
    """Every stable code: status, title, what it means."""
    known: set[type[LogflumeError]] = {LogflumeError, *_subclasses(LogflumeError)}
    found = {e.code: (e.status, e.title, (e.__doc__ or "").strip()) for e in known}
    return found | {code: (status, title, title + ".") for status, (code, title) in _BY_STATUS.items()}


def _subclasses(kind: type[LogflumeError]) -> set[type[LogflumeError]]:
    return {s for c in kind.__subclasses__() for s in {c, *_subclasses(c)}}


@router.get("/problems/{code}")
def explain(code: str) -> JSONResponse:
    """What a code means: the page that a problem's `type` leads to."""
    if code not in codes():
        raise errors.NotFound(f"There is no problem called {code!r}.")
    status, title, meaning = codes()[code]
    return JSONResponse({"code": code, "status": status, "title": title, "meaning": meaning})
