"""Whether one statement speaks about one request."""

from __future__ import annotations

from enum import IntEnum

from service.access.document import Document, Principals, Statement
from service.access.patterns import Values, glob
from service.access.request import Caller, Request


class Reach(IntEnum):
    """How closely the `Principal` of a statement names the caller; the closer, the more an Allow of it gives.

    ACCOUNT hands the decision to the caller's account, ROLE grants to the role within its boundary and session
    policy, SELF grants to this very user, session, service or to everyone (IAM User Guide, "Evaluating
    policies within a single account", resource-based policies and principal types).
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    SELF = 3


def covers(statement: Statement, document: Document, request: Request) -> bool:
    """Whether action, resource and conditions of the statement match; the principal is not looked at."""
    return (
        _covers_action(statement, request.action)
        and _covers_resource(statement, request, request.values if document.variables else None)
        and all(item.holds(request.values, variables=document.variables) for item in statement.conditions)
    )


def _covers_action(statement: Statement, action: str) -> bool:
    named = any(glob(pattern, action, ignore_case=True) for pattern in statement.actions)
    return named != statement.not_actions


def _covers_resource(statement: Statement, request: Request, known: Values | None) -> bool:
    if not statement.resources:
        return True
    named = any(glob(pattern, request.resource, values=known) for pattern in statement.resources)
    return named != statement.not_resources


def reach(principals: Principals, caller: Caller, *, allow: bool) -> Reach:
    """How the element names the caller; `NotPrincipal` names everyone it does not exempt."""
    if principals.negated:
        return Reach.NONE if _exempt(principals, caller, allow=allow) else Reach.SELF
    if principals.everyone:
        return Reach.SELF
    if caller.kind == "service":
        return Reach.SELF if principals.services & caller.services else Reach.NONE
    if caller.provider is not None and caller.provider in principals.federated:
        return Reach.SELF
    if caller.arn in principals.aws:
        return Reach.SELF
    if caller.role_arn in principals.aws:
        return Reach.ROLE
    return Reach.ACCOUNT if caller.account_names & principals.aws else Reach.NONE


def _exempt(principals: Principals, caller: Caller, *, allow: bool) -> bool:
    """A Deny spares only those whose account, role and session or user are all listed, as AWS documents."""
    if principals.everyone:
        return True
    if caller.kind == "service":
        return bool(principals.services & caller.services)
    listed = caller.names & principals.aws
    account = bool(caller.account_names & principals.aws)
    if allow or caller.kind == "root":
        return bool(listed) or account
    return bool(caller.names) and listed == caller.names and account
