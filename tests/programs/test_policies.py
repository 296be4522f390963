"""Who may do what with a pipeline's store, asked of an evaluator of IAM's own logic; and the size limits of AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from programs.documents import Document, document, render
from programs.firehose import policies as delivery
from programs.names import Names, names_of
from programs.store import policies
from programs.store.consumers import reader_permissions, reader_trust
from programs.store.writers import role_writer
from programs.wish import Wish
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request
from tests.programs.wishes import (
    KEY_ARN,
    LOG,
    PRODUCTION,
    READER,
    REGION,
    REPLICA_KEY_ARN,
    REPLICA_REGION,
    WISHES,
    wish,
)

NAMES = names_of(wish())
QUEUE = NAMES.consumer("splunk").queue_arn
ROLE = role_writer(NAMES, NAMES.firehose_role_arn)
OBJECT = f"{NAMES.bucket_arn}/logs/2026/11/24/08/x.gz"
EVERYTHING = Policy(
    "all", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
)
SSE = "s3:x-amz-server-side-encryption"


def role(account: str, arn: str) -> Caller:
    name = arn.rsplit("/", 1)[-1]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/session"
    return Caller("role", account, session, role_arn=arn)


WRITER = role(PRODUCTION, NAMES.firehose_role_arn)
ENGINEER = role(PRODUCTION, f"arn:aws:iam::{PRODUCTION}:role/admin")
KEEPER = role(LOG, f"arn:aws:iam::{LOG}:role/logflume/logflume-deploy")
MONITORING = role("333333333333", READER)
STRANGER = role("444444444444", "arn:aws:iam::444444444444:role/stranger")


def may(
    caller: Caller,
    action: str,
    resource: str = OBJECT,
    *,
    writer: bool = True,
    context: dict[str, str] | None = None,
) -> bool:
    """Whether a caller whose own policies allow everything may do this to the store."""
    text = render(policies.bucket_policy(NAMES, KEY_ARN, [READER], ROLE if writer else None))
    known = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": caller.principal_arn,
        "aws:PrincipalAccount": caller.account,
        **(context or {}),
    }
    request = Request(caller, action, resource, LOG, known)
    return evaluate(request, Policies(identity=(EVERYTHING,), resource=(Policy("bucket", text),))).allowed


def test_the_role_that_firehose_assumes_may_write() -> None:
    assert may(WRITER, "s3:PutObject")
    assert may(WRITER, "s3:ListBucket", NAMES.bucket_arn)


@pytest.mark.parametrize("caller", [ENGINEER, KEEPER, MONITORING, STRANGER, Caller("anonymous")])
def test_nobody_else_may_write(caller: Caller) -> None:
    assert not may(caller, "s3:PutObject")


@pytest.mark.parametrize(
    "action", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:GetObject"]
)
@pytest.mark.parametrize("caller", [ENGINEER, STRANGER, MONITORING])
def test_an_administrator_elsewhere_may_do_nothing_to_objects(caller: Caller, action: str) -> None:
    assert may(caller, action) == (caller is MONITORING and action == "s3:GetObject")


@pytest.mark.parametrize(
    "action", ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutLifecycleConfiguration"]
)
def test_only_the_log_account_changes_the_bucket(action: str) -> None:
    assert may(KEEPER, action, NAMES.bucket_arn)
    assert not may(ENGINEER, action, NAMES.bucket_arn)
    assert not may(MONITORING, action, NAMES.bucket_arn)


def test_production_is_denied_even_where_somebody_lets_it_in_by_hand() -> None:
    mine = policies.bucket_policy(NAMES, KEY_ARN, [f"arn:aws:iam::{PRODUCTION}:root"], ROLE)
    opened = document(
        *mine["Statement"],
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"{NAMES.bucket_arn}/*"},
    )
    context = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": ENGINEER.principal_arn,
        "aws:PrincipalAccount": PRODUCTION,
    }
    for action, allowed in (("s3:DeleteObject", False), ("s3:PutObject", False), ("s3:GetObject", True)):
        request = Request(ENGINEER, action, OBJECT, LOG, context)
        found = evaluate(request, Policies((EVERYTHING,), resource=(Policy("bucket", render(opened)),)))
        assert found.allowed is allowed, action


def test_nothing_goes_over_plain_http() -> None:
    assert not may(WRITER, "s3:PutObject", context={"aws:SecureTransport": "false"})
    assert not may(MONITORING, "s3:GetObject", context={"aws:SecureTransport": "false"})


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY_ARN}, True),
        ({SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY_ARN[:-1] + "1"}, False),
        ({SSE: "aws:kms"}, False),
        ({SSE: "AES256"}, False),
        ({SSE: "aws:kms:dsse", f"{SSE}-aws-kms-key-id": KEY_ARN}, False),
    ],
)
def test_objects_are_encrypted_with_the_key_of_the_store_or_refused(
    headers: dict[str, str], allowed: bool
) -> None:
    assert may(WRITER, "s3:PutObject", context=headers) is allowed


def test_a_retired_store_is_read_and_never_written() -> None:
    assert may(MONITORING, "s3:GetObject", writer=False)
    assert not may(WRITER, "s3:PutObject", writer=False)
    assert not may(KEEPER, "s3:PutObject", writer=False)
    text = render(policies.bucket_policy(NAMES, KEY_ARN, [], None))
    assert NAMES.firehose_role_arn not in text
    assert NAMES.firehose_role_arn not in render(policies.key_policy(NAMES, [], None))


@pytest.mark.parametrize(
    ("caller", "action", "via", "context", "allowed"),
    [
        (WRITER, "kms:GenerateDataKey", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn, True),
        (WRITER, "kms:GenerateDataKey", f"s3.{REGION}.amazonaws.com", OBJECT, True),
        (WRITER, "kms:GenerateDataKey", "ec2.eu-west-3.amazonaws.com", NAMES.bucket_arn, False),
        (WRITER, "kms:GenerateDataKey", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn + "x", False),
        (WRITER, "kms:PutKeyPolicy", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn, False),
        (MONITORING, "kms:Decrypt", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn, True),
        (MONITORING, "kms:GenerateDataKey", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn, False),
        (ENGINEER, "kms:Decrypt", f"s3.{REGION}.amazonaws.com", NAMES.bucket_arn, False),
        (KEEPER, "kms:PutKeyPolicy", "", "", True),
    ],
)
def test_the_key_is_used_through_the_bucket_alone(
    caller: Caller, action: str, via: str, context: str, allowed: bool
) -> None:
    text = render(policies.key_policy(NAMES, [READER], ROLE))
    request = Request(
        caller, action, KEY_ARN, LOG, {"kms:ViaService": via, "kms:EncryptionContext:aws:s3:arn": context}
    )
    known = Policies((EVERYTHING,), resource=(Policy("key", text),), resource_decides=True)
    assert evaluate(request, known).allowed is allowed


@pytest.mark.parametrize(
    ("document", "service", "action", "resource", "context", "allowed"),
    [
        ("topic", "s3", "sns:Publish", NAMES.topic_arn, {"aws:SourceArn": NAMES.bucket_arn, "aws:SourceAccount": LOG}, True),
        ("topic", "s3", "sns:Publish", NAMES.topic_arn, {"aws:SourceArn": "arn:aws:s3:::other", "aws:SourceAccount": LOG}, False),
        ("topic", "s3", "sns:Publish", NAMES.topic_arn, {"aws:SourceArn": NAMES.bucket_arn, "aws:SourceAccount": "4"}, False),
        ("queue", "sns", "sqs:SendMessage", QUEUE, {"aws:SourceArn": NAMES.topic_arn}, True),
        ("queue", "sns", "sqs:SendMessage", QUEUE, {"aws:SourceArn": NAMES.topic_arn + "x"}, False),
        ("queue", "s3", "sqs:SendMessage", QUEUE, {"aws:SourceArn": NAMES.topic_arn}, False),
    ],
)  # fmt: skip
def test_announcements_come_from_the_bucket_and_the_topic_alone(
    document: str, service: str, action: str, resource: str, context: dict[str, str], allowed: bool
) -> None:
    made = {"topic": policies.topic_policy(NAMES), "queue": policies.queue_policy(QUEUE, NAMES.topic_arn)}[
        document
    ]
    caller = Caller(
        "service", services=frozenset({f"{service}.amazonaws.com"}), arn=f"{service}.amazonaws.com"
    )
    request = Request(caller, action, resource, LOG, {"aws:SecureTransport": "true", **context})
    found = evaluate(request, Policies(resource=(Policy(document, render(made)),)))
    assert found.allowed is allowed


def assume(trust: Document, service: str, **context: str) -> bool:
    caller = Caller("service", services=frozenset({service}), arn=service)
    request = Request(caller, "sts:AssumeRole", NAMES.firehose_role_arn, PRODUCTION, context)
    known = Policies(resource=(Policy("trust", render(trust)),), resource_type="trust", resource_decides=True)
    return evaluate(request, known).allowed


@pytest.mark.parametrize(("account", "allowed"), [(PRODUCTION, True), ("444444444444", False)])
def test_services_take_the_roles_for_our_account_alone(account: str, allowed: bool) -> None:
    context = {"sts:ExternalId": account, "aws:SourceAccount": account}
    assert assume(delivery.firehose_trust(NAMES), "firehose.amazonaws.com", **context) is allowed
    group = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/lambda/payments"
    context = {"aws:SourceArn": group, "aws:SourceAccount": account}
    assert assume(delivery.logs_trust(NAMES), f"logs.{REGION}.amazonaws.com", **context) is allowed
    assert not assume(delivery.logs_trust(NAMES), "firehose.amazonaws.com", **context)


def test_roles_have_no_more_than_the_actions_of_the_article() -> None:
    article = {"s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads",
               "s3:PutObjectAcl", "s3:PutObject"}  # fmt: skip
    write, key, say = delivery.firehose_permissions(NAMES, KEY_ARN)["Statement"]
    assert set(write["Action"]) == article
    assert set(key["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert say["Action"] == ["logs:PutLogEvents"]
    (feed,) = delivery.feeder_permissions(NAMES)["Statement"]
    assert all(action.startswith("firehose:Put") for action in feed["Action"])
    assert feed["Resource"] == [NAMES.stream_arn]


def _documents(names: Names, asked: Wish, readers: list[str]) -> dict[str, tuple[Document, int]]:
    """Each document with the number of characters AWS takes (IAM and STS quotas, S3, KMS, SNS and SQS quotas)."""
    writer, (first, *_) = role_writer(names, names.firehose_role_arn), asked.consumers
    mine = names.consumer(first.name)
    return {
        "bucket": (policies.bucket_policy(names, KEY_ARN, readers, writer), 20_480),
        "replica": (policies.replica_policy(names, KEY_ARN, readers), 20_480),
        "key": (policies.key_policy(names, readers, writer), 32_768),
        "replica key": (policies.replica_key_policy(names, readers, REPLICA_REGION), 32_768),
        "replication": (
            policies.replication_permissions(names, REPLICA_REGION, KEY_ARN, REPLICA_KEY_ARN),
            10_240,
        ),
        "topic": (policies.topic_policy(names), 30_720),
        "queue": (policies.queue_policy(mine.queue_arn, names.topic_arn), 8_192),
        "reader trust": (reader_trust(first), 2_048),
        "reader": (reader_permissions(first, names, mine, KEY_ARN), 10_240),
        "logs trust": (delivery.logs_trust(names), 2_048),
        "firehose trust": (delivery.firehose_trust(names), 2_048),
        "feeder": (delivery.feeder_permissions(names), 10_240),
        "firehose": (delivery.firehose_permissions(names, KEY_ARN), 10_240),
    }


@given(WISHES)
def test_no_document_is_larger_than_aws_takes(asked: Wish) -> None:
    readers = [f"arn:aws:iam::{number:012}:role/{'r' * 64}" for number in range(50)]
    for what, (written, limit) in _documents(names_of(asked), asked, readers).items():
        assert len(render(written)) <= limit, what


def test_rendering_does_not_depend_on_the_order_of_keys() -> None:
    document = policies.topic_policy(NAMES)
    shuffled: dict[str, Any] = json.loads(json.dumps(dict(reversed(document.items()))))
    assert render(shuffled) == render(document)
