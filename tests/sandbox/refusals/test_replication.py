"""Replication, Object Lock and versioning settings that S3 refuses change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.sandbox.replicas import Pair, pair
from tests.support.aws import refusal
from tests.support.sandbox import LOG, Sandbox

SUSPENDED = {"Status": "Suspended"}
KEY = {"ReplicaKmsKeyID": f"arn:aws:kms:eu-west-1:{LOG}:key/a"}
KMS_OBJECTS = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}


@pytest.fixture(scope="module")
def buckets(sandbox: Sandbox) -> Pair:
    made = pair(sandbox, "uncopied-1")
    bucket(sandbox, "uncopied-1-plain")
    return made


def refused(buckets: Pair, *rules: dict[str, Any]) -> tuple[str, int]:
    configuration = {"Role": buckets.role, "Rules": [*rules]}
    call = buckets.source.put_bucket_replication
    return refusal(call, Bucket=buckets.name, ReplicationConfiguration=configuration)


def to(bucket: str, **more: Any) -> dict[str, Any]:
    return {"Destination": {"Bucket": f"arn:aws:s3:::{bucket}", **more}}


@pytest.mark.parametrize(
    "changes",
    [
        to("uncopied-1-absent"),
        to("uncopied-1-plain"),
        to("uncopied-1"),
        to("uncopied-1-copy", Account="333333333333"),
        to("uncopied-1-copy", EncryptionConfiguration=KEY),
        to("uncopied-1-copy", ReplicationTime={"Status": "Enabled", "Time": {"Minutes": 15}}),
        {"SourceSelectionCriteria": KMS_OBJECTS},
        {"Priority": None},
        {"DeleteMarkerReplication": None},
        {"Filter": None, "Prefix": ""},
        {"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "DeleteMarkerReplication": {"Status": "Enabled"}},
    ],
)
def test_a_bad_rule_is_refused_and_changes_nothing(buckets: Pair, changes: dict[str, Any]) -> None:
    buckets.replicate()
    assert refused(buckets, buckets.rule(**changes)) == ("InvalidRequest", 400)
    written = buckets.source.get_bucket_replication(Bucket=buckets.name)["ReplicationConfiguration"]
    assert written["Rules"] == [buckets.rule()]


def test_two_rules_need_two_priorities(buckets: Pair) -> None:
    assert refused(buckets, buckets.rule(), buckets.rule(ID="other")) == ("InvalidRequest", 400)


def test_existing_objects_cannot_be_asked_for(buckets: Pair) -> None:
    rule = buckets.rule(ExistingObjectReplication={"Status": "Enabled"})
    assert refused(buckets, rule) == ("MalformedXML", 400)


def test_both_buckets_must_be_versioned(sandbox: Sandbox) -> None:
    plain = pair(sandbox, "uncopied-2", versioned=False)
    assert refused(plain, plain.rule()) == ("InvalidRequest", 400)


def test_a_locked_bucket_is_replicated_to_a_locked_one_only(sandbox: Sandbox) -> None:
    locked = pair(sandbox, "refused-3", lock=True)
    locked.replicate()
    opened = pair(sandbox, "refused-4")
    assert refused(locked, locked.rule(**to(opened.copy))) == ("InvalidRequest", 400)


def test_versioning_stays_on_while_replication_needs_it(sandbox: Sandbox) -> None:
    both = pair(sandbox, "refused-5")
    both.replicate()
    call = both.source.put_bucket_versioning
    assert refusal(call, Bucket=both.name, VersioningConfiguration=SUSPENDED) == ("InvalidBucketState", 409)
    both.source.delete_bucket_replication(Bucket=both.name)
    call(Bucket=both.name, VersioningConfiguration=SUSPENDED)


def test_versioning_of_a_locked_bucket_stays_on(sandbox: Sandbox) -> None:
    locked = pair(sandbox, "refused-6", lock=True)
    call = locked.source.put_bucket_versioning
    assert refusal(call, Bucket=locked.name, VersioningConfiguration=SUSPENDED) == (
        "InvalidBucketState",
        409,
    )


@pytest.mark.parametrize(
    "retention",
    [{"Mode": "GOVERNANCE"}, {"Days": 3}, {"Mode": "GOVERNANCE", "Days": 3, "Years": 1}],
)
def test_a_retention_has_a_mode_and_days_or_years(buckets: Pair, retention: dict[str, Any]) -> None:
    setting = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
    call = buckets.source.put_object_lock_configuration
    assert refusal(call, Bucket=buckets.name, ObjectLockConfiguration=setting) == ("MalformedXML", 400)


def test_a_bucket_that_is_not_versioned_cannot_be_locked(buckets: Pair) -> None:
    call = buckets.source.put_object_lock_configuration
    setting = {"ObjectLockEnabled": "Enabled"}
    assert refusal(call, Bucket="uncopied-1-plain", ObjectLockConfiguration=setting) == (
        "InvalidBucketState",
        409,
    )
