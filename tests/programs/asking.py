"""Ask the evaluator of IAM's own logic whether somebody may do something, under documents that are not yet in any account."""

from __future__ import annotations

from dataclasses import replace

from programs.documents import Document, render
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request

EVERYTHING = Policy(
    "all", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)


def role(account: str, arn: str) -> Caller:
    """A session of a role."""
    session = f"arn:aws:sts::{account}:assumed-role/{arn.rsplit('/', 1)[-1]}/session"
    return Caller("role", account, session, role_arn=arn)


def may(
    caller: Caller,
    action: str,
    resource: str,
    owner: str,
    *,
    identity: Document | None = None,
    resource_policy: Document | None = None,
    resource_decides: bool = False,
    trust: bool = False,
    context: dict[str, str] | None = None,
) -> bool:
    """Whether the caller may; `identity` left out: its own policies allow everything. `owner` has the resource.

    `resource_decides`: nothing is allowed without the resource's policy (keys, and roles by their trust policy).
    """
    known = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": caller.principal_arn,
        "aws:PrincipalAccount": caller.account,
        **(context or {}),
    }
    own = EVERYTHING if identity is None else Policy("own", render(identity))
    others = () if resource_policy is None else (Policy("resource", render(resource_policy)),)
    request = Request(caller, action, resource, owner, known)
    known_policies = Policies((own,), resource=others, resource_decides=resource_decides or trust)
    if trust:
        known_policies = replace(known_policies, resource_type="trust")
    return evaluate(request, known_policies).allowed
