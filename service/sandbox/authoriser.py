"""May this principal do that? Asked of every call to the sandbox, and of every delivery that AWS makes by itself.

The evaluator is `service.access`; here are the policies it is given (from moto's stores) and the errors that AWS
answers with. The caller holds `EXCLUSIVE`.
"""

from __future__ import annotations

from dataclasses import replace

from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from service.access.document import MalformedPolicy
from service.access.evaluator import Decision, Effect, evaluate
from service.access.request import Caller, Request
from service.sandbox.actions import Asked, Context, asked_of
from service.sandbox.call import Call, Credentials, Denial, Principal
from service.sandbox.policies import PARTITION, policies_for, role_of, trust_of

_JSON_SERVICES = ("logs", "firehose", "kms", "resourcegroupstaggingapi", "config", "cloudtrail")
_OWNER_KEEPS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
"""The root of a bucket's account can always get at the policy, so that nobody locks everybody out (S3 User Guide)."""
_FREE = (("sts", "GetCallerIdentity"),)


def authorise(call: Call) -> Denial | None:
    """The refusal that AWS answers a call with, or None."""
    if (call.service, call.operation) in _FREE:
        return None
    if (call.service, call.operation) == ("sts", "AssumeRole"):
        return _assume(call)
    shared = _global_context(call)
    for asked in asked_of(call):
        decision = decide(call.principal, asked.action, asked.resource, {**shared, **asked.context})
        if not decision.allowed:
            return _denial(call, asked, decision)
    return None


def decide(principal: Principal, action: str, resource: str, context: Context) -> Decision:
    """The decision on one action, by every policy that bears on it."""
    owner, policies = policies_for(principal, resource)
    account = owner or principal.account
    if action == "s3:CreateBucket":
        # A bucket of somebody else that has the name guards itself by being there, not by its policy.
        account, policies = principal.account, replace(policies, resource=())
    if principal.kind == "root" and principal.account == account and action in _OWNER_KEEPS:
        return Decision(Effect.ALLOW)
    request = Request(_caller(principal), action, resource, account, _with_principal(principal, context))
    try:
        return evaluate(request, policies)
    except MalformedPolicy:
        return Decision(Effect.IMPLICIT_DENY, "resource")


def assume_as_service(
    service: str, role_arn: str, context: dict[str, str], session_name: str
) -> Credentials | Denial:
    """Credentials of a role taken by an AWS service, if the role's trust policy lets it."""
    role = role_of(role_arn)
    if role is None:
        return Denial("AccessDenied", f"{service} cannot assume {role_arn}: there is no such role")
    account = role_arn.split(":")[4]
    caller = Caller("service", "", service, None, frozenset({service}))
    decision = evaluate(Request(caller, "sts:AssumeRole", role_arn, account, {**context}), trust_of(role))
    if not decision.allowed:
        return Denial(
            "AccessDenied", f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        )
    session = sts_backends[account][PARTITION].assume_role(
        region_name="us-east-1",
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=3600,
        external_id="",
    )
    made = session[0] if isinstance(session, tuple) else session
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token)


def principal_of(access_key_id: str) -> Principal | None:
    """The user or role session that a key belongs to."""
    for account, backends in list(iam_backends.items()):
        if PARTITION not in backends:
            continue
        key = backends[PARTITION].access_keys.get(access_key_id)
        if key is None:
            continue
        if key.role_arn:
            return _session(account, access_key_id, key.role_arn)
        user = next((u for u in backends[PARTITION].users.values() if u.name == key.user_name), None)
        return Principal("user", account, user.arn) if user else None
    return None


def _session(account: str, access_key_id: str, role_arn: str) -> Principal | None:
    sessions = sts_backends[account][PARTITION].assumed_roles
    found = next((s for s in reversed(sessions) if s.access_key_id == access_key_id), None)
    return None if found is None else Principal("role", account, found.arn, role_arn, found.policy)


def _caller(principal: Principal) -> Caller:
    services = frozenset({principal.arn}) if principal.kind == "service" else frozenset()
    return Caller(principal.kind, principal.account, principal.arn, principal.role_arn, services)


def _with_principal(principal: Principal, context: Context) -> Context:
    """The keys that follow from who asks."""
    known: Context = {}
    if principal.account:
        known = {
            "aws:PrincipalArn": principal.role_arn or principal.arn,
            "aws:PrincipalAccount": principal.account,
        }
        known["kms:CallerAccount"] = principal.account
    return {**known, **context}


def _global_context(call: Call) -> Context:
    return {
        "aws:SecureTransport": "true" if call.secure else "false",
        "aws:RequestedRegion": call.region,
        "aws:CurrentTime": utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _assume(call: Call) -> Denial | None:
    """sts:AssumeRole: the role must exist, trust the caller, and the caller's own policies must allow it where trust
    names only the account or another account's principal asks ("Cross-account policy evaluation logic")."""
    arn = str(call.params.get("RoleArn", ""))
    asked = next(asked_of(call))
    context = {**_global_context(call), **asked.context}
    role = role_of(arn) if arn.startswith("arn:") and len(arn.split(":")) > 5 else None
    if call.principal.kind == "root":
        return Denial("AccessDenied", "Roles may not be assumed by root accounts.")
    refused = _denial(call, Asked("sts:AssumeRole", arn), Decision(Effect.IMPLICIT_DENY))
    if role is None:
        return refused
    longest = int(role.max_session_duration or 3600)
    if int(call.params.get("DurationSeconds") or 3600) > longest:
        return Denial(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            400,
        )
    _, own = policies_for(call.principal, arn)
    trust = trust_of(role)
    request = Request(
        _caller(call.principal),
        "sts:AssumeRole",
        arn,
        arn.split(":")[4],
        _with_principal(call.principal, context),
    )
    both = replace(own, resource=trust.resource, resource_type="trust", resource_decides=True)
    decision = evaluate(request, both)
    return None if decision.allowed else _denial(call, Asked("sts:AssumeRole", arn), decision)


def _denial(call: Call, asked: Asked, decision: Decision) -> Denial:
    who = call.principal.arn or "anonymous"
    message = f"User: {who} is not authorized to perform: {asked.action}"
    if asked.resource != "*":
        message += f" on resource: {asked.resource}"
    message += f" {decision.because(asked.action)}"
    if call.service in _JSON_SERVICES:
        return Denial("AccessDeniedException", message, 400)
    if call.service == "sns":
        return Denial("AuthorizationError", message, 403)
    return Denial("AccessDenied", message, 403)
