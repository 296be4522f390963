"""Browser sessions. The cookie holds a random value and nothing else; what it stands for is a row.

The token that was pasted is looked at once and not kept: a session remembers its digest, so revoking the token ends the session.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, delete

from service.auth import Caller, caller_of, caller_of_digest, digest
from service.errors import Forbidden, Unauthorized
from service.models import WebSession, now
from service.settings import Settings

COOKIE: Final = "logflume_session"
LIFETIME: Final = timedelta(hours=12)


def sign_in(session: Session, settings: Settings, token: str) -> tuple[str, Caller]:
    """A new session for the holder of a token: the cookie's value and who it is. Raises Unauthorized."""
    caller = caller_of(session, settings, f"Bearer {token}")
    session.exec(delete(WebSession).where(col(WebSession.expires_at) < now()))
    cookie = secrets.token_urlsafe(32)
    session.add(WebSession(digest=digest(cookie), token_digest=digest(token), expires_at=now() + LIFETIME))
    return cookie, caller


def signed_in(session: Session, settings: Settings, cookie: str | None) -> Caller:
    """Who a cookie stands for. Raises Unauthorized."""
    row = session.get(WebSession, digest(cookie)) if cookie else None
    if row is None or row.expires_at <= now():
        raise Unauthorized("Sign in to go on.")
    return caller_of_digest(session, settings, row.token_digest)


def sign_out(session: Session, cookie: str | None) -> None:
    """End a session here and on every other tab of the browser."""
    row = session.get(WebSession, digest(cookie)) if cookie else None
    if row is not None:
        session.delete(row)


def form_token(cookie: str) -> str:
    """The hidden field of every form of a session: only pages that were made for this cookie know it."""
    return hmac.new(cookie.encode(), b"logflume form", hashlib.sha256).hexdigest()


def must_be_own_form(cookie: str, sent: str | None) -> None:
    """Raise Forbidden unless a form carries its session's token."""
    if not hmac.compare_digest(form_token(cookie), sent or ""):
        raise Forbidden(
            "The form is not one that this session was shown. Go back, reload the page and try again."
        )


def must_be_same_origin(fetch_site: str | None, origin: str | None, host: str) -> None:
    """Raise Forbidden for a form that another site sends.

    `Sec-Fetch-Site` is what every current browser sends and no page can set
    (https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header); `Origin` speaks for older ones.
    """
    if fetch_site is not None:
        refused = fetch_site not in ("same-origin", "none")
    else:
        refused = origin is not None and origin.partition("://")[2] != host
    if refused:
        raise Forbidden("The form was sent from another site.")
