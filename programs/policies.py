"""Every policy document of a pipeline, as a pure function of names. Nothing here touches Pulumi or AWS.

Sources: the article this project began with (its actions are the most that a role gets), "Control access" in the Amazon
Data Firehose guide, "Subscription filters" and "Confused deputy prevention" in the CloudWatch Logs guide, "Using
server-side encryption with AWS KMS" in the S3 guide.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from programs.names import Names

Statement = dict[str, Any]
Document = dict[str, Any]

WRITE_ACTIONS = [
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "s3:PutObjectAcl",
]
"""The bucket policy's side of the article; the writer's own policy has the same without GetObject."""
READ_ACTIONS = [
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketVersions",
]


def render(document: Document) -> str:
    """Canonical JSON: the same document is the same text, whatever order it was written in."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def document(*statements: Statement) -> Document:
    """A policy document of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: Sequence[str], **more: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), **more}


def _deny(sid: str, actions: Sequence[str], **more: Any) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), **more}


# Production account: the two roles.


def logs_trust(names: Names) -> Document:
    """CloudWatch Logs of this account and region may take the role, nobody else's may make it (confused deputy)."""
    region, account = names.production_region, names.production_account
    return document(
        _allow(
            "CloudWatchLogs",
            ["sts:AssumeRole"],
            Principal={"Service": f"logs.{region}.amazonaws.com"},
            Condition={
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
            },
        )
    )


def logs_permissions(names: Names) -> Document:
    """Feed one stream. Of the article's Put*, List*, Describe* delivery uses the two puts."""
    return document(
        _allow(
            "FeedTheStream", ["firehose:PutRecord", "firehose:PutRecordBatch"], Resource=[names.stream_arn]
        )
    )


def firehose_trust(names: Names) -> Document:
    """Firehose may take the role for this account; the external id is the article's, and what Firehose sends."""
    account = names.production_account
    return document(
        _allow(
            "Firehose",
            ["sts:AssumeRole"],
            Principal={"Service": "firehose.amazonaws.com"},
            Condition={"StringEquals": {"sts:ExternalId": account, "aws:SourceAccount": account}},
        )
    )


def firehose_permissions(names: Names, key_arn: str) -> Document:
    """Write to one bucket, use its key through S3 alone, and say in one log stream what went wrong."""
    return document(
        _allow(
            "WriteToTheStore",
            [action for action in WRITE_ACTIONS if action != "s3:GetObject"],
            Resource=[names.bucket_arn, f"{names.bucket_arn}/*"],
        ),
        _allow(
            "UseTheKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource=[key_arn],
            Condition=_through_s3(names),
        ),
        _allow("SayWhatWentWrong", ["logs:PutLogEvents"], Resource=[names.error_stream_arn]),
    )


def _through_s3(names: Names) -> dict[str, Any]:
    """For this bucket alone. The encryption context is the bucket with bucket keys, the object without ("Encryption context",
    S3 guide): both are let through, so that a bucket key switched off by hand does not stop delivery.
    """
    return {
        "StringEquals": {"kms:ViaService": f"s3.{names.log_region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [names.bucket_arn, f"{names.bucket_arn}/*"]},
    }


# Log account: the store.


def bucket_policy(names: Names, key_arn: str, readers: Sequence[str], *, writer: bool) -> Document:
    """Who may use the store. It names the role that Firehose assumes, not the Firehose service: the article's gotcha."""
    everything = [names.bucket_arn, f"{names.bucket_arn}/*"]
    statements = [
        _deny(
            "DenyPlainHttp",
            ["s3:*"],
            Resource=everything,
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        _deny(
            "DenyOtherEncryption",
            ["s3:PutObject"],
            Resource=[f"{names.bucket_arn}/*"],
            Condition=_encrypted_but_not(_ENCRYPTION, "aws:kms"),
        ),
        _deny(
            "DenyOtherKeys",
            ["s3:PutObject"],
            Resource=[f"{names.bucket_arn}/*"],
            Condition=_encrypted_but_not(f"{_ENCRYPTION}-aws-kms-key-id", key_arn),
        ),
        _deny_other_writers(names, writer=writer),
        _deny_production(names, everything, writer=writer),
    ]
    if writer:
        statements.append(
            _allow("Writer", WRITE_ACTIONS, Principal={"AWS": names.firehose_role_arn}, Resource=everything)
        )
    if readers:
        statements.append(
            _allow("Readers", READ_ACTIONS, Principal={"AWS": list(readers)}, Resource=everything)
        )
    return document(*statements)


_ENCRYPTION = "s3:x-amz-server-side-encryption"


def _encrypted_but_not(key: str, value: str) -> dict[str, Any]:
    """A write that says nothing takes the bucket's default, which is right; one that says something else is refused.

    `aws:kms` without a key would be the account's own `aws/s3` key: so a missing key id counts as another (a negated operator
    holds for a key that is missing), while Null lets writes without any encryption header through.
    """
    return {"Null": {_ENCRYPTION: "false"}, "StringNotEquals": {key: value}}


def _deny_other_writers(names: Names, *, writer: bool) -> Statement:
    """Only the pipeline writes, whatever the log account's own IAM policies allow. Deleting is left to them: `purge` needs it."""
    more: dict[str, Any] = {}
    if writer:
        more["Condition"] = {"ArnNotEquals": {"aws:PrincipalArn": names.firehose_role_arn}}
    return _deny("DenyOtherWriters", ["s3:PutObject"], Resource=[f"{names.bucket_arn}/*"], **more)


def _deny_production(names: Names, everything: list[str], *, writer: bool) -> Statement:
    """Nobody of the production account changes anything, its administrators included; only the writer writes."""
    condition: dict[str, Any] = {"StringEquals": {"aws:PrincipalAccount": names.production_account}}
    if writer:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": names.firehose_role_arn}
    actions = [
        "s3:BypassGovernanceRetention",
        "s3:Delete*",
        "s3:Put*",
        "s3:ReplicateDelete",
        "s3:RestoreObject",
    ]
    return _deny("DenyProduction", actions, Resource=everything, Condition=condition)


def key_policy(names: Names, readers: Sequence[str], *, writer: bool) -> Document:
    """The log account administers the key through IAM; the writer and the readers use it through S3 alone."""
    statements = [
        _allow(
            "LogAccount", ["kms:*"], Principal={"AWS": f"arn:aws:iam::{names.log_account}:root"}, Resource="*"
        )
    ]
    if writer:
        statements.append(
            _allow(
                "Writer",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                Principal={"AWS": names.firehose_role_arn},
                Resource="*",
                Condition=_through_s3(names),
            )
        )
    if readers:
        statements.append(
            _allow(
                "Readers",
                ["kms:Decrypt"],
                Principal={"AWS": list(readers)},
                Resource="*",
                Condition=_through_s3(names),
            )
        )
    return document(*statements)


def topic_policy(names: Names) -> Document:
    """S3 may announce this bucket's objects, and no other bucket's."""
    return document(
        _allow(
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


def queue_policy(names: Names) -> Document:
    """The topic may send; nobody may speak to the queue in plain text."""
    return document(
        _allow(
            "Topic",
            ["sqs:SendMessage"],
            Principal={"Service": "sns.amazonaws.com"},
            Resource=names.queue_arn,
            Condition={"ArnEquals": {"aws:SourceArn": names.topic_arn}},
        ),
        _deny(
            "DenyPlainHttp",
            ["sqs:*"],
            Resource=names.queue_arn,
            Condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )
