"""Who may write to the store of a recorder, asked of an evaluator of IAM's own logic."""

from __future__ import annotations

import pytest

from programs.aws_config.policies import SERVICE, service_writer
from programs.documents import render
from programs.names import names_of
from programs.store import policies
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request
from tests.programs.aws_config.wishes import config_wish
from tests.programs.wishes import KEY_ARN, LOG, PRODUCTION, REGION

NAMES = names_of(config_wish())
KEYS = f"{NAMES.bucket_arn}/logs/AWSLogs/{PRODUCTION}/Config/"
HISTORY = f"{KEYS}{REGION}/2026/11/24/ConfigHistory/x.json.gz"
SOURCE = {
    "aws:SourceAccount": PRODUCTION,
    "aws:SourceArn": f"arn:aws:config:{REGION}:{PRODUCTION}:*",
    "aws:PrincipalServiceName": SERVICE,
    "aws:PrincipalIsAWSService": "true",
    "aws:SecureTransport": "true",
    "s3:x-amz-acl": "bucket-owner-full-control",
    "s3:x-amz-server-side-encryption": "aws:kms",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": KEY_ARN,
}
ALLOWING = Policy(
    "all", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)


def config(service: str = SERVICE) -> Caller:
    return Caller("service", "", service, None, frozenset({service}))


def may(caller: Caller, action: str, resource: str = HISTORY, **context: str) -> bool:
    """Whether a caller may do this to the store of the recorder."""
    text = render(policies.bucket_policy(NAMES, KEY_ARN, (), service_writer(NAMES)))
    identity = (ALLOWING,) if caller.kind == "role" else ()
    request = Request(caller, action, resource, LOG, {**SOURCE, **context})
    return evaluate(request, Policies(identity=identity, resource=(Policy("bucket", text),))).allowed


def test_aws_config_writes_for_the_recorder_of_production() -> None:
    assert may(config(), "s3:PutObject")
    assert may(config(), "s3:PutObject", f"{KEYS}ConfigWritabilityCheckFile")
    assert may(config(), "s3:GetBucketAcl", NAMES.bucket_arn)
    assert may(config(), "s3:ListBucket", NAMES.bucket_arn)


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("s3:PutObject", HISTORY, {"aws:SourceAccount": LOG}),
        ("s3:PutObject", HISTORY, {"aws:SourceArn": f"arn:aws:config:eu-west-1:{PRODUCTION}:*"}),
        ("s3:PutObject", HISTORY, {"s3:x-amz-acl": "public-read"}),
        ("s3:PutObject", HISTORY, {"aws:SecureTransport": "false"}),
        ("s3:PutObject", HISTORY, {"s3:x-amz-server-side-encryption": "AES256"}),
        ("s3:PutObject", HISTORY, {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:another"}),
        ("s3:PutObject", f"{NAMES.bucket_arn}/logs/AWSLogs/{LOG}/Config/x", {}),
        ("s3:PutObject", f"{NAMES.bucket_arn}/errors/x", {}),
        ("s3:GetObject", HISTORY, {}),
        ("s3:DeleteObject", HISTORY, {}),
        ("s3:GetBucketAcl", NAMES.bucket_arn, {"aws:SourceAccount": LOG}),
    ],
)
def test_it_does_nothing_else_and_for_nobody_else(
    action: str, resource: str, context: dict[str, str]
) -> None:
    assert not may(config(), action, resource, **context)


def test_no_other_service_and_no_person_writes() -> None:
    other = "cloudtrail.amazonaws.com"
    assert not may(config(other), "s3:PutObject", **{"aws:PrincipalServiceName": other})
    for account in (LOG, PRODUCTION):
        role = f"arn:aws:iam::{account}:role/admin"
        admin = Caller("role", account, f"arn:aws:sts::{account}:assumed-role/admin/x", role_arn=role)
        text = render(policies.bucket_policy(NAMES, KEY_ARN, (), service_writer(NAMES)))
        known = {"aws:PrincipalArn": role, "aws:PrincipalAccount": account, "aws:SecureTransport": "true"}
        asked = Request(admin, "s3:PutObject", HISTORY, LOG, known)
        allowed = evaluate(asked, Policies(identity=(ALLOWING,), resource=(Policy("bucket", text),))).allowed
        assert not allowed, account


@pytest.mark.parametrize(
    ("service", "account", "allowed"),
    [(SERVICE, PRODUCTION, True), (SERVICE, LOG, False), ("cloudtrail.amazonaws.com", PRODUCTION, False)],
)
def test_the_key_is_for_aws_config_for_production(service: str, account: str, allowed: bool) -> None:
    text = render(policies.key_policy(NAMES, (), service_writer(NAMES)))
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        request = Request(config(service), action, KEY_ARN, LOG, {**SOURCE, "aws:SourceAccount": account})
        decided = evaluate(request, Policies(resource=(Policy("key", text),), resource_decides=True))
        assert decided.allowed is allowed
