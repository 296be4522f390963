"""The decision itself (IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic").

An explicit Deny in any policy wins. Within one account the identity's policies or the resource's policy must
allow; across accounts both must. Keys and roles are always guarded by their own policy, which may hand the
decision to the account. Boundary and session policy limit what the identity's policies give. Organization
policies (SCP, RCP) are not evaluated: a caller that needs them has none to give.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from service.access.document import PolicyType, parse
from service.access.matching import Reach, covers, reach
from service.access.request import Request

Role = Literal["identity", "boundary", "session", "resource", "trust"]
_LABELS: dict[Role, str] = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "resource": "resource-based policy",
    "trust": "role trust policy",
}


class Effect(Enum):
    """What came out."""

    ALLOW = "Allow"
    IMPLICIT_DENY = "ImplicitDeny"
    EXPLICIT_DENY = "ExplicitDeny"


@dataclass(frozen=True)
class Policy:
    """The text of one policy and the name it is found by (for messages)."""

    name: str
    text: str


@dataclass(frozen=True)
class Policies:
    """Everything that bears on a request. None means: there is no such policy."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: Policy | None = None
    resource: tuple[Policy, ...] = ()
    resource_type: Literal["resource", "trust"] = "resource"
    resource_decides: bool = False
    """The resource policy must take part even within one account: KMS keys and role trust."""


@dataclass(frozen=True)
class Decision:
    """The outcome and what decided it: for a Deny the missing Allow's kind, or the statement that denied."""

    effect: Effect
    role: Role | None = None
    policy: str | None = None
    sid: str | None = None
    index: int | None = None
    grant: Decision | None = None
    """The Allow of the resource's policy without which the caller's own would not have sufficed."""

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.effect is Effect.ALLOW

    def because(self, action: str) -> str:
        """The reason, in the words of AWS's error messages."""
        label = _LABELS[self.role or "identity"]
        if self.effect is Effect.EXPLICIT_DENY:
            return f"with an explicit deny in {'an' if label[0] == 'i' else 'a'} {label}"
        return f"because no {label} allows the {action} action"


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide `request`. Raises MalformedPolicy when one of the policies cannot be read."""
    denial = _denied(request, policies)
    if denial is not None:
        return denial
    granted, grant = _granted_by_resource(request, policies)
    if request.caller.kind in ("service", "anonymous"):
        return grant
    if request.cross_account:
        return _across_accounts(request, policies, granted, grant)
    return _within_account(request, policies, granted, grant)


def _within_account(request: Request, policies: Policies, granted: Reach, grant: Decision) -> Decision:
    if granted is Reach.SELF:
        return grant
    if granted is Reach.ROLE:
        return _limit(request, policies) or grant
    if policies.resource_decides and granted is Reach.NONE:
        return _missing(policies.resource_type)
    own = _by_identity(request, policies)
    return replace(own, grant=grant) if own.allowed and policies.resource_decides else own


def _across_accounts(request: Request, policies: Policies, granted: Reach, grant: Decision) -> Decision:
    own = _by_identity(request, policies)
    if not own.allowed:
        return own
    return grant if granted is Reach.NONE else replace(own, grant=grant)


def _by_identity(request: Request, policies: Policies) -> Decision:
    """What the caller's own policies say, within boundary and session policy. Root may do anything."""
    if request.caller.kind == "root":
        return Decision(Effect.ALLOW)
    allow = _first(request, "identity", policies.identity, allow=True)
    if allow is None:
        return _missing("identity")
    return _limit(request, policies) or allow


def _limit(request: Request, policies: Policies) -> Decision | None:
    """The boundary or session policy that does not allow the request, if one stands in the way."""
    limits: tuple[tuple[Role, Policy | None], ...] = (
        ("boundary", policies.boundary),
        ("session", policies.session),
    )
    for role, policy in limits:
        if policy is not None and _first(request, role, (policy,), allow=True) is None:
            return _missing(role)
    return None


def _granted_by_resource(request: Request, policies: Policies) -> tuple[Reach, Decision]:
    """The widest Allow the resource's policy gives this caller."""
    best, decision = Reach.NONE, _missing(policies.resource_type)
    for policy in policies.resource:
        document = parse(policy.text, policies.resource_type)
        for statement in document.statements:
            if not statement.allow or statement.principals is None:
                continue
            named = reach(statement.principals, request.caller, allow=True)
            if named > best and covers(statement, document, request):
                best = named
                decision = Decision(
                    Effect.ALLOW, policies.resource_type, policy.name, statement.sid, statement.index
                )
    return best, decision


def _denied(request: Request, policies: Policies) -> Decision | None:
    groups: tuple[tuple[Role, tuple[Policy, ...]], ...] = (
        (policies.resource_type, policies.resource),
        ("identity", policies.identity),
        ("boundary", (policies.boundary,) if policies.boundary else ()),
        ("session", (policies.session,) if policies.session else ()),
    )
    for role, group in groups:
        found = _first(request, role, group, allow=False)
        if found is not None:
            return found
    return None


def _first(request: Request, role: Role, group: Iterable[Policy], *, allow: bool) -> Decision | None:
    """The first statement with that effect that speaks about the request and its caller."""
    effect = Effect.ALLOW if allow else Effect.EXPLICIT_DENY
    for policy in group:
        document = parse(policy.text, _type(role))
        for statement in document.statements:
            named = statement.principals is None or reach(statement.principals, request.caller, allow=allow)
            if statement.allow is allow and named and covers(statement, document, request):
                return Decision(effect, role, policy.name, statement.sid, statement.index)
    return None


def _missing(role: Role) -> Decision:
    return Decision(Effect.IMPLICIT_DENY, role)


def _type(role: Role) -> PolicyType:
    match role:
        case "resource" | "trust":
            return role
    return "identity"
