"""Templates, and the headers that every page carries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.errors import LogflumeError, Unauthorized

from . import htmx, offers, policies, words
from .sessions import COOKIE, form_token

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@cache
def templates() -> Environment:
    """The environment of all templates: escaping on, a misspelt name is an error."""
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"ago": words.ago, "exact": words.exact, "short_type": words.short_type}
    made.filters |= {"changes": words.changes, "output": words.output, "work": words.work, "leg": words.leg}
    made.globals |= {"phase": words.phase, "state": words.state, "lasted": words.lasted}
    made.filters |= {"span": words.span}
    made.globals |= {"status": words.status, "policy_told": policies.told}
    made.globals |= {"consumer": words.consumer, "leg_state": words.leg_state, "offer": offers.of}
    return made


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page or a fragment. Every template sees who is signed in, the mode, and its forms' token."""
    cookie = request.cookies.get(COOKIE, "")
    shared = {
        "caller": getattr(request.state, "caller", None),
        "sandbox": request.app.state.settings.mode == "sandbox",
        "form_token": form_token(cookie) if cookie else "",
        "live": htmx.present(),
        "path": request.url.path,
    }
    return HTMLResponse(templates().get_template(template).render(**shared, **context), status_code=status)


def problem(request: Request, error: LogflumeError) -> Response:
    """An error as a page. Somebody who is not signed in is led to the door, and back again afterwards."""
    if isinstance(error, Unauthorized):
        target = "/login"
        if request.method == "GET" and request.url.path != "/":
            target += f"?next={request.url.path}"
        if "HX-Request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": "/login"})
        return RedirectResponse(target, status_code=303)
    response = page(request, "problem.html", status=error.status, error=error)
    response.headers.update(error.headers)
    return response


class PageRoute(APIRoute):
    """A route that answers with HTML also when it fails. Handlers own their transaction, so it has ended by then."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors rendered and headers set."""
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            try:
                response = await handle(request)
            except LogflumeError as error:
                response = problem(request, error)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return handle_page
