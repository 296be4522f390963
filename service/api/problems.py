"""Every error as `application/problem+json` (RFC 9457), and what its code means."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
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

MOST_ERRORS: Final = 100
"""A body can be wrong in thousands of places; nobody reads on after these."""

_BY_STATUS: Final[dict[int, type[LogflumeError]]] = {
    400: errors.BadRequest,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.BodyTooLarge,
}


def problem(error: LogflumeError) -> JSONResponse:
    """The answer that an error becomes."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "errors": [_field(e) for e in error.errors[:MOST_ERRORS]],
    }
    if error.operation_id is not None:
        body["operation_id"] = error.operation_id
    return JSONResponse(body, error.status, headers=error.headers, media_type=MEDIA_TYPE)


def _field(error: FieldError) -> dict[str, Any]:
    told: dict[str, Any] = {"field": error.field, "message": error.message}
    return told | ({"code": error.code} if error.code else {})


def install(app: FastAPI) -> None:
    """Render every error of the app as a problem; what no route takes is left to the app."""
    app.add_exception_handler(LogflumeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
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
    """A JSON Pointer into the body; of the query, the path or a header it begins with that word."""
    place, *rest = loc
    return pointer(rest) if place == "body" else pointer(loc)


def as_ours(error: HTTPException) -> LogflumeError:
    """The framework's own errors (no such route, wrong method) as ours."""
    headers = dict(error.headers or {})
    known = _BY_STATUS.get(error.status_code)
    if known is not None:
        return known(_DETAIL.get(error.status_code, str(error.detail)), headers=headers)
    told = LogflumeError(str(error.detail), headers=headers)
    told.status, told.code = error.status_code, "http_error"
    told.title = HTTPStatus(error.status_code).phrase
    return told


_DETAIL: Final = {
    404: "There is nothing at this address.",
    405: "The address is there, and not for this method; see the header Allow.",
}


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


def explained(code: str) -> LogflumeError:
    """What a code means, as an error whose detail says it. Raises NotFound."""
    kinds = {LogflumeError} | _subclasses(LogflumeError)
    for kind in kinds:
        if kind.code == code:
            return kind(" ".join((kind.__doc__ or "").split()))
    raise errors.NotFound(f"There is no problem called {code!r}.")


def _subclasses(kind: type[LogflumeError]) -> set[type[LogflumeError]]:
    return {s for c in kind.__subclasses__() for s in {c, *_subclasses(c)}}
