"""Replication and Object Lock settings that S3 does not take, and the versioning they need.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-and-other-bucket-configs.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.sandbox.call import Call, Denial
from service.sandbox.refusals.buckets import bucket_of

_SCHEMA = (
    "{} for this version of Cross Region Replication configuration schema. "
    "Please refer to S3 Developer Guide for more information."
)


def bad_replication(call: Call) -> Denial | None:
    """What PutBucketReplication checks of the source, of each rule and of each destination."""
    bucket = bucket_of(str(call.params.get("Bucket", "")))
    configuration = call.params.get("ReplicationConfiguration") or {}
    rules = configuration.get("Rules") or []
    if bucket is None:
        return None
    if any("ExistingObjectReplication" in rule for rule in rules):
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        return Denial("MalformedXML", message, 400)
    if bucket.versioning_status != "Enabled":
        return _invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
    problem = next(_problems(bucket, rules), None)
    return _invalid(problem) if problem else None


def _problems(bucket: Any, rules: list[dict[str, Any]]) -> Iterator[str]:
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    if len(set(priorities)) < len(priorities):
        yield "Found duplicate priority."
    if len(rules) > 1 and any("Filter" not in rule for rule in rules):
        yield "Number of replication rules is over the limit for a configuration without filters."
    for rule in rules:
        yield from _bad_rule(rule)
        yield from _bad_destination(bucket, rule.get("Destination") or {})


def _bad_rule(rule: dict[str, Any]) -> Iterator[str]:
    """A rule with a filter is of the newer form, which says what the older one leaves out."""
    markers = rule.get("DeleteMarkerReplication")
    if "Filter" not in rule:
        if markers is not None:
            yield _SCHEMA.format("DeleteMarkerReplication cannot be used")
        if "Priority" in rule:
            yield _SCHEMA.format("Priority cannot be used")
        return
    for name in ("Priority", "DeleteMarkerReplication"):
        if name not in rule:
            yield _SCHEMA.format(f"{name} must be specified")
    tagged = {"Tag", "And"} & set(rule["Filter"]) and (rule["Filter"].get("And") or rule["Filter"]).get
    if tagged and (tagged("Tags") or tagged("Tag")) and (markers or {}).get("Status") == "Enabled":
        yield "Delete marker replication is not supported if any Tag filter is specified."
    yield from _bad_encryption(rule)


def _bad_encryption(rule: dict[str, Any]) -> Iterator[str]:
    """Objects under KMS keys are replicated only with a key to write them with, and the other way round."""
    chosen = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects")
    key = (rule.get("Destination") or {}).get("EncryptionConfiguration")
    if key and not chosen:
        yield "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."
    if chosen and chosen.get("Status") == "Enabled" and not key:
        yield "EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is present."


def _bad_destination(source: Any, destination: dict[str, Any]) -> Iterator[str]:
    """There, another one, versioned, locked where the source is; what is measured for S3 RTC is also told."""
    bucket = bucket_of(str(destination.get("Bucket", "")).rpartition(":::")[2])
    if bucket is None:
        yield "Destination bucket must exist."
        return
    if bucket is source:
        yield "Destination bucket cannot be the same as the source bucket."
    if bucket.versioning_status != "Enabled":
        yield "Destination bucket must have versioning enabled."
    if source.object_lock_enabled and not bucket.object_lock_enabled:
        yield "Object Lock must be enabled on the destination bucket as it is on the source bucket."
    if "ReplicationTime" in destination and "Metrics" not in destination:
        yield "Metrics must be specified if ReplicationTime is present."
    if "Account" in destination and destination["Account"] != bucket.account_id:
        yield "The account is not the owner of the destination bucket."


def versioning_is_needed(call: Call) -> Denial | None:
    """PutBucketVersioning: what rests on versioning keeps it on. A destination may be suspended: replication then fails."""
    bucket = bucket_of(str(call.params.get("Bucket", "")))
    status = (call.params.get("VersioningConfiguration") or {}).get("Status")
    if bucket is None or status == "Enabled":
        return None
    if bucket.object_lock_enabled:
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        return Denial("InvalidBucketState", message, 409)
    if getattr(bucket, "replication", None):
        message = (
            "A replication configuration is present on this bucket, so you cannot change the versioning state. "
            "To change the versioning state, first delete the replication configuration."
        )
        return Denial("InvalidBucketState", message, 409)
    return None


def bad_lock(call: Call) -> Denial | None:
    """PutObjectLockConfiguration: of a versioned bucket; a retention has a mode and days or years."""
    bucket = bucket_of(str(call.params.get("Bucket", "")))
    if bucket is None:
        return None
    if bucket.versioning_status != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        return Denial("InvalidBucketState", message, 409)
    configuration = call.params.get("ObjectLockConfiguration") or {}
    retention = (configuration.get("Rule") or {}).get("DefaultRetention")
    if configuration.get("ObjectLockEnabled") == "Enabled" and (
        retention is None or ("Mode" in retention and ("Days" in retention) != ("Years" in retention))
    ):
        return None
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return Denial("MalformedXML", message, 400)


def _invalid(message: str) -> Denial:
    return Denial("InvalidRequest", message, 400)


REFUSALS = [
    (("s3", "PutBucketReplication"), bad_replication),
    (("s3", "PutBucketVersioning"), versioning_is_needed),
    (("s3", "PutObjectLockConfiguration"), bad_lock),
]
