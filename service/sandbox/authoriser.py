"""May this principal do that? Asked of every call to the sandbox, and of every delivery that AWS makes by itself.

The evaluator is `service.access`; here are the policies it is given (from moto's stores) and the errors that AWS
answers with. The caller holds `EXCLUSIVE`.
"""

from __future__ import annotations

from dataclasses import replace

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from service.access.document import MalformedPolicy
from service.access.evaluator import Decision, Effect, Policies, evaluate
from service.access.request import Caller, Request
from service.access.standing import keys_of, owner_keeps
from service.sandbox import moment
from service.sandbox.actions import asked_of
from service.sandbox.asked import Asked, Context
from service.sandbox.call import Call, Credentials, Denial, Principal
from service.sandbox.policies import PARTITION, policies_for, role_of, trust_of
from service.sandbox.spelling import denied

_TOKENS = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
DEFAULT_SESSION = CHAINED_SESSION = 3600
"""Seconds; https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


def authorise(call: Call) -> Denial | None:
    """The refusal that AWS answers a call with, or None."""
    if (call.service, call.operation) == ("sts", "GetCallerIdentity"):
        return None
    if (call.service, call.operation) == ("sts", "AssumeRole"):
        return _assume(call)
    if call.service == "sts" and call.operation in _TOKENS:
        return Denial(
            "AccessDenied", f"Not authorized to perform sts:{call.operation}: no provider is known."
        )
    shared = _global_context(call)
    for asked in asked_of(call):
        decision = decide(call.principal, asked.action, asked.resource, shared | asked.context)
        if not decision.allowed:
            return _denial(call, asked, decision)
    return None


def decide(principal: Principal, action: str, resource: str, context: Context) -> Decision:
    """The decision on one action, by every policy that bears on it; a policy nobody can read allows nothing."""
    owner, policies = policies_for(principal, resource)
    account = owner or principal.account
    if action == "s3:CreateBucket":
        # A bucket of somebody else that has the name guards itself by being there, not by its policy.
        account, policies = principal.account, replace(policies, resource=())
    return _decided(principal, action, resource, account, context, policies)


def assume_as_service(
    service: str, role_arn: str, context: dict[str, str], session_name: str
) -> Credentials | Denial:
    """Credentials of a role taken by an AWS service, if the role's trust policy lets it."""
    role = role_of(role_arn)
    message = f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    if role is None:
        return Denial("AccessDenied", message)
    account = role_arn.split(":")[4]
    principal = Principal("service", "", service)
    if not _decided(principal, "sts:AssumeRole", role_arn, account, {**context}, trust_of(role)).allowed:
        return Denial("AccessDenied", message)
    made = sts_backends[account][PARTITION].assume_role(
        region_name="us-east-1",
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=DEFAULT_SESSION,
        external_id="",
    )
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token)


def principal_of(access_key_id: str) -> Principal | None:
    """The user or role session that a key belongs to."""
    for account, backends in list(iam_backends.items()):
        key = backends[PARTITION].access_keys.get(access_key_id) if PARTITION in backends else None
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
    return Principal("role", account, found.arn, role_arn, found.policy) if found else None


def _decided(
    principal: Principal, action: str, resource: str, account: str, context: Context, policies: Policies
) -> Decision:
    services = frozenset({principal.arn}) if principal.kind == "service" else frozenset()
    caller = Caller(principal.kind, principal.account, principal.arn, principal.role_arn, services)
    if owner_keeps(caller, action, account):
        return Decision(Effect.ALLOW)
    known: Context = {**keys_of(caller, action), **_service_context(principal)}
    if account:
        known["aws:ResourceAccount"] = account
    try:
        return evaluate(Request(caller, action, resource, account, {**known, **context}), policies)
    except MalformedPolicy:
        return Decision(Effect.IMPLICIT_DENY, policies.resource_type)


def _service_context(principal: Principal) -> Context:
    """For whom a service acts, which it says itself."""
    if principal.kind != "service" or not principal.source_arn:
        return {}
    return {"aws:SourceArn": principal.source_arn, "aws:SourceAccount": principal.source_account}


def _global_context(call: Call) -> Context:
    return {
        "aws:SecureTransport": "true" if call.secure else "false",
        "aws:RequestedRegion": call.region,
        "aws:CurrentTime": moment.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _assume(call: Call) -> Denial | None:
    """sts:AssumeRole: the role must exist and trust the caller, and the caller's own policies must allow it where
    trust names only the account or the role is another account's ("Cross-account policy evaluation logic")."""
    arn = str(call.params.get("RoleArn", ""))
    if call.principal.kind == "root":
        return Denial("AccessDenied", "Roles may not be assumed by root accounts.")
    role = role_of(arn)
    for asked in _steps(call):
        decision = Decision(Effect.IMPLICIT_DENY)
        if role is not None:
            _, own = policies_for(call.principal, arn)
            both = replace(
                own, resource=trust_of(role).resource, resource_type="trust", resource_decides=True
            )
            account, context = arn.split(":")[4], _global_context(call) | asked.context
            decision = _decided(call.principal, asked.action, arn, account, context, both)
        if not decision.allowed:
            return _denial(call, asked, decision)
    return _too_long(call, int(role.max_session_duration or DEFAULT_SESSION) if role else 0) or _unplayed(
        call
    )


def _steps(call: Call) -> list[Asked]:
    """Session tags and a source identity are actions of their own, which trust must allow too."""
    [assume] = asked_of(call)
    members = (("Tags", "sts:TagSession"), ("SourceIdentity", "sts:SetSourceIdentity"))
    return [
        assume,
        *(replace(assume, action=action) for member, action in members if call.params.get(member)),
    ]


def _too_long(call: Call, longest: int) -> Denial | None:
    seconds = int(call.params.get("DurationSeconds") or DEFAULT_SESSION)
    if seconds > longest:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        return Denial("ValidationError", message, 400)
    if call.principal.kind == "role" and seconds > CHAINED_SESSION:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        return Denial("ValidationError", message, 400)
    return None


def _unplayed(call: Call) -> Denial | None:
    """A session that moto would make wider than it was asked for is not made."""
    if not call.params.get("PolicyArns"):
        return None
    return Denial("NotImplemented", "The sandbox does not play session policies given by ARN.", 501)


def _denial(call: Call, asked: Asked, decision: Decision) -> Denial:
    message = f"User: {call.principal.arn or 'anonymous'} is not authorized to perform: {asked.action}"
    if asked.resource != "*":
        message += f" on resource: {asked.resource}"
    message += f" {decision.because(asked.action)}"
    return denied(call.service, message)
