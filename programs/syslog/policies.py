"""The policy documents of the syslog servers, and what the store lets them do. Pure functions of names."""

from __future__ import annotations

from programs.documents import Document, allow, document
from programs.names import Names
from programs.store.announcements import OBJECTS_PREFIX
from programs.store.writers import Writer, through_s3

PUT = ["s3:PutObject"]
"""Fluentd puts each object in one request, and looks at nothing before."""
USE_KEY = ["kms:GenerateDataKey"]
"""What a PutObject needs of the bucket's key ("Permissions", in "Using server-side encryption with AWS KMS keys", S3 guide)."""


def instance_trust() -> Document:
    """EC2 hands the role to instances that carry its profile ("IAM roles for Amazon EC2", EC2 User Guide)."""
    principal = {"Service": "ec2.amazonaws.com"}
    return document(allow("Instances", ["sts:AssumeRole"], Principal=principal))


def instance_permissions(names: Names, key_arn: str) -> Document:
    """Put objects under the store's prefix, use its key for that through S3, and say of oneself that one may go."""
    return document(
        allow("WriteToTheStore", PUT, Resource=[objects(names)]),
        allow(
            "UseTheKey",
            USE_KEY,
            Resource=[key_arn],
            Condition=through_s3(names.log_region, names.bucket_arn),
        ),
        allow("LetItselfGo", ["autoscaling:CompleteLifecycleAction"], Resource=[names.servers_arn]),
    )


def instance_writer(names: Names) -> Writer:
    """The store's side: the instances' role, under the prefix alone."""
    principal = {"AWS": names.syslog_role_arn}
    return Writer(
        bucket_statements=(allow("Writer", PUT, Principal=principal, Resource=[objects(names)]),),
        key_statements=(
            allow(
                "Writer",
                USE_KEY,
                Principal=principal,
                Resource="*",
                Condition=through_s3(names.log_region, names.bucket_arn),
            ),
        ),
        others={"ArnNotEquals": {"aws:PrincipalArn": names.syslog_role_arn}},
    )


def objects(names: Names) -> str:
    """Everything that consumers read."""
    return f"{names.bucket_arn}/{OBJECTS_PREFIX}*"
