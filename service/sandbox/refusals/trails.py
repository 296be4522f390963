"""Trails CloudTrail does not make: it tries the bucket and the key first, as itself.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (errors),
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.cloudtrail.models import Trail, cloudtrail_backends

from service.sandbox.authoriser import decide
from service.sandbox.call import Call, Denial, Principal
from service.sandbox.keys import find_key
from service.sandbox.refusals.buckets import bucket_of
from service.sandbox.trail_selectors import wrong

CLOUDTRAIL = "cloudtrail.amazonaws.com"
MOST_TRAILS = 5
"""In a region; a trail of all regions is one in each. It cannot be raised."""
LONGEST_PREFIX = 200
NAME = re.compile(r"(?=.{3,128}$)[A-Za-z0-9]([._-]?[A-Za-z0-9])+")
IP_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


def bad_new_trail(call: Call) -> Denial | None:
    """CreateTrail: name, number, and whether it can deliver."""
    name = str(call.params.get("Name") or "")
    backend = cloudtrail_backends[call.account][call.region]
    if not NAME.fullmatch(name) or IP_ADDRESS.fullmatch(name):
        message = (
            "A trail name has 3 to 128 letters, digits, periods, dashes and underscores; it begins and ends with "
            "a letter or digit, has no two of the others side by side, and is no IP address."
        )
        return _denial("InvalidTrailNameException", message)
    if name in backend.trails:
        return _denial(
            "TrailAlreadyExistsException", f"Trail {name} already exists for customer: {call.account}"
        )
    if len(list(backend.describe_trails(include_shadow_trails=True))) >= MOST_TRAILS:
        message = f"User: {call.account} already has {MOST_TRAILS} trails in {call.region}."
        return _denial("MaximumNumberOfTrailsExceededException", message)
    arn = f"arn:aws:cloudtrail:{call.region}:{call.account}:trail/{name}"
    return _undeliverable(arn, call.params)


def bad_trail_update(call: Call) -> Denial | None:
    """UpdateTrail: in its own region, and deliverable as it would become."""
    trail = _trail(call, str(call.params.get("Name")))
    if trail is None:
        return None
    present = {
        "S3BucketName": trail.bucket_name,
        "S3KeyPrefix": trail.s3_key_prefix,
        "KmsKeyId": trail.kms_key_id,
    }
    return _elsewhere(call, trail) or _undeliverable(trail.arn, present | call.params)


def not_at_home(call: Call) -> Denial | None:
    """A trail is changed in its home region; elsewhere there is its shadow."""
    trail = _trail(call, str(call.params.get("Name") or call.params.get("TrailName")))
    return _elsewhere(call, trail) if trail is not None else None


def bad_selectors(call: Call) -> Denial | None:
    """PutEventSelectors."""
    fault = wrong(call.params.get("EventSelectors") or [], call.params.get("AdvancedEventSelectors") or [])
    return _denial("InvalidEventSelectorsException", fault) if fault else None


def _trail(call: Call, name: str) -> Trail | None:
    trails = cloudtrail_backends[call.account][call.region].describe_trails(include_shadow_trails=True)
    return next((trail for trail in trails if name in (trail.trail_name, trail.arn)), None)


def _elsewhere(call: Call, trail: Trail) -> Denial | None:
    if trail.region_name == call.region:
        return None
    message = f"Trail {trail.arn} can only be changed in its home region {trail.region_name}."
    return _denial("InvalidHomeRegionException", message)


def _undeliverable(trail_arn: str, settings: dict[str, Any]) -> Denial | None:
    name, prefix = str(settings.get("S3BucketName") or ""), str(settings.get("S3KeyPrefix") or "")
    bucket = bucket_of(name)
    if bucket is None:
        return _denial("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!")
    if len(prefix) > LONGEST_PREFIX:
        return _denial("InvalidS3PrefixException", f"S3 prefix is longer than {LONGEST_PREFIX} characters.")
    account = trail_arn.split(":")[4]
    folder = f"{prefix}/AWSLogs/{account}".lstrip("/")
    written = f"arn:aws:s3:::{name}/{folder}/CloudTrail/"
    if not _may(trail_arn, "s3:GetBucketAcl", f"arn:aws:s3:::{name}") or not _may(
        trail_arn, "s3:PutObject", written, {"s3:x-amz-acl": "bucket-owner-full-control"}
    ):
        message = f"Incorrect S3 bucket policy is detected for bucket: {name}"
        return _denial("InsufficientS3BucketPolicyException", message)
    return _unusable_key(trail_arn, bucket, str(settings.get("KmsKeyId") or ""))


def _unusable_key(trail_arn: str, bucket: Any, name: str) -> Denial | None:
    if not name:
        return None
    key = find_key(name, trail_arn.split(":")[4], bucket.region_name)
    if key is None or key.arn.split(":")[3] != bucket.region_name:
        return _denial("KmsKeyNotFoundException", f"KMS key {name} not found in {bucket.region_name}.")
    if key.key_state != "Enabled":
        return _denial("KmsException", f"KMS key {key.arn} is {key.key_state}.")
    via = {"kms:EncryptionContext:aws:cloudtrail:arn": trail_arn}
    # An S3 Bucket Key must also be opened: "kms:Decrypt permissions are required to create or update a trail".
    rule = (bucket.encryption or {}).get("Rule") or {}
    opened = ["kms:Decrypt"] if str(rule.get("BucketKeyEnabled", "")).lower() == "true" else []
    needed = [("kms:DescribeKey", {}), *((action, via) for action in ("kms:GenerateDataKey", *opened))]
    if all(_may(trail_arn, action, key.arn, context) for action, context in needed):
        return None
    message = f"Insufficient permissions to access S3 bucket {bucket.name} or KMS key {key.arn}."
    return _denial("InsufficientEncryptionPolicyException", message)


def _may(trail_arn: str, action: str, resource: str, context: dict[str, str] | None = None) -> bool:
    account = trail_arn.split(":")[4]
    principal = Principal("service", "", CLOUDTRAIL, source_arn=trail_arn, source_account=account)
    return decide(principal, action, resource, {"aws:SecureTransport": "true", **(context or {})}).allowed


def _denial(code: str, message: str) -> Denial:
    return Denial(code, message, 400)


REFUSALS = [
    (("cloudtrail", "CreateTrail"), bad_new_trail),
    (("cloudtrail", "UpdateTrail"), bad_trail_update),
    (("cloudtrail", "PutEventSelectors"), bad_selectors),
    *(
        (("cloudtrail", name), not_at_home)
        for name in ("DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors")
    ),
]
