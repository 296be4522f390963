"""What AWS Config may do at a store. Pure functions of names.

Sources: "Permissions for the Amazon S3 bucket for the AWS Config delivery channel" and "Permissions for the KMS key"
(AWS Config Developer Guide). The recorder has the service-linked role, which may write to no bucket: AWS Config then
writes in its own name, and says for whom by aws:SourceAccount and aws:SourceArn. Conditions on an organisation do not work
for it, and the path is not narrowed by region: the writability check and global items lie beside the regions' folders.
"""

from __future__ import annotations

from programs.documents import Condition, allow
from programs.names import OBJECTS_PREFIX, Names
from programs.store.writers import Writer, not_service

SERVICE = "config.amazonaws.com"
KEY_PREFIX = OBJECTS_PREFIX.rstrip("/")
"""The channel's prefix, without the slash that AWS Config adds."""


def service_writer(names: Names) -> Writer:
    """AWS Config for the recorder of the production account and region, and for nobody else's."""
    principal = {"Service": SERVICE}
    objects = f"{names.bucket_arn}/{KEY_PREFIX}/AWSLogs/{names.production_account}/Config/*"
    source = _for_production(names)
    delivering: Condition = {
        **source,
        "StringEquals": {**source["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"},
    }
    return Writer(
        bucket_statements=(
            allow(
                "ConfigLooks",
                ["s3:GetBucketAcl", "s3:ListBucket"],
                Principal=principal,
                Resource=names.bucket_arn,
                Condition=source,
            ),
            allow(
                "ConfigWrites",
                ["s3:PutObject"],
                Principal=principal,
                Resource=objects,
                Condition=delivering,
            ),
        ),
        key_statements=(
            allow(
                "ConfigWrites",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                Principal=principal,
                Resource="*",
                Condition=source,
            ),
        ),
        others=not_service(SERVICE),
    )


def _for_production(names: Names) -> Condition:
    """AWS Config sends its ARN without the channel's name, with an asterisk in its place."""
    account, region = names.production_account, names.production_region
    return {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:config:{region}:{account}:*"},
    }
