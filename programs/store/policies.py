"""The policy documents of a store: buckets, keys, topic, queues, and the role that copies. Pure functions of names.

Sources: the article this project began with, "Using server-side encryption with AWS KMS" and "Setting up permissions for live
replication" in the S3 guide, "Access policy" in the SQS and SNS guides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from programs.documents import Condition, Document, Statement, allow, deny, document
from programs.names import Names
from programs.store.writers import Writer, everything, through_s3

READ_ACTIONS = [
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketVersions",
]
_ENCRYPTION = "s3:x-amz-server-side-encryption"


def bucket_policy(names: Names, key_arn: str, readers: Sequence[str], writer: Writer | None) -> Document:
    """Who may use the store: its writer writes, readers read, and nobody of the production account does anything else."""
    arn = names.bucket_arn
    return document(
        *_shields(arn, key_arn, writer.otherwise_encrypted if writer else ()),
        _deny_other_writers(arn, writer),
        _deny_production(names, arn, writer),
        *(writer.bucket_statements if writer else ()),
        *_readers(arn, readers),
    )


def replica_policy(names: Names, key_arn: str, readers: Sequence[str]) -> Document:
    """Who may use the copy: S3 copies into it as the replication role, readers read, nobody writes."""
    arn = names.replica_arn
    replicate = deny(
        "DenyOtherCopies",
        ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
        Resource=[f"{arn}/*"],
        Condition={"ArnNotEquals": {"aws:PrincipalArn": names.replication_role_arn}},
    )
    return document(
        *_shields(arn, key_arn),
        _deny_other_writers(arn, None),
        replicate,
        _deny_production(names, arn, None),
        *_readers(arn, readers),
    )


def _shields(arn: str, key_arn: str, but: Sequence[str] = ()) -> list[Statement]:
    """No plain HTTP, and no encryption but with the store's key; keys that begin with one of `but` are left out of the latter."""
    objects: Statement = (
        {"NotResource": [f"{arn}/{prefix}*" for prefix in but]} if but else {"Resource": [f"{arn}/*"]}
    )
    return [
        deny(
            "DenyPlainHttp",
            ["s3:*"],
            Resource=everything(arn),
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "DenyOtherEncryption",
            ["s3:PutObject"],
            **objects,
            Condition=_encrypted_but_not(_ENCRYPTION, "aws:kms"),
        ),
        deny(
            "DenyOtherKeys",
            ["s3:PutObject"],
            **objects,
            Condition=_encrypted_but_not(f"{_ENCRYPTION}-aws-kms-key-id", key_arn),
        ),
    ]


def _encrypted_but_not(key: str, value: str) -> Condition:
    """A write that says nothing takes the bucket's default, which is right; one that says something else is refused.

    `aws:kms` without a key would be the account's own `aws/s3` key: so a missing key id counts as another (a negated operator
    holds for a key that is missing), while Null lets writes without any encryption header through.
    """
    return {"Null": {_ENCRYPTION: "false"}, "StringNotEquals": {key: value}}


def _deny_other_writers(arn: str, writer: Writer | None) -> Statement:
    """Only the pipeline writes, whatever the log account's own IAM policies allow. Deleting is left to them: `purge` needs it."""
    more: dict[str, Any] = {"Condition": writer.others} if writer else {}
    return deny("DenyOtherWriters", ["s3:PutObject"], Resource=[f"{arn}/*"], **more)


def _deny_production(names: Names, arn: str, writer: Writer | None) -> Statement:
    """Nobody of the production account changes anything, its administrators included; only the writer writes."""
    condition: Condition = {"StringEquals": {"aws:PrincipalAccount": names.production_account}}
    actions = [
        "s3:BypassGovernanceRetention",
        "s3:Delete*",
        "s3:Put*",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
        "s3:RestoreObject",
    ]
    for operator, keys in (writer.others if writer else {}).items():
        condition[operator] = {**condition.get(operator, {}), **keys}
    return deny("DenyProduction", actions, Resource=everything(arn), Condition=condition)


def _readers(arn: str, readers: Sequence[str]) -> list[Statement]:
    if not readers:
        return []
    return [allow("Readers", READ_ACTIONS, Principal={"AWS": list(readers)}, Resource=everything(arn))]


def key_policy(names: Names, readers: Sequence[str], writer: Writer | None) -> Document:
    """The log account administers the key through IAM; the writer and the readers use it through S3 alone."""
    own = writer.key_statements if writer else ()
    return document(_owner(names), *own, *_key_readers(readers, names.log_region, names.bucket_arn))


def replica_key_policy(names: Names, readers: Sequence[str], region: str) -> Document:
    """The same for the copy's key, which the replication role uses by IAM, being of the same account."""
    return document(_owner(names), *_key_readers(readers, region, names.replica_arn))


def _owner(names: Names) -> Statement:
    root = f"arn:aws:iam::{names.log_account}:root"
    return allow("LogAccount", ["kms:*"], Principal={"AWS": root}, Resource="*")


def _key_readers(readers: Sequence[str], region: str, bucket_arn: str) -> list[Statement]:
    if not readers:
        return []
    condition = through_s3(region, bucket_arn)
    principal = {"AWS": list(readers)}
    return [allow("Readers", ["kms:Decrypt"], Principal=principal, Resource="*", Condition=condition)]


def replication_trust() -> Document:
    """S3 may take the role. Only somebody of this account who may pass the role can have a bucket use it
    ("Setting up permissions for live replication", S3 guide, whose trust policy has no condition either).
    """
    return document(allow("S3", ["sts:AssumeRole"], Principal={"Service": "s3.amazonaws.com"}))


def replication_permissions(names: Names, region: str, key_arn: str, replica_key_arn: str) -> Document:
    """Read versions here and write them there ("Setting up permissions for live replication", S3 guide).

    S3 needs the two reads about locks where the bucket has one, and to decrypt with the replica's key because the copies lie
    under a bucket key ("Amazon S3 Bucket Keys and replication"). Deletions are not copied, so there is no right to copy them.
    """
    return document(
        allow("SeeTheRule", ["s3:GetReplicationConfiguration", "s3:ListBucket"], Resource=[names.bucket_arn]),
        allow(
            "ReadVersions",
            [
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            Resource=[f"{names.bucket_arn}/*"],
        ),
        allow("WriteCopies", ["s3:ReplicateObject", "s3:ReplicateTags"], Resource=[f"{names.replica_arn}/*"]),
        allow(
            "ReadWithTheKey",
            ["kms:Decrypt"],
            Resource=[key_arn],
            Condition=through_s3(names.log_region, names.bucket_arn),
        ),
        allow(
            "WriteWithTheOtherKey",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            Resource=[replica_key_arn],
            Condition=through_s3(region, names.replica_arn),
        ),
    )


def topic_policy(names: Names) -> Document:
    """S3 may announce this bucket's objects, and no other bucket's."""
    return document(
        allow(
            "Bucket",
            ["sns:Publish"],
            Principal={"Service": "s3.amazonaws.com"},
            Resource=names.topic_arn,
            Condition={
                "ArnEquals": {"aws:SourceArn": names.bucket_arn},
                "StringEquals": {"aws:SourceAccount": names.log_account},
            },
        )
    )


def queue_policy(queue_arn: str, topic_arn: str) -> Document:
    """The topic may send; nobody may speak to the queue in plain text."""
    return document(
        allow(
            "Topic",
            ["sqs:SendMessage"],
            Principal={"Service": "sns.amazonaws.com"},
            Resource=queue_arn,
            Condition={"ArnEquals": {"aws:SourceArn": topic_arn}},
        ),
        deny(
            "DenyPlainHttp",
            ["sqs:*"],
            Resource=queue_arn,
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
