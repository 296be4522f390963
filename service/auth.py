"""Who calls, and what they may do.

| role | may |
|---|---|
| viewer | read everything |
| requester | also ask, change, retire and run operations on its own team's sources |
| operator | also run operations on any source, cancel them, purge, and approve what somebody else asked |
| admin | all of it, for every team |
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast, get_args

from sqlmodel import Session, col, select

from .errors import FieldError, Forbidden, Invalid, Unauthorized
from .models import ApiToken, now
from .settings import Settings

Role = Literal["viewer", "requester", "operator", "admin"]
Action = Literal["write", "operate", "cancel", "approve", "purge"]
"""write: change the wish; operate: run an operation on it."""

_OWN_TEAM: Final[dict[Role, frozenset[Action]]] = {"requester": frozenset({"write", "operate"})}
_ANY_TEAM: Final[dict[Role, frozenset[Action]]] = {
    "operator": frozenset({"operate", "cancel", "approve", "purge"}),
    "admin": frozenset({"write", "operate", "cancel", "approve", "purge"}),
}


@dataclass(frozen=True)
class Caller:
    """Somebody the service knows."""

    name: str
    role: Role
    team: str | None = None

    def may(self, action: Action, team: str) -> bool:
        """Whether the caller may do this to a source of `team`."""
        if action in _ANY_TEAM.get(self.role, ()):
            return True
        return team == self.team and action in _OWN_TEAM.get(self.role, ())

    def must(self, action: Action, team: str) -> None:
        """Raise Forbidden unless the caller may do this to a source of `team`."""
        if not self.may(action, team):
            whose = f" of team {self.team}" if self.team else ""
            raise Forbidden(f"The {self.role} {self.name}{whose} may not {action} sources of team {team}.")


def digest(token: str) -> str:
    """What is stored of a token: SHA-256, hex. Its 256 random bits need no salt and no stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


SANDBOX_TOKENS: Final = {
    "dev-viewer": Caller("dev-viewer", "viewer"),
    "dev-requester": Caller("dev-requester", "requester", "payments"),
    "dev-operator": Caller("dev-operator", "operator"),
    "dev-admin": Caller("dev-admin", "admin"),
}
"""Published tokens: they exist in sandbox mode and never outside it."""
_SANDBOX_DIGESTS: Final = {digest(token): caller for token, caller in SANDBOX_TOKENS.items()}

_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,512}) *", re.IGNORECASE)
_TOKEN_NAME = re.compile(r"[a-z0-9][a-z0-9.@_-]{1,63}")


def caller_of(session: Session, settings: Settings, authorization: str | None) -> Caller:
    """The caller that an `Authorization` header names.

    Raises:
        Unauthorized: there is no bearer token, or none that is valid now.
    """
    match = _BEARER.fullmatch(authorization or "")
    if match is None:
        raise _unauthorized("Send a bearer token: `Authorization: Bearer <token>`.")
    return caller_of_digest(session, settings, digest(match.group(1)))


def caller_of_digest(session: Session, settings: Settings, token_digest: str) -> Caller:
    """The caller whose token has this digest; a browser session remembers no more than that.

    Raises:
        Unauthorized: nobody's token has it now.
    """
    if settings.mode == "sandbox" and token_digest in _SANDBOX_DIGESTS:
        return _SANDBOX_DIGESTS[token_digest]
    # The digest is looked up, so how long it takes says nothing about any stored token.
    row = session.exec(select(ApiToken).where(col(ApiToken.digest) == token_digest)).first()
    if row is None or not _valid(row):
        raise _unauthorized("The token is unknown, expired or revoked. Ask an administrator for a new one.")
    return Caller(row.name, cast(Role, row.role), row.team)


def create_token(
    session: Session, name: str, role: Role, team: str | None = None, expires_at: datetime | None = None
) -> str:
    """Store a new token and return it; it is never shown again, since only its digest is kept.

    Raises:
        Invalid: name, role and team do not go together, or the name is taken.
    """
    errors = [*_token_errors(name, role, team)]
    if session.exec(select(ApiToken).where(col(ApiToken.name) == name)).first():
        errors.append(FieldError("/name", "A token of this name exists; revoke it or take another name."))
    if errors:
        raise Invalid("The token cannot be made.", errors=errors)
    token = f"lf_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(name=name, digest=digest(token), role=role, team=team, expires_at=expires_at))
    session.flush()
    return token


def revoke_token(session: Session, name: str) -> bool:
    """End a token now; False when there is none of that name that still works."""
    row = session.exec(select(ApiToken).where(col(ApiToken.name) == name)).first()
    if row is None or not _valid(row):
        return False
    row.revoked_at = now()
    session.add(row)
    return True


def _token_errors(name: str, role: str, team: str | None) -> list[FieldError]:
    errors = []
    if not _TOKEN_NAME.fullmatch(name) or name in SANDBOX_TOKENS:
        errors.append(FieldError("/name", "2 to 64 of a-z 0-9 . @ _ -, and none of the sandbox's own names."))
    if role not in get_args(Role):
        errors.append(FieldError("/role", f"One of {', '.join(get_args(Role))}."))
    if (role == "requester") != (team is not None):
        errors.append(FieldError("/team", "A requester belongs to a team; the other roles have none."))
    return errors


def _valid(row: ApiToken) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now())


def _unauthorized(detail: str) -> Unauthorized:
    return Unauthorized(detail, headers={"WWW-Authenticate": 'Bearer realm="logflume"'})
