"""What CloudTrail and EventBridge are let do. Pure functions of names.

Sources: "Amazon S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail" in the CloudTrail User
Guide; "Using IAM roles for targets" and "Amazon EventBridge and confused deputy" in the EventBridge User Guide.
"""

from __future__ import annotations

from programs.documents import Document, allow, document
from programs.names import Names
from programs.store.announcements import OBJECTS_PREFIX
from programs.store.writers import Writer, through_s3

CLOUDTRAIL = "cloudtrail.amazonaws.com"
KEY_PREFIX = OBJECTS_PREFIX.rstrip("/")
"""S3KeyPrefix of a trail: CloudTrail adds the slash."""


def log_files_prefix(names: Names) -> str:
    """What log files' keys begin with. Digests are beside them, and are no records that a consumer could read."""
    return f"{OBJECTS_PREFIX}AWSLogs/{names.production_account}/CloudTrail/"


def digests_prefix(names: Names) -> str:
    """What digests' keys begin with. "Digest files are encrypted with Amazon S3-managed encryption keys (SSE-S3)", also where
    log files are not ("Encrypting CloudTrail log files with AWS KMS keys", CloudTrail User Guide).
    """
    return f"{OBJECTS_PREFIX}AWSLogs/{names.production_account}/CloudTrail-Digest/"


def trail_writer(names: Names, trail_arn: str) -> Writer:
    """CloudTrail itself, for one trail: the condition that keeps anybody else's trail out of the store.

    S3 asks for the data key with the trail as encryption context; with a bucket key it asks for the bucket, and opens it again.
    """
    principal = {"Service": CLOUDTRAIL}
    for_the_trail = {"aws:SourceArn": trail_arn}
    through = through_s3(names.log_region, names.bucket_arn)
    return Writer(
        bucket_statements=(
            allow(
                "TrailAclCheck",
                ["s3:GetBucketAcl"],
                Principal=principal,
                Resource=names.bucket_arn,
                Condition={"StringEquals": for_the_trail},
            ),
            allow(
                "TrailWrite",
                ["s3:PutObject"],
                Principal=principal,
                Resource=f"{names.bucket_arn}/{OBJECTS_PREFIX}AWSLogs/{names.production_account}/*",
                Condition={"StringEquals": {**for_the_trail, "s3:x-amz-acl": "bucket-owner-full-control"}},
            ),
        ),
        key_statements=(
            allow(
                "TrailEncrypt",
                ["kms:GenerateDataKey*"],
                Principal=principal,
                Resource="*",
                Condition={
                    "StringEquals": {**for_the_trail, "kms:EncryptionContext:aws:cloudtrail:arn": trail_arn}
                },
            ),
            allow(
                "TrailBucketKey",
                ["kms:GenerateDataKey*"],
                Principal=principal,
                Resource="*",
                Condition={**through, "StringEquals": {**through["StringEquals"], **for_the_trail}},
            ),
            allow(
                "TrailOpen",
                ["kms:Decrypt", "kms:DescribeKey"],
                Principal=principal,
                Resource="*",
                Condition={"StringEquals": for_the_trail},
            ),
        ),
        others={"ArnNotEquals": {"aws:SourceArn": trail_arn}},
        otherwise_encrypted=(digests_prefix(names),),
    )


def events_trust(names: Names) -> Document:
    """EventBridge may take the role for one rule, and for nobody else's (confused deputy)."""
    return document(
        allow(
            "EventBridge",
            ["sts:AssumeRole"],
            Principal={"Service": "events.amazonaws.com"},
            Condition={
                "StringEquals": {"aws:SourceAccount": names.production_account},
                "ArnEquals": {"aws:SourceArn": names.rule_arn},
            },
        )
    )
