"""Bucket names and access control lists S3 does not take.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from moto.s3.models import s3_backends

from service.sandbox.call import Call, Denial
from service.sandbox.refusals import ANY

BUCKET_NAME = re.compile(
    r"(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias)(?<!--ol-s3)"
)
ALLOWED_ACLS = ("bucket-owner-full-control", "private")


def bucket_of(name: str) -> Any:
    """moto's bucket of that name, in whatever account; None where there is none."""
    owner = s3_backends.bucket_accounts.get(name)
    return s3_backends[owner[1]][owner[0]].buckets.get(name) if owner else None


def wrong_owner(call: Call) -> Denial | None:
    """Who names the owner of a bucket, or of the bucket that is copied from, gets nothing where it is another's.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    source = str(call.params.get("CopySource") or "").lstrip("/").partition("/")[0]
    named = {"ExpectedBucketOwner": call.params.get("Bucket"), "ExpectedSourceBucketOwner": source}
    for member, name in named.items():
        bucket = bucket_of(str(name or ""))
        expected = call.params.get(member)
        if expected and bucket is not None and bucket.account_id != expected:
            return Denial("AccessDenied", "Access Denied")
    return None


def bad_bucket_name(call: Call) -> Denial | None:
    """Letters, digits, dots and hyphens; 3 to 63 of them; not an IP address."""
    name = str(call.params.get("Bucket", ""))
    if BUCKET_NAME.fullmatch(name) and not _is_address(name):
        return None
    return Denial("InvalidBucketName", "The specified bucket is not valid.", 400)


def acl_not_supported(call: Call) -> Denial | None:
    """Under BucketOwnerEnforced a list may only say what the owner has anyway."""
    bucket = bucket_of(str(call.params.get("Bucket", "")))
    acl = call.params.get("ACL", ALLOWED_ACLS[0])
    if bucket is None or bucket.ownership_rule != "BucketOwnerEnforced" or acl in ALLOWED_ACLS:
        return None
    return Denial("AccessControlListNotSupported", "The bucket does not allow ACLs", 400)


def not_played(call: Call) -> Denial:
    """moto takes these for plain reads and writes of the bucket."""
    return Denial("NotImplemented", f"The sandbox does not play s3:{call.operation}.", 501)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


NOT_PLAYED = [
    f"{verb}Bucket{part}Configuration{plural}"
    for part in ("Analytics", "IntelligentTiering", "Metrics")
    for verb, plural in (("Delete", ""), ("Get", ""), ("List", "s"), ("Put", ""))
]

REFUSALS = [
    (("s3", ANY), wrong_owner),
    *((("s3", operation), not_played) for operation in NOT_PLAYED),
    (("s3", "CreateBucket"), bad_bucket_name),
    (("s3", "PutBucketAcl"), acl_not_supported),
    (("s3", "PutObject"), acl_not_supported),
    (("s3", "PutObjectAcl"), acl_not_supported),
]
