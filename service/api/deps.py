"""What handlers are given: a session that commits before the answer goes out, the caller, the environments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPBearer
from sqlmodel import Session

from service import db, idempotency
from service.auth import Caller, caller_of
from service.environments import Environments
from service.settings import Settings


def _session(request: Request) -> Iterator[Session]:
    with db.session(request.app.state.engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(_session, scope="function")]
"""Function scope: the exit code, which commits, runs before the response is sent. A 202 is a stored wish."""


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _environments(request: Request) -> Environments:
    environments: Environments = request.app.state.environments
    return environments


SettingsDep = Annotated[Settings, Depends(_settings)]
EnvironmentsDep = Annotated[Environments, Depends(_environments)]


def _caller(request: Request, session: SessionDep, settings: SettingsDep) -> Caller:
    caller = caller_of(session, settings, request.headers.get("authorization"))
    request.state.caller = caller
    return caller


_BEARER = HTTPBearer(
    auto_error=False, description="A tool's token; in the sandbox dev-viewer, dev-requester, …"
)
CallerDep = Annotated[Caller, Depends(_caller)]
SIGNED_IN = Security(_BEARER)
"""For the OpenAPI document; `CallerDep` does the work."""
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description='The ETag as it was read, or "*"; 428 without.'),
]
OnceKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=idempotency.LONGEST,
        description="For 24 hours the same key and body get the same answer; another body is refused.",
    ),
]
