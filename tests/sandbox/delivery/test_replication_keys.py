"""Encrypted and locked objects are copied with their keys' leave, and keep their retention."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.replicas import limited, needed, pair, put, status
from tests.support.aws import refusal
from tests.support.sandbox import LOG, REGION, REPLICA_REGION, Sandbox

KMS_OBJECTS = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}


class Keys:
    """A pair whose buckets are encrypted with keys of their own, under a bucket key."""

    def __init__(self, sandbox: Sandbox, name: str) -> None:
        self.both = pair(sandbox, name)
        self.old = self._key(sandbox, self.both.source, REGION, name)
        self.new = self._key(sandbox, self.both.copies, REPLICA_REGION, self.both.copy)

    def _key(self, sandbox: Sandbox, client: Any, region: str, bucket: str) -> str:
        arn = sandbox.client("kms", LOG, region).create_key()["KeyMetadata"]["Arn"]
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        return str(arn)

    def replicate(self, key: str, **changes: Any) -> None:
        target = {
            "Bucket": f"arn:aws:s3:::{self.both.copy}",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": key},
        }
        rule = self.both.rule(SourceSelectionCriteria=KMS_OBJECTS, Destination=target, **changes)
        self.both.replicate(rule)

    def use(self, action: str, key: str, region: str, bucket: str) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Action": action,
            "Resource": key,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"s3.{region}.amazonaws.com",
                    "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}",
                }
            },
        }

    def uses(self) -> list[dict[str, Any]]:
        """What the guide gives the role for keys, with bucket keys on both sides."""
        there = (self.new, REPLICA_REGION, self.both.copy)
        return [
            self.use("kms:Decrypt", self.old, REGION, self.both.name),
            self.use("kms:Encrypt", *there),
            self.use("kms:Decrypt", *there),
        ]


def test_an_encrypted_object_is_copied_under_the_key_of_the_replica(sandbox: Sandbox) -> None:
    keys = Keys(sandbox, "sealed-1")
    keys.replicate(keys.new)
    limited(keys.both, *needed("sealed-1"), *keys.uses())
    put(keys.both, "a")
    assert status(keys.both.source, "sealed-1", "a") == "COMPLETED"
    copied = keys.both.copies.get_object(Bucket="sealed-1-copy", Key="a")
    assert (copied["SSEKMSKeyId"], copied["Body"].read()) == (keys.new, b"a line\n")


@pytest.mark.parametrize("missing", range(3))
def test_without_one_use_of_a_key_it_fails(sandbox: Sandbox, missing: int) -> None:
    name = f"sealed-without-{missing}"
    keys = Keys(sandbox, name)
    keys.replicate(keys.new)
    uses = keys.uses()
    del uses[missing]
    limited(keys.both, *needed(name), *uses)
    put(keys.both, "a")
    assert status(keys.both.source, name, "a") == "FAILED"


def test_a_key_that_is_none_is_taken_and_then_fails(sandbox: Sandbox) -> None:
    keys = Keys(sandbox, "sealed-2")
    for wrong in (keys.old, f"arn:aws:kms:{REPLICA_REGION}:{LOG}:key/none"):
        keys.replicate(wrong)
        put(keys.both, "a")
        assert status(keys.both.source, "sealed-2", "a") == "FAILED"
    sandbox.client("kms", LOG, REPLICA_REGION).disable_key(KeyId=keys.new)
    keys.replicate(keys.new)
    put(keys.both, "b")
    assert status(keys.both.source, "sealed-2", "b") == "FAILED"


def test_encrypted_objects_that_were_not_asked_for_stay_alone(sandbox: Sandbox) -> None:
    keys = Keys(sandbox, "sealed-3")
    keys.both.replicate()
    put(keys.both, "a")
    assert status(keys.both.source, "sealed-3", "a") is None


def test_a_retention_goes_along(sandbox: Sandbox) -> None:
    both = pair(sandbox, "held-1", lock=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 9}}
    both.source.put_object_lock_configuration(
        Bucket="held-1", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    both.replicate()
    limited(both, *needed("held-1"))
    put(both, "a")
    assert status(both.source, "held-1", "a") == "FAILED"
    extra = {
        "Effect": "Allow",
        "Action": ["s3:GetObjectRetention", "s3:GetObjectLegalHold"],
        "Resource": "arn:aws:s3:::held-1/*",
    }
    limited(both, *needed("held-1"), extra)
    version = put(both, "b")
    members = ("ObjectLockMode", "ObjectLockRetainUntilDate")
    there = both.copies.head_object(Bucket="held-1-copy", Key="b")
    here = both.source.head_object(Bucket="held-1", Key="b")
    assert [there[member] for member in members] == [here[member] for member in members]
    assert refusal(both.copies.delete_object, Bucket="held-1-copy", Key="b", VersionId=version)[1] == 403
