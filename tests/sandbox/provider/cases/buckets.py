"""Buckets and their settings."""

from __future__ import annotations

from typing import Any

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values, bucket, grant, key
from tests.support.aws import policy, trust
from tests.support.sandbox import LOG, REGION


def _bucket_with_queue(clients: Clients, name: str) -> Values:
    arn = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    allowed = policy(
        Effect="Allow", Principal={"Service": "s3.amazonaws.com"}, Action="sqs:SendMessage", Resource=arn
    )
    clients("sqs").create_queue(QueueName=name, Attributes={"Policy": allowed})
    return {**bucket(clients, name), "queue": arn}


def _lifecycle(days: int, transition: int) -> list[Values]:
    return [
        {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": days},
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
            "transitions": [
                {"days": 90, "storageClass": "GLACIER_IR"},
                {"days": transition, "storageClass": "STANDARD_IA"},
            ],
        },
        {"id": "abort", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
    ]


def _put_lifecycle(clients: Clients, names: Values) -> None:
    rules = clients("s3").get_bucket_lifecycle_configuration(Bucket=names["name"])["Rules"]
    next(rule for rule in rules if rule["ID"] == "expire")["Expiration"] = {"Days": 200}
    clients("s3").put_bucket_lifecycle_configuration(
        Bucket=names["name"], LifecycleConfiguration={"Rules": rules[::-1]}
    )


def _encryption(**default: Any) -> list[Values]:
    return [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]


def _queue_setting(names: Values, suffix: str) -> list[Values]:
    return [{"id": "q", "queueArn": names["queue"], "events": ["s3:ObjectCreated:*"], "filterSuffix": suffix}]


def _versioned(clients: Clients, name: str) -> Values:
    made = bucket(clients, name)
    versioned = {"Status": "Enabled"}
    clients("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=versioned)
    return made


def _replicated(clients: Clients, name: str) -> Values:
    for each in (name, f"{name}-copy"):
        _versioned(clients, each)
    trusted = trust(Service="s3.amazonaws.com")
    role = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
    return {**key(clients, name), "role": role["Role"]["Arn"]}


def _replication(names: Values, markers: str) -> list[Values]:
    destination = {
        "bucket": f"arn:aws:s3:::{names['name']}-copy",
        "encryptionConfiguration": {"replicaKmsKeyId": f"arn:aws:kms:{REGION}:{LOG}:key/{names['key']}"},
        "metrics": {"status": "Enabled"},
        "storageClass": "STANDARD_IA",
    }
    rule = {
        "id": "all",
        "priority": 1,
        "status": "Enabled",
        "filter": {"prefix": "logs/"},
        "deleteMarkerReplication": {"status": markers},
        "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
        "destination": destination,
    }
    return [rule]


def _put_replication(clients: Clients, names: Values) -> None:
    written = clients("s3").get_bucket_replication(Bucket=names["name"])["ReplicationConfiguration"]
    written["Rules"][0]["Status"] = "Disabled"
    clients("s3").put_bucket_replication(Bucket=names["name"], ReplicationConfiguration=written)


def _lock(**retention: Any) -> Values:
    return {"rule": {"defaultRetention": retention}}


CASES = (
    Case(
        "aws:s3/bucket:Bucket",
        inputs=lambda n: {"bucket": n["name"], "tags": TAGS},
        change=lambda _: {"tags": {"team": "orders"}},
        changed=("tags.team",),
        by_hand=lambda c, n, _: c("s3").delete_bucket_tagging(Bucket=n["name"]),
        drifted="tags",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        needs=bucket,
        inputs=lambda n: {"bucket": n["name"], "versioningConfiguration": {"status": "Enabled"}},
        change=lambda _: {"versioningConfiguration": {"status": "Suspended"}},
        changed=("versioningConfiguration.status",),
        by_hand=lambda c, n, _: c("s3").put_bucket_versioning(
            Bucket=n["name"], VersioningConfiguration={"Status": "Enabled"}
        ),
        drifted="versioningConfiguration.status",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        needs=bucket,
        inputs=lambda n: {"bucket": n["name"], "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        change=lambda _: {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        changed=("rule.objectOwnership",),
        by_hand=lambda c, n, _: c("s3").put_bucket_ownership_controls(
            Bucket=n["name"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        drifted="rule.objectOwnership",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        needs=bucket,
        inputs=lambda n: {"bucket": n["name"], "blockPublicAcls": True, "blockPublicPolicy": True},
        change=lambda _: {"ignorePublicAcls": True},
        changed=("ignorePublicAcls",),
        by_hand=lambda c, n, _: c("s3").put_public_access_block(
            Bucket=n["name"],
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True},
        ),
        drifted="blockPublicPolicy",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        needs=lambda c, name: {**bucket(c, name), **key(c, name)},
        inputs=lambda n: {
            "bucket": n["name"],
            "rules": _encryption(sseAlgorithm="aws:kms", kmsMasterKeyId=n["key"]),
        },
        change=lambda n: {"rules": _encryption(sseAlgorithm="aws:kms", kmsMasterKeyId=n["other_key"])},
        changed=("rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",),
        by_hand=lambda c, n, _: c("s3").delete_bucket_encryption(Bucket=n["name"]),
        drifted="rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        needs=bucket,
        inputs=lambda n: {"bucket": n["name"], "rules": _lifecycle(400, 30)},
        change=lambda _: {"rules": _lifecycle(300, 60)},
        changed=("rules[0].expiration.days", "rules[0].transitions[1].days"),
        by_hand=lambda c, n, _: _put_lifecycle(c, n),
        drifted="rules[0].expiration.days",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        needs=bucket,
        inputs=lambda n: {
            "bucket": n["name"],
            "policy": grant(f"arn:aws:s3:::{n['name']}/*", "s3:GetObject"),
        },
        change=lambda n: {"policy": grant(f"arn:aws:s3:::{n['name']}/*", "s3:PutObject", "s3:GetObject")},
        changed=("policy",),
        by_hand=lambda c, n, _: c("s3").put_bucket_policy(
            Bucket=n["name"], Policy=grant(f"arn:aws:s3:::{n['name']}/*", "s3:*")
        ),
        drifted="policy",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketNotification:BucketNotification",
        needs=_bucket_with_queue,
        inputs=lambda n: {"bucket": n["name"], "queues": _queue_setting(n, ".gz")},
        change=lambda n: {"queues": _queue_setting(n, ".json")},
        changed=("queues[0].filterSuffix",),
        by_hand=lambda c, n, _: c("s3").put_bucket_notification_configuration(
            Bucket=n["name"], NotificationConfiguration={}
        ),
        drifted="queues",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        needs=_replicated,
        inputs=lambda n: {"bucket": n["name"], "role": n["role"], "rules": _replication(n, "Disabled")},
        change=lambda n: {"rules": _replication(n, "Enabled")},
        changed=("rules[0].deleteMarkerReplication.status",),
        by_hand=lambda c, n, _: _put_replication(c, n),
        drifted="rules[0].status",
        replace={"bucket": "another-bucket-name"},
    ),
    Case(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        needs=_versioned,
        inputs=lambda n: {"bucket": n["name"], **_lock(mode="GOVERNANCE", days=30)},
        change=lambda _: _lock(mode="GOVERNANCE", days=60),
        changed=("rule.defaultRetention.days",),
        by_hand=lambda c, n, _: c("s3").put_object_lock_configuration(
            Bucket=n["name"], ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        ),
        drifted="rule",
        replace={"bucket": "another-bucket-name"},
    ),
)
