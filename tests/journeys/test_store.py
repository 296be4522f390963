"""What the article asks of a store, as behaviour: nothing lost, a copy, nobody else's hands, and old data gone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import database
from tests.journeys.delivered import announced, arrived, lines, objects, queue, write
from tests.journeys.people import Person, person
from tests.support.aws import policy, refusal
from tests.support.deployment import LOG, PRODUCTION, SECURITY, Deployment, deployed, eventually

pytestmark = pytest.mark.engine

REPLICA_REGION = "eu-west-1"
SCALE = 120.0
"""Seconds of AWS time in a second."""
RETENTION, GRACE = 60, 7
"""Days."""
Outputs = dict[str, Any]


@pytest.fixture(scope="module")
def running(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A logflume of this module alone: its AWS fails, and its time runs away."""
    with (
        database(database_template) as url,
        deployed(tmp_path_factory.mktemp("store"), url, LOGFLUME_SANDBOX_TIME_SCALE=str(SCALE)) as deployment,
    ):
        yield deployment


def made(running: Deployment, name: str, **spec: Any) -> Outputs:
    """The outputs of a new source that is ready."""
    source = running.ready(running.request(name, retention_days=RETENTION, **spec)["id"])
    return dict(running.stack(source["id"])["outputs"])


@pytest.fixture(scope="module")
def store(running: Deployment) -> Outputs:
    """A store with a line in it, on both sides."""
    outputs = made(running, "kept")
    write(running, "/aws/lambda/payments-kept", "s", ["a line"])
    assert arrived(running, outputs["bucket"], "a line")
    return outputs


def sides(outputs: Outputs) -> list[tuple[str, str, str]]:
    """Bucket, key and region of the primary and of the copy."""
    return [
        (outputs["bucket"], outputs["key_arn"], outputs["region"]),
        (outputs["replica_bucket"], outputs["replica_key_arn"], REPLICA_REGION),
    ]


def held(running: Deployment, bucket: str, region: str) -> tuple[int, int, int]:
    """How many objects, versions and delete markers there are under ``logs/``."""
    s3 = running.aws("s3", LOG, region)
    found = s3.list_object_versions(Bucket=bucket, Prefix="logs/")
    current = s3.list_objects_v2(Bucket=bucket, Prefix="logs/")
    return current["KeyCount"], len(found.get("Versions", [])), len(found.get("DeleteMarkers", []))


@pytest.mark.parametrize(
    "fault", [{"code": "SlowDown", "status": 503}, {"code": "AccessDenied", "status": 403}]
)
def test_a_store_that_refuses_writes_for_ten_minutes_loses_nothing(
    running: Deployment, fault: dict[str, Any]
) -> None:
    name = f"refused-{fault['status']}"
    outputs, group = made(running, name), f"/aws/lambda/payments-{name}"
    wanted = [f"{name} event {n}" for n in range(1000)]
    running.fail({"service": "s3", "operation": "PutObject", "account": LOG, **fault})
    over = time.monotonic() + 600 / SCALE
    try:
        for stream in range(4):
            write(running, group, f"s{stream}", wanted[stream::4])
        eventually(lambda: fault["code"] in error_codes(running, outputs) or None, "a delivery is refused")
        eventually(lambda: time.monotonic() >= over or None, "ten minutes of AWS time are over")
        assert lines(running, outputs["bucket"]) == []
    finally:
        running.fail()
    eventually(lambda: len(lines(running, outputs["bucket"])) >= 1000 or None, "all events arrive", 60)
    assert Counter(lines(running, outputs["bucket"])) == Counter(wanted)
    found = objects(running, outputs["bucket"])
    assert sorted(announced(running, queue(outputs))) == sorted(found)
    running.flush()
    assert objects(running, outputs["replica_bucket"], region=REPLICA_REGION).keys() == found.keys()


def error_codes(running: Deployment, outputs: Outputs) -> str:
    """What Firehose wrote about its deliveries."""
    logs = running.aws("logs", PRODUCTION)
    groups = logs.describe_log_groups(logGroupNamePrefix="/logflume/")["logGroups"]
    label = outputs["bucket"].removeprefix("logflume-")
    (group,) = [group["logGroupName"] for group in groups if group["logGroupName"].endswith(label)]
    events = logs.filter_log_events(logGroupName=group)["events"]
    return "\n".join(event["message"] for event in events)


def test_a_copy_is_what_the_primary_is_under_a_key_of_its_own(running: Deployment, store: Outputs) -> None:
    here = objects(running, store["bucket"])
    there = objects(running, store["replica_bucket"], region=REPLICA_REGION)
    assert {key: (got["VersionId"], got["Lines"]) for key, got in here.items()} == {
        key: (got["VersionId"], got["Lines"]) for key, got in there.items()
    }
    assert {got["ReplicationStatus"] for got in here.values()} == {"COMPLETED"}
    assert {(got["ReplicationStatus"], got["SSEKMSKeyId"]) for got in there.values()} == {
        ("REPLICA", store["replica_key_arn"])
    }


@pytest.fixture(scope="module")
def engineer(running: Deployment) -> Person:
    """Somebody who may do everything in production, as far as production can say."""
    return person(running, PRODUCTION, "engineer", policy(Effect="Allow", Action="*", Resource="*"))


@pytest.fixture(scope="module")
def auditor(running: Deployment) -> Person:
    """Somebody of the security account, who may read."""
    reads = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "kms:Decrypt"]
    return person(running, SECURITY, "auditor", policy(Effect="Allow", Action=reads, Resource="*"))


def test_an_engineer_with_every_permission_of_production_can_do_nothing_to_a_store(
    running: Deployment, store: Outputs, engineer: Person
) -> None:
    engineer.client("s3").list_buckets()
    for bucket, key, region in sides(store):
        s3, kms = engineer.client("s3", region), engineer.client("kms", region)
        (name, got), *_ = objects(running, bucket, region=region).items()
        version = {"Key": name, "VersionId": got["VersionId"]}
        lifecycle = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}
        everybody = policy(
            Effect="Allow", Principal={"AWS": PRODUCTION}, Action="s3:*", Resource=f"arn:aws:s3:::{bucket}"
        )
        for call, arguments in (
            (s3.list_objects_v2, {}),
            (s3.list_object_versions, {}),
            (s3.get_object, {"Key": name}),
            (s3.get_object, version),
            (s3.put_object, {"Key": name, "Body": b"changed"}),
            (s3.put_object, {"Key": "logs/planted", "Body": b"planted"}),
            (s3.delete_object, {"Key": name}),
            (s3.delete_object, version),
            (s3.delete_object, version | {"BypassGovernanceRetention": True}),
            (s3.delete_objects, {"Delete": {"Objects": [version]}}),
            (s3.get_bucket_policy, {}),
            (s3.put_bucket_policy, {"Policy": everybody}),
            (s3.delete_bucket_policy, {}),
            (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Suspended"}}),
            (s3.put_bucket_lifecycle_configuration, {"LifecycleConfiguration": lifecycle}),
            (s3.delete_bucket_replication, {}),
            (s3.delete_bucket, {}),
        ):
            assert refusal(call, Bucket=bucket, **arguments)[1] == 403, (call.__name__, arguments)
        for call, arguments in (
            (kms.encrypt, {"Plaintext": b"x"}),
            (kms.generate_data_key, {"KeySpec": "AES_256"}),
            (kms.describe_key, {}),
            (kms.disable_key, {}),
            (kms.put_key_policy, {"PolicyName": "default", "Policy": everybody}),
            (kms.schedule_key_deletion, {}),
        ):
            assert refusal(call, KeyId=key, **arguments)[0] == "AccessDeniedException", call.__name__
        sealed = running.aws("kms", LOG, region).encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        assert refusal(kms.decrypt, CiphertextBlob=sealed)[0] == "AccessDeniedException"
    assert lines(running, store["bucket"]) == ["a line"]


def test_the_security_account_reads_both_sides_and_changes_neither(
    running: Deployment, store: Outputs, auditor: Person
) -> None:
    for bucket, _, region in sides(store):
        s3 = auditor.client("s3", region)
        (entry,) = s3.list_objects_v2(Bucket=bucket, Prefix="logs/")["Contents"]
        got = s3.get_object(Bucket=bucket, Key=entry["Key"], ExpectedBucketOwner=LOG)
        assert got["Body"].read() == objects(running, bucket, region=region)[entry["Key"]]["Raw"]
        planted = person(running, SECURITY, "planter", policy(Effect="Allow", Action="*", Resource="*"))
        writer = planted.client("s3", region)
        assert refusal(writer.put_object, Bucket=bucket, Key="logs/x", Body=b"x")[1] == 403
        assert refusal(writer.delete_object, Bucket=bucket, Key=entry["Key"])[1] == 403


def test_a_wrong_owner_is_not_taken_for_the_right_one(store: Outputs, auditor: Person) -> None:
    for bucket, _, region in sides(store):
        s3 = auditor.client("s3", region)
        assert refusal(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner=SECURITY)[1] == 403
        assert s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner=LOG)["KeyCount"] == 1


def test_the_writer_of_another_source_cannot_write(
    running: Deployment, store: Outputs, engineer: Person
) -> None:
    other = made(running, "other")
    iam = running.aws("iam", PRODUCTION)
    role = other["writer_role_arn"].rpartition("/")[2]
    iam.update_assume_role_policy(
        RoleName=role,
        PolicyDocument=policy(Effect="Allow", Principal={"AWS": engineer.arn}, Action="sts:AssumeRole"),
    )
    writer = engineer.as_role(other["writer_role_arn"]).client("s3")
    writer.put_object(Bucket=other["bucket"], Key="logs/own", Body=b"x")
    assert refusal(writer.put_object, Bucket=store["bucket"], Key="logs/planted", Body=b"x")[1] == 403
    away = engineer.as_role(other["writer_role_arn"]).client("s3", REPLICA_REGION)
    for copy in (other["replica_bucket"], store["replica_bucket"]):
        assert refusal(away.put_object, Bucket=copy, Key="logs/planted", Body=b"x")[1] == 403


def test_with_the_primary_object_gone_the_copy_is_readable(running: Deployment, auditor: Person) -> None:
    outputs = made(running, "lost")
    write(running, "/aws/lambda/payments-lost", "s", ["still here"])
    assert arrived(running, outputs["bucket"], "still here")
    running.flush()
    ((key, got),) = objects(running, outputs["bucket"]).items()
    s3 = running.aws("s3", LOG)
    s3.delete_object(Bucket=outputs["bucket"], Key=key)
    s3.delete_object(Bucket=outputs["bucket"], Key=key, VersionId=got["VersionId"])
    running.flush()
    assert lines(running, outputs["bucket"]) == []
    copy = auditor.client("s3", REPLICA_REGION).get_object(Bucket=outputs["replica_bucket"], Key=key)
    assert copy["Body"].read() == got["Raw"]


def test_locked_objects_outlive_whoever_deletes_them_and_end_with_their_retention(
    running: Deployment,
) -> None:
    outputs = made(running, "locked", object_lock={"mode": "COMPLIANCE", "days": RETENTION})
    write(running, "/aws/lambda/payments-locked", "s", ["kept for good"])
    assert arrived(running, outputs["bucket"], "kept for good")
    running.flush()
    for bucket, _, region in sides(outputs):
        s3 = running.aws("s3", LOG, region)
        ((key, got),) = objects(running, bucket, region=region).items()
        assert got["ObjectLockMode"] == "COMPLIANCE"
        version = {"Bucket": bucket, "Key": key, "VersionId": got["VersionId"]}
        assert refusal(s3.delete_object, **version, BypassGovernanceRetention=True)[1] == 403
    running.pass_days(RETENTION + GRACE + 3)
    assert [held(running, bucket, region)[1] for bucket, _, region in sides(outputs)] == [0, 0]


def test_past_their_retention_objects_are_gone_on_both_sides_and_their_bytes_after_the_grace(
    running: Deployment,
) -> None:
    outputs = made(running, "rotated")
    write(running, "/aws/lambda/payments-rotated", "s", ["soon gone"])
    assert arrived(running, outputs["bucket"], "soon gone")
    running.flush()
    places = [(bucket, region) for bucket, _, region in sides(outputs)]
    running.pass_days(RETENTION - 1)
    assert [held(running, *place) for place in places] == [(1, 1, 0)] * 2
    running.pass_days(2)
    assert [held(running, *place) for place in places] == [(0, 1, 1)] * 2
    running.pass_days(GRACE + 1)
    assert [held(running, *place) for place in places] == [(0, 0, 0)] * 2
