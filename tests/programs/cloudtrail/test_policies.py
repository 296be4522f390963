"""Who may do what with a trail's store and with the role of EventBridge, asked of an evaluator of IAM's own logic."""

from __future__ import annotations

import pytest
from hypothesis import given

from programs.cloudtrail.policies import events_trust, trail_writer
from programs.documents import render
from programs.names import names_of
from programs.store import policies
from programs.wish import Wish
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request
from tests.programs.cloudtrail.wishes import trail_wish
from tests.programs.wishes import KEY_ARN, LOG, PRODUCTION, READER, REGION, WISHES

NAMES = names_of(trail_wish())
OURS, THEIRS = NAMES.trail_arn, NAMES.trail_arn_of("somebody-elses")
WRITER = trail_writer(NAMES, OURS)
LOG_FILE = f"{NAMES.bucket_arn}/logs/AWSLogs/{PRODUCTION}/CloudTrail/{REGION}/2026/11/24/x.json.gz"
ACL = {"s3:x-amz-acl": "bucket-owner-full-control"}
SSE = "s3:x-amz-server-side-encryption"
SEALED = {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY_ARN}
EVERYTHING = Policy(
    "all", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)
CLOUDTRAIL = Caller(
    "service", arn="cloudtrail.amazonaws.com", services=frozenset({"cloudtrail.amazonaws.com"})
)


def asked(action: str, resource: str, text: str, source: str, **context: str) -> bool:
    """Whether CloudTrail, for a trail, is let do this by one resource policy."""
    known = {"aws:SecureTransport": "true", "aws:SourceArn": source, "aws:SourceAccount": PRODUCTION}
    request = Request(CLOUDTRAIL, action, resource, LOG, {**known, **context})
    return evaluate(request, Policies(resource=(Policy("guard", text),), resource_decides=True)).allowed


def may_write(source: str, key: str = LOG_FILE, **context: str) -> bool:
    """Whether CloudTrail may put an object for a trail."""
    text = render(policies.bucket_policy(NAMES, KEY_ARN, [READER], WRITER))
    return asked("s3:PutObject", key, text, source, **context)


def test_cloudtrail_writes_for_our_trail_alone() -> None:
    assert may_write(OURS, **ACL, **SEALED)
    assert not may_write(THEIRS, **ACL, **SEALED)


def test_it_writes_for_the_buckets_owner_with_the_stores_key_and_in_its_folder() -> None:
    assert not may_write(OURS, **SEALED)
    assert not may_write(OURS, **ACL, **SEALED | {f"{SSE}-aws-kms-key-id": KEY_ARN[:-1] + "1"})
    assert not may_write(OURS, f"{NAMES.bucket_arn}/logs/AWSLogs/444444444444/x", **ACL, **SEALED)
    assert not may_write(OURS, f"{NAMES.bucket_arn}/AWSLogs/{PRODUCTION}/x", **ACL, **SEALED)


def test_digests_are_taken_as_cloudtrail_encrypts_them_and_nothing_else_is() -> None:
    digest = LOG_FILE.replace("/CloudTrail/", "/CloudTrail-Digest/")
    assert may_write(OURS, digest, **ACL, **{SSE: "AES256"})
    assert not may_write(THEIRS, digest, **ACL, **{SSE: "AES256"})
    assert not may_write(OURS, **ACL, **{SSE: "AES256"})


def test_it_may_look_at_the_access_list_for_our_trail() -> None:
    text = render(policies.bucket_policy(NAMES, KEY_ARN, [], WRITER))
    assert asked("s3:GetBucketAcl", NAMES.bucket_arn, text, OURS)
    assert not asked("s3:GetBucketAcl", NAMES.bucket_arn, text, THEIRS)
    assert not asked("s3:GetObject", LOG_FILE, text, OURS)


@pytest.mark.parametrize("account", [PRODUCTION, LOG])
def test_administrators_write_nothing(account: str) -> None:
    arn = f"arn:aws:iam::{account}:role/admin"
    admin = Caller("role", account, f"arn:aws:sts::{account}:assumed-role/admin/s", role_arn=arn)
    context = {"aws:SecureTransport": "true", "aws:PrincipalArn": arn, "aws:PrincipalAccount": account}
    text = render(policies.bucket_policy(NAMES, KEY_ARN, [READER], WRITER))
    request = Request(admin, "s3:PutObject", LOG_FILE, LOG, {**context, **ACL})
    assert not evaluate(request, Policies((EVERYTHING,), resource=(Policy("b", text),))).allowed


@pytest.mark.parametrize(
    ("action", "source", "context", "allowed"),
    [
        ("kms:GenerateDataKey", OURS, {"kms:EncryptionContext:aws:cloudtrail:arn": OURS}, True),
        ("kms:GenerateDataKey", THEIRS, {"kms:EncryptionContext:aws:cloudtrail:arn": THEIRS}, False),
        ("kms:GenerateDataKey", OURS, {"kms:EncryptionContext:aws:cloudtrail:arn": THEIRS}, False),
        ("kms:GenerateDataKey", OURS, {}, False),
        (
            "kms:GenerateDataKey",
            OURS,
            {
                "kms:ViaService": f"s3.{REGION}.amazonaws.com",
                "kms:EncryptionContext:aws:s3:arn": NAMES.bucket_arn,
            },
            True,
        ),
        ("kms:DescribeKey", OURS, {}, True),
        ("kms:Decrypt", OURS, {}, True),
        ("kms:Decrypt", THEIRS, {}, False),
        ("kms:PutKeyPolicy", OURS, {}, False),
    ],
)
def test_the_key_is_used_for_our_trail_alone(
    action: str, source: str, context: dict[str, str], allowed: bool
) -> None:
    text = render(policies.key_policy(NAMES, [READER], WRITER))
    assert asked(action, KEY_ARN, text, source, **context) is allowed


@pytest.mark.parametrize(
    ("rule", "account", "allowed"),
    [
        (NAMES.rule_arn, PRODUCTION, True),
        (NAMES.rule_arn + "-other", PRODUCTION, False),
        (NAMES.rule_arn, "444444444444", False),
    ],
)
def test_eventbridge_takes_the_role_for_our_rule_alone(rule: str, account: str, allowed: bool) -> None:
    caller = Caller("service", arn="events.amazonaws.com", services=frozenset({"events.amazonaws.com"}))
    context = {"aws:SourceArn": rule, "aws:SourceAccount": account}
    request = Request(caller, "sts:AssumeRole", "arn:role", PRODUCTION, context)
    trust = Policy("trust", render(events_trust(NAMES)))
    known = Policies(resource=(trust,), resource_type="trust", resource_decides=True)
    assert evaluate(request, known).allowed is allowed


@given(WISHES)
def test_no_document_is_larger_and_no_name_longer_than_aws_takes(asked: Wish) -> None:
    names = names_of(asked)
    writer = trail_writer(names, names.trail_arn_of("x" * 128))
    readers = [f"arn:aws:iam::{number:012}:role/{'r' * 64}" for number in range(50)]
    assert len(render(policies.bucket_policy(names, KEY_ARN, readers, writer))) <= 20_480
    assert len(render(policies.key_policy(names, readers, writer))) <= 32_768
    assert len(render(events_trust(names))) <= 2_048
    assert len(names.trail) <= 128
    assert "--" not in names.trail
    assert len(names.rule) <= 64
    assert len(names.events_role) <= 64
