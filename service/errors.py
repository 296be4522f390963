"""The error tree. Each class is one stable `code` of the REST contract; one handler in `api/problems.py` renders them.

LogflumeError
├── BadRequest 400 malformed_request
├── Unauthorized 401 unauthorized
├── Forbidden 403 forbidden
├── NotFound 404 not_found
├── Conflict 409 conflict
│   ├── NameTaken 409 name_taken
│   ├── SingletonTaken 409 singleton_taken
│   ├── NotCancellable 409 not_cancellable
│   ├── WrongPhase 409 wrong_phase
│   ├── IdempotencyKeyInUse 409 idempotency_key_in_use
│   └── StaleApproval 409 stale_approval
├── MethodNotAllowed 405 method_not_allowed
├── NotAcceptable 406 not_acceptable
├── StaleWish 412 stale_wish
├── BodyTooLarge 413 body_too_large
├── WrongContentType 415 wrong_content_type
├── Invalid 422 invalid
│   └── IdempotencyKeyReused 422 idempotency_key_reused
├── PreconditionRequired 428 precondition_required
├── TooManyRequests 429 too_many_requests
└── Unavailable 503 unavailable
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; `field` is a JSON Pointer into the request body (`""` is the body itself)."""

    field: str
    message: str
    code: str | None = None


class LogflumeError(Exception):
    """Something the caller can be told: what happened (`detail`), where (`errors`) and what to do next (in `detail`)."""

    status = 500
    code = "internal"
    title = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        operation_id: str | None = None,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.operation_id = operation_id
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)


class BadRequest(LogflumeError):
    """The request cannot be read at all."""

    status, code, title = 400, "malformed_request", "Malformed request"


class Unauthorized(LogflumeError):
    """No token, or one that nobody issued."""

    status, code, title = 401, "unauthorized", "Not signed in"


class Forbidden(LogflumeError):
    """The caller is known and may not do this."""

    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(LogflumeError):
    """No such thing, or none that the caller may see."""

    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(LogflumeError):
    """The path exists, and not for this method; `Allow` names those it has."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"


class NotAcceptable(LogflumeError):
    """The caller takes none of the content types that there are."""

    status, code, title = 406, "not_acceptable", "Not acceptable"


class Conflict(LogflumeError):
    """The request is right, the state of things is against it."""

    status, code, title = 409, "conflict", "Conflict"


class NameTaken(Conflict):
    """Another source of the environment has this name; a retired one keeps its name until it is purged."""

    code, title = "name_taken", "Name taken"


class SingletonTaken(Conflict):
    """The account has one of what this kind needs, and another source has it."""

    code, title = "singleton_taken", "The only one is taken"


class NotCancellable(Conflict):
    """The operation has ended, or cannot be stopped any more."""

    code, title = "not_cancellable", "Operation cannot be cancelled"


class WrongPhase(Conflict):
    """The source is in a phase (retired, purging, …) in which this cannot be asked."""

    code, title = "wrong_phase", "Not in this phase"


class IdempotencyKeyInUse(Conflict):
    """The first request with this Idempotency-Key is still being answered."""

    code, title = "idempotency_key_in_use", "Request still running"


class StaleApproval(Conflict):
    """The plan has moved since it was read."""

    code, title = "stale_approval", "The plan has changed"


class StaleWish(LogflumeError):
    """`If-Match` names a wish that is not the stored one."""

    status, code, title = 412, "stale_wish", "The source has changed"


class BodyTooLarge(LogflumeError):
    """More than 256 KiB."""

    status, code, title = 413, "body_too_large", "Body too large"


class WrongContentType(LogflumeError):
    """Not `application/json`."""

    status, code, title = 415, "wrong_content_type", "Wrong content type"


class Invalid(LogflumeError):
    """The payload was read and breaks a rule; `errors` says which field and which rule."""

    status, code, title = 422, "invalid", "Invalid request"


class IdempotencyKeyReused(Invalid):
    """The Idempotency-Key was used with another body."""

    code, title = "idempotency_key_reused", "Idempotency-Key reused"


class PreconditionRequired(LogflumeError):
    """`If-Match` is missing."""

    status, code, title = 428, "precondition_required", "If-Match required"


class TooManyRequests(LogflumeError):
    """So many are served at once that this one has to come again, after `Retry-After` seconds."""

    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(LogflumeError):
    """The database is away; nothing was changed."""

    status, code, title = 503, "unavailable", "Service unavailable"
