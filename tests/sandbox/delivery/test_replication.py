"""What is put or deleted is copied to the other region, where every policy and key lets the role copy it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.sandbox.journal import FILE_NAME
from tests.sandbox.replicas import Pair, pair
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, REGION, REPLICA_REGION, Sandbox, running_sandbox, start_sandbox

KMS_OBJECTS = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}


def status(client: Any, bucket: str, key: str) -> str | None:
    """The replication status that HeadObject says."""
    found: str | None = client.head_object(Bucket=bucket, Key=key).get("ReplicationStatus")
    return found


def put(both: Pair, key: str, **more: Any) -> str:
    """Put an object and let it be copied; its version."""
    made = both.source.put_object(Bucket=both.name, Key=key, Body=b"a line\n", **more)
    both.sandbox.flush()
    return str(made["VersionId"])


def limited(both: Pair, *statements: dict[str, Any]) -> None:
    """Give the role these statements in the place of everything."""
    iam = both.sandbox.client("iam", LOG)
    iam.put_role_policy(RoleName=f"{both.name}-role", PolicyName="copy", PolicyDocument=policy(*statements))


def test_a_new_version_is_copied_with_all_it_has(sandbox: Sandbox) -> None:
    both = pair(sandbox, "copied-1")
    both.source.put_object(Bucket=both.name, Key="old", Body=b"1")
    both.replicate()
    version = put(both, "new", Metadata={"m": "1"}, Tagging="a=b", ContentType="text/plain")
    assert status(both.source, both.name, "new") == "COMPLETED"
    copied = both.copies.get_object(Bucket=both.copy, Key="new")
    assert (copied["Body"].read(), copied["VersionId"], copied["ReplicationStatus"]) == (
        b"a line\n",
        version,
        "REPLICA",
    )
    assert (copied["Metadata"], copied["ContentType"]) == ({"m": "1"}, "text/plain")
    assert both.copies.get_object_tagging(Bucket=both.copy, Key="new")["TagSet"] == [
        {"Key": "a", "Value": "b"}
    ]
    assert copied["LastModified"] == both.source.head_object(Bucket=both.name, Key="new")["LastModified"]
    # Nothing retroactive: what was there before the rule stays alone.
    assert status(both.source, both.name, "old") is None
    assert refusal(both.copies.head_object, Bucket=both.copy, Key="old")[1] == 404


def test_only_what_the_rule_is_about_is_copied(sandbox: Sandbox) -> None:
    both = pair(sandbox, "copied-2")
    both.replicate(
        both.rule(Filter={"Prefix": "logs/"}),
        both.rule(
            ID="tagged",
            Priority=2,
            Filter={"And": {"Prefix": "x/", "Tags": [{"Key": "keep", "Value": "yes"}]}},
        ),
    )
    for key, tags in (("logs/a", ""), ("errors/a", ""), ("x/a", "keep=yes"), ("x/b", "keep=no")):
        put(both, key, Tagging=tags)
    copied = [entry["Key"] for entry in both.copies.list_objects_v2(Bucket=both.copy)["Contents"]]
    assert copied == ["logs/a", "x/a"]
    assert status(both.source, both.name, "errors/a") is None
    assert status(both.source, both.name, "x/b") is None


def test_markers_go_along_by_rule_and_deleted_versions_never_do(sandbox: Sandbox) -> None:
    both = pair(sandbox, "copied-3")
    both.replicate()
    version = put(both, "kept")
    both.source.delete_object(Bucket=both.name, Key="kept")
    sandbox.flush()
    assert both.copies.head_object(Bucket=both.copy, Key="kept")["VersionId"] == version
    both.replicate(both.rule(DeleteMarkerReplication={"Status": "Enabled"}))
    gone = put(both, "gone")
    both.source.delete_object(Bucket=both.name, Key="gone")
    sandbox.flush()
    assert refusal(both.copies.head_object, Bucket=both.copy, Key="gone")[1] == 404
    both.source.delete_object(Bucket=both.name, Key="gone", VersionId=gone)
    sandbox.flush()
    assert both.copies.head_object(Bucket=both.copy, Key="gone", VersionId=gone)["ReplicationStatus"]


def test_a_copy_is_not_copied_on(sandbox: Sandbox) -> None:
    first, second = pair(sandbox, "copied-4"), pair(sandbox, "copied-5")
    first.replicate()
    sandbox.client("s3", LOG, REPLICA_REGION).put_bucket_replication(
        Bucket=first.copy,
        ReplicationConfiguration={"Role": second.role, "Rules": [second.rule()]},
    )
    put(first, "a")
    assert status(first.copies, first.copy, "a") == "REPLICA"
    assert refusal(second.copies.head_object, Bucket=second.copy, Key="a")[1] == 404


SOURCE, TARGET = "arn:aws:s3:::{0}", "arn:aws:s3:::{0}-copy"
NEEDED = (
    (("s3:GetReplicationConfiguration", "s3:ListBucket"), SOURCE),
    (("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"), SOURCE + "/*"),
    (("s3:ReplicateObject",), TARGET + "/*"),
)
"""What the S3 guide gives the role."""


def needed(name: str, without: str = "") -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Action": [action for action in actions if action != without] or "s3:ListAllMyBuckets",
            "Resource": resource.format(name),
        }
        for actions, resource in NEEDED
    ]


def test_the_permissions_of_the_guide_are_enough(sandbox: Sandbox) -> None:
    both = pair(sandbox, "copied-6")
    both.replicate()
    limited(both, *needed(both.name))
    put(both, "a")
    assert status(both.source, both.name, "a") == "COMPLETED"


@pytest.mark.parametrize("action", [action for actions, _ in NEEDED for action in actions])
def test_without_one_of_them_it_fails_silently(sandbox: Sandbox, action: str) -> None:
    both = pair(sandbox, f"copied-{action[3:].lower()}")
    both.replicate()
    limited(both, *needed(both.name, without=action))
    put(both, "a")
    assert status(both.source, both.name, "a") == "FAILED"
    assert refusal(both.copies.head_object, Bucket=both.copy, Key="a")[1] == 404


@pytest.mark.parametrize("on_copy", [True, False])
def test_a_bucket_policy_may_forbid_it(sandbox: Sandbox, on_copy: bool) -> None:
    both = pair(sandbox, f"forbidden-{'copy' if on_copy else 'source'}")
    both.replicate()
    client, bucket = (both.copies, both.copy) if on_copy else (both.source, both.name)
    action = "s3:ReplicateObject" if on_copy else "s3:GetObjectVersionForReplication"
    denied = policy(Effect="Deny", Principal="*", Action=action, Resource=f"arn:aws:s3:::{bucket}/*")
    client.put_bucket_policy(Bucket=bucket, Policy=denied)
    put(both, "a")
    assert status(both.source, both.name, "a") == "FAILED"


def test_a_role_that_does_not_trust_s3_copies_nothing(sandbox: Sandbox) -> None:
    both = pair(sandbox, "untrusted-1")
    both.replicate()
    trusted = policy(Effect="Allow", Principal={"Service": "logs.amazonaws.com"}, Action="sts:AssumeRole")
    iam = sandbox.client("iam", LOG)
    iam.update_assume_role_policy(RoleName="untrusted-1-role", PolicyDocument=trusted)
    put(both, "a")
    assert status(both.source, both.name, "a") == "FAILED"


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


def test_copies_are_there_after_a_restart_and_each_once(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        both = pair(first, "restarted-1")
        both.replicate(both.rule(DeleteMarkerReplication={"Status": "Enabled"}))
        versions = [put(both, key) for key in ("a", "b")]
        both.source.delete_object(Bucket=both.name, Key="b")
        first.flush()
    second = start_sandbox(tmp_path)
    try:
        copies = second.client("s3", LOG, REPLICA_REGION)
        found = copies.list_object_versions(Bucket="restarted-1-copy")
        assert [version["VersionId"] for version in found["Versions"]] == versions
        assert [marker["Key"] for marker in found["DeleteMarkers"]] == ["b"]
        assert status(second.client("s3", LOG), "restarted-1", "a") == "COMPLETED"
    finally:
        second.stop()


def test_what_was_not_copied_before_the_end_is_copied_after_the_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        both = pair(first, "restarted-2")
        both.replicate()
        put(both, "a")
    journal = tmp_path / FILE_NAME
    lines = journal.read_bytes().splitlines(keepends=True)
    left = [line for line in lines if b"/_sandbox/replicate" not in line]
    assert len(left) == len(lines) - 1
    journal.write_bytes(b"".join(left))
    second = start_sandbox(tmp_path)
    try:
        second.flush()
        assert status(second.client("s3", LOG), "restarted-2", "a") == "COMPLETED"
        copies = second.client("s3", LOG, REPLICA_REGION)
        assert copies.get_object(Bucket="restarted-2-copy", Key="a")["Body"].read() == b"a line\n"
    finally:
        second.stop()


@pytest.mark.parametrize(("told", "state"), [("Enabled", "ALARM"), ("Disabled", "OK")])
def test_a_copy_that_fails_raises_an_alarm_where_the_rule_has_metrics(
    sandbox: Sandbox, told: str, state: str
) -> None:
    both = pair(sandbox, f"alarmed-{told.lower()}")
    target = {"Bucket": f"arn:aws:s3:::{both.copy}", "Metrics": {"Status": told}}
    both.replicate(both.rule(Destination=target))
    limited(both, *needed(both.name, without="s3:ReplicateObject"))
    cloudwatch = sandbox.client("cloudwatch", LOG)
    cloudwatch.put_metric_alarm(
        AlarmName=both.name,
        Namespace="AWS/S3",
        MetricName="OperationsFailedReplication",
        Dimensions=[
            {"Name": "SourceBucket", "Value": both.name},
            {"Name": "DestinationBucket", "Value": both.copy},
            {"Name": "RuleId", "Value": "all"},
        ],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    put(both, "a")
    sandbox.flush()
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[both.name])["MetricAlarms"]
    assert alarm["StateValue"] == state
