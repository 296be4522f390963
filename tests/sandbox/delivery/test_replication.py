"""What is put or deleted is copied to the other region, where every policy and key lets the role copy it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.sandbox.journal import FILE_NAME
from tests.sandbox.replicas import NEEDED, limited, needed, pair, put, status
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, REPLICA_REGION, Sandbox, running_sandbox, start_sandbox


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
