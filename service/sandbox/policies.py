"""The policies in moto's stores, as the evaluator wants them. The caller holds `EXCLUSIVE`."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.iam.models import Role, User, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from service.access.evaluator import Policies, Policy
from service.sandbox.call import Principal

PARTITION = "aws"
ARN = re.compile(r"arn:aws:(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>\d{12})?:(?P<name>.+)")
_BACKENDS: dict[str, Any] = {"kms": kms_backends, "sns": sns_backends, "sqs": sqs_backends}
_NOTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}'
"""Stands for a boundary that is gone: it allows nothing."""


def text_of(document: Any) -> str:
    """A policy's text, however moto keeps it."""
    if isinstance(document, bytes):
        return document.decode()
    return document if isinstance(document, str) else json.dumps(document)


def role_of(arn: str) -> Role | None:
    """The role with this ARN, path included; None where there is none, or the text is no ARN of one."""
    match = ARN.fullmatch(arn)
    if match is None or not match["account"]:
        return None
    roles = iam_backends[match["account"]][PARTITION].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def user_of(arn: str) -> User | None:
    """The user with this ARN."""
    users = iam_backends[arn.split(":")[4]][PARTITION].users.values()
    return next((user for user in users if user.arn == arn), None)


def identity_policies(principal: Principal) -> tuple[tuple[Policy, ...], Policy | None]:
    """The policies of a role or user, and its boundary."""
    if principal.kind == "role" and principal.role_arn:
        role = role_of(principal.role_arn)
        return (_of_role(role), _boundary(role.permissions_boundary_arn)) if role else ((), None)
    if principal.kind == "user":
        user = user_of(principal.arn)
        return (_of_user(user), None) if user else ((), None)
    return (), None


def _of_role(role: Role) -> tuple[Policy, ...]:
    inline = [Policy(name, text_of(document)) for name, document in role.policies.items()]
    return (*inline, *_attached(role.managed_policies))


def _of_user(user: User) -> tuple[Policy, ...]:
    inline = [Policy(name, text_of(document)) for name, document in user.policies.items()]
    groups = [g for g in iam_backends[user.account_id][PARTITION].groups.values() if user in g.users]
    grouped = [Policy(name, text_of(document)) for g in groups for name, document in g.policies.items()]
    of_groups = [policy for g in groups for policy in _attached(g.managed_policies)]
    return (*inline, *grouped, *_attached(user.managed_policies), *of_groups)


def _attached(policies: dict[str, Any]) -> tuple[Policy, ...]:
    return tuple(Policy(arn, _default_version(policy)) for arn, policy in policies.items())


def _default_version(policy: Any) -> str:
    version = next(v for v in policy.versions if v.version_id == policy.default_version_id)
    return text_of(version.document)


def _boundary(arn: str | None) -> Policy | None:
    if not arn:
        return None
    policy = iam_backends[arn.split(":")[4]][PARTITION].managed_policies.get(arn)
    return Policy(arn, _default_version(policy) if policy else _NOTHING)


def policies_for(principal: Principal, resource: str) -> tuple[str, Policies]:
    """The account that owns a resource ("" where nobody does) and every policy that bears on this request."""
    identity, boundary = identity_policies(principal)
    session = Policy("session", principal.session_policy) if principal.session_policy else None
    account, text, decides = _resource_policy(resource)
    guard: tuple[Policy, ...] = (Policy(resource, text),) if text else ()
    if principal.kind == "service" and resource.startswith("arn:aws:logs:"):
        guard = _log_policies(resource)
    return account, Policies(identity, boundary, session, guard, resource_decides=decides)


def _log_policies(arn: str) -> tuple[Policy, ...]:
    """The log resource policies of a group's account and region. They count for services alone
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html)."""
    _, _, _, region, account, _ = arn.split(":", 5)
    kept = logs_backends[account][region].resource_policies.values()
    return tuple(Policy(policy.policy_name, policy.policy_document) for policy in kept)


def trust_of(role: Role) -> Policies:
    """A role's trust policy as the one that must allow."""
    trust = Policy(role.arn, text_of(role.assume_role_policy_document))
    return Policies(resource=(trust,), resource_type="trust", resource_decides=True)


def _resource_policy(arn: str) -> tuple[str, str | None, bool]:
    """Owner, policy text, and whether that policy must take part even within the account (KMS)."""
    match = ARN.fullmatch(arn)
    if match is None:
        return "", None, False
    service, account, name = match["service"], match["account"] or "", match["name"]
    if service == "s3":
        return _bucket_policy(name.partition("/")[0])
    backends = _BACKENDS.get(service, {}).get(account)
    if backends is None or match["region"] not in backends.regions:
        return account, None, False
    kept = backends[match["region"]]
    if service == "kms":
        key = kept.keys.get(name.removeprefix("key/"))
        return account, text_of(key.policy) if key else None, key is not None
    guarded = kept.queues.get(name) if service == "sqs" else kept.topics.get(arn)
    return account, text_of(guarded.policy) if guarded and guarded.policy else None, False


def _bucket_policy(name: str) -> tuple[str, str | None, bool]:
    bucket = bucket_of(name)
    if bucket is None:
        return "", None, False
    return bucket.account_id, text_of(bucket.policy) if bucket.policy else None, False


def bucket_of(name: str) -> Any | None:
    """moto's bucket of this name, whoever owns it."""
    owner = s3_backends.bucket_accounts.get(name)
    return s3_backends[owner[1]][owner[0]].buckets.get(name) if owner else None
