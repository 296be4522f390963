"""Who may do what with the copy, and what the role that makes it may do."""

from __future__ import annotations

import pytest

from programs.names import names_of
from programs.store import policies
from service.access.request import Caller
from tests.programs.asking import may, role
from tests.programs.wishes import (
    KEY_ARN,
    LOG,
    PRODUCTION,
    READER,
    REGION,
    REPLICA_KEY_ARN,
    REPLICA_REGION,
    wish,
)

NAMES = names_of(wish())
COPY = f"{NAMES.replica_arn}/logs/2026/11/24/08/x.gz"
ORIGINAL = f"{NAMES.bucket_arn}/logs/2026/11/24/08/x.gz"
POLICY = policies.replica_policy(NAMES, REPLICA_KEY_ARN, [READER])
PERMISSIONS = policies.replication_permissions(NAMES, REPLICA_REGION, KEY_ARN, REPLICA_KEY_ARN)

COPYING = role(LOG, NAMES.replication_role_arn)
KEEPER = role(LOG, f"arn:aws:iam::{LOG}:role/logflume/logflume-deploy")
ENGINEER = role(PRODUCTION, f"arn:aws:iam::{PRODUCTION}:role/admin")
WRITER = role(PRODUCTION, NAMES.firehose_role_arn)
MONITORING = role("333333333333", READER)


def of_the_copy(caller: Caller, action: str, resource: str = COPY) -> bool:
    return may(caller, action, resource, LOG, resource_policy=POLICY)


def test_only_the_replication_role_copies_into_it() -> None:
    assert of_the_copy(COPYING, "s3:ReplicateObject")
    for caller in (KEEPER, ENGINEER, WRITER, MONITORING):
        assert not of_the_copy(caller, "s3:ReplicateObject"), caller.arn


def test_nobody_writes_into_it_not_even_the_pipeline_or_the_log_account() -> None:
    for caller in (COPYING, KEEPER, ENGINEER, WRITER, MONITORING):
        assert not of_the_copy(caller, "s3:PutObject"), caller.arn


def test_readers_read_it_and_production_does_not() -> None:
    assert of_the_copy(MONITORING, "s3:GetObject")
    assert not of_the_copy(ENGINEER, "s3:GetObject")
    assert not of_the_copy(ENGINEER, "s3:DeleteObject")
    assert not of_the_copy(ENGINEER, "s3:PutBucketPolicy", NAMES.replica_arn)


def test_the_role_reads_versions_here_and_copies_them_there_and_nothing_else() -> None:
    def alone(action: str, resource: str) -> bool:
        return may(COPYING, action, resource, LOG, identity=PERMISSIONS)

    assert alone("s3:GetObjectVersionForReplication", ORIGINAL)
    assert alone("s3:ReplicateObject", COPY)
    assert not alone("s3:ReplicateObject", ORIGINAL)
    assert not alone("s3:ReplicateDelete", COPY)
    assert not alone("s3:GetObject", ORIGINAL)
    assert not alone("s3:DeleteObject", COPY)


@pytest.mark.parametrize(
    ("action", "key", "region", "bucket", "allowed"),
    [
        ("kms:Decrypt", KEY_ARN, REGION, NAMES.bucket_arn, True),
        ("kms:Decrypt", KEY_ARN, REGION, NAMES.replica_arn, False),
        # Copies lie under a bucket key, which S3 proves whole by decrypting it.
        ("kms:Decrypt", REPLICA_KEY_ARN, REPLICA_REGION, NAMES.replica_arn, True),
        ("kms:Decrypt", REPLICA_KEY_ARN, REPLICA_REGION, NAMES.bucket_arn, False),
        ("kms:Encrypt", REPLICA_KEY_ARN, REPLICA_REGION, NAMES.replica_arn, True),
        ("kms:Encrypt", REPLICA_KEY_ARN, REPLICA_REGION, NAMES.bucket_arn, False),
        ("kms:Encrypt", KEY_ARN, REGION, NAMES.bucket_arn, False),
    ],
)
def test_each_key_is_used_for_its_own_side(
    action: str, key: str, region: str, bucket: str, allowed: bool
) -> None:
    context = {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket}
    assert may(COPYING, action, key, LOG, identity=PERMISSIONS, context=context) is allowed


def test_the_keys_policy_lets_readers_decrypt_and_leaves_the_rest_to_the_log_account() -> None:
    policy = policies.replica_key_policy(NAMES, [READER], REPLICA_REGION)
    context = {
        "kms:ViaService": f"s3.{REPLICA_REGION}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": NAMES.replica_arn,
    }

    def key(caller: Caller, action: str) -> bool:
        return may(
            caller,
            action,
            REPLICA_KEY_ARN,
            LOG,
            resource_policy=policy,
            resource_decides=True,
            context=context,
        )

    assert key(MONITORING, "kms:Decrypt")
    assert not key(MONITORING, "kms:GenerateDataKey")
    assert not key(ENGINEER, "kms:Decrypt")
    assert key(KEEPER, "kms:PutKeyPolicy")
