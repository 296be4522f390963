"""The pages: sign-in, list, ask, source, operation. Each file beside this one is one of them; all call use cases and queries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from service.auth import SANDBOX_TOKENS
from service.errors import NotFound, Unauthorized

from . import access_pages, ask_pages, htmx, list_pages, operation_pages, source_pages
from .deps import AnyForm, OwnForm, transaction
from .render import PageRoute, page
from .sessions import COOKIE, LIFETIME, sign_in, sign_out

router = APIRouter(route_class=PageRoute, include_in_schema=False)

STATIC: Final = Path(__file__).with_name("static")
FILES: Final = {
    "logflume.css": (STATIC / "logflume.css", "text/css"),
    "icon.svg": (STATIC / "icon.svg", "image/svg+xml"),
    "htmx.min.js": (htmx.TARGET, "text/javascript"),
}


@router.get("/login")
def login(request: Request, next: str = "/") -> Response:
    """Where a token is pasted; in the sandbox, four people to choose from."""
    return _login_page(request, next)


@router.post("/login")
def log_in(request: Request, form: AnyForm) -> Response:
    """Begin a session and go where the visitor wanted to go."""
    target = _own_path(form.get("next", "/"))
    settings = request.app.state.settings
    try:
        with transaction(request) as session:
            cookie, _ = sign_in(session, settings, form.get("token", "").strip())
    except Unauthorized:
        return _login_page(
            request,
            target,
            "Nobody has this token now. Check that it was copied whole, or ask an administrator.",
        )
    response = RedirectResponse(target, status_code=303)
    secure = settings.mode == "aws" or request.url.scheme == "https"
    response.set_cookie(
        COOKIE, cookie, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="strict", secure=secure
    )
    return response


@router.post("/logout", dependencies=[OwnForm])
def log_out(request: Request) -> Response:
    """End the session."""
    with transaction(request) as session:
        sign_out(session, request.cookies.get(COOKIE))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/static/{name}")
def static(name: str) -> Response:
    """One of our few files; nothing else of the folder can be named."""
    path, media_type = FILES.get(name, (None, None))
    if path is None or not path.is_file():
        raise NotFound(f"There is no file {name!r}.")
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": "max-age=300"})


for part in (list_pages, ask_pages, source_pages, access_pages, operation_pages):
    router.include_router(part.router)


def _login_page(request: Request, target: str, error: str = "") -> Response:
    people = SANDBOX_TOKENS.values() if request.app.state.settings.mode == "sandbox" else ()
    return page(
        request,
        "login.html",
        status=401 if error else 200,
        next=_own_path(target),
        error=error,
        people=people,
    )


def _own_path(target: str) -> str:
    """A path of this site; anything that a browser could read as another site becomes the list."""
    safe = (
        target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    )
    return target if safe else "/"
