"""Who may write to a store. A store has one writer at most; everybody else is denied, whatever their own policies say."""

from __future__ import annotations

from dataclasses import dataclass

from programs.documents import Condition, Statement, allow
from programs.names import Names

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


@dataclass(frozen=True)
class Writer:
    """A writer as the store's two policies see it."""

    bucket_statements: tuple[Statement, ...]
    """What the bucket policy lets it do."""
    key_statements: tuple[Statement, ...]
    """What the key policy lets it do."""
    others: Condition
    """Holds for everybody but the writer: the condition under which the bucket policy denies."""
    otherwise_encrypted: tuple[str, ...] = ()
    """Prefixes of the keys of objects that the writer encrypts in its own way, whatever the store asks for."""


def role_writer(names: Names, arn: str) -> Writer:
    """A role of the production account. The policy names the role, not the service that takes it: the article's gotcha."""
    principal = {"AWS": arn}
    return Writer(
        bucket_statements=(
            allow("Writer", WRITE_ACTIONS, Principal=principal, Resource=everything(names.bucket_arn)),
        ),
        key_statements=(
            allow(
                "Writer",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                Principal=principal,
                Resource="*",
                Condition=through_s3(names.log_region, names.bucket_arn),
            ),
        ),
        others={"ArnNotEquals": {"aws:PrincipalArn": arn}},
    )


def not_service(service: str) -> Condition:
    """Holds for everybody but an AWS service that writes in its own name (``config.amazonaws.com``): the key is there for
    calls of a service principal alone, and a negated operator holds where it is missing ("AWS global condition context
    keys", aws:PrincipalServiceName, IAM guide). For whom the service writes, what allows it says.
    """
    return {"StringNotEquals": {"aws:PrincipalServiceName": service}}


def everything(bucket_arn: str) -> list[str]:
    """The bucket and all in it."""
    return [bucket_arn, f"{bucket_arn}/*"]


def through_s3(region: str, bucket_arn: str) -> Condition:
    """For this bucket alone. The encryption context is the bucket with bucket keys, the object without ("Encryption context",
    S3 guide): both are let through, so that a bucket key switched off by hand does not stop delivery.
    """
    return {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": everything(bucket_arn)},
    }
