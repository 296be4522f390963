"""What the pages' handlers are given: a transaction, who is signed in, and a form that may be trusted to be ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from service import db
from service.auth import Caller
from service.environments import Environments

from .sessions import COOKIE, must_be_own_form, must_be_same_origin, signed_in


@contextmanager
def transaction(request: Request) -> Iterator[Session]:
    """A session that is committed before the page is answered, and rolled back when a use case refuses."""
    with db.session(request.app.state.engine) as session:
        yield session


def _caller(request: Request) -> Caller:
    with transaction(request) as session:
        caller = signed_in(session, request.app.state.settings, request.cookies.get(COOKIE))
    request.state.caller = caller
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]
"""Who is signed in; nobody is led to the sign-in page."""


def _environments(request: Request) -> Environments:
    environments: Environments = request.app.state.environments
    return environments


async def _any_form(request: Request) -> dict[str, str]:
    headers = request.headers
    must_be_same_origin(headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host", ""))
    form = await request.form(max_files=0)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _own_form(
    request: Request, _: CallerDep, form: Annotated[dict[str, str], Depends(_any_form)]
) -> dict[str, str]:
    must_be_own_form(request.cookies.get(COOKIE, ""), form.get("form_token"))
    return form


EnvironmentsDep = Annotated[Environments, Depends(_environments)]
AnyForm = Annotated[dict[str, str], Depends(_any_form)]
"""A form of this site; only the sign-in form, which has no session yet, is read like this."""
FormDep = Annotated[dict[str, str], Depends(_own_form)]
"""A form of this site that carries its session's token; whoever is not signed in is led to the sign-in page first."""
OwnForm = Depends(_own_form)
"""The same, for a handler that reads nothing of it."""
