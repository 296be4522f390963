"""AWS Config writes history and snapshots into another account's bucket, under that bucket's policy."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.delivery.recorders import ROOT, SERVICE, Recorder
from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox, running_sandbox, start_sandbox

PLACE = {"LocationConstraint": REGION}
WITHIN = 20.0
"""Seconds in which something that AWS does by itself must have happened."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of the test's own: an account has one recorder."""
    with running_sandbox(tmp_path) as sandbox:
        yield sandbox


def make(sandbox: Sandbox, name: str) -> None:
    """A bucket in production."""
    sandbox.client("s3", PRODUCTION).create_bucket(Bucket=name, CreateBucketConfiguration=PLACE)


def test_a_change_is_told_once_in_a_history_object_of_its_type(own: Sandbox) -> None:
    recorder = Recorder(own, "told-once").build()
    assert recorder.keys() == [f"{recorder.root}/ConfigWritabilityCheckFile"]
    make(own, "made-in-production")
    own.flush()
    [key] = recorder.keys("ConfigHistory")
    named = rf"{recorder.root}/{REGION}/\d{{4}}/[1-9]\d?/[1-9]\d?/ConfigHistory/{PRODUCTION}_Config_{REGION}_ConfigHistory_"
    assert re.fullmatch(named + r"AWS::S3::Bucket_\d{8}T\d{6}Z_\d{8}T\d{6}Z_1\.json\.gz", key)
    assert recorder.told() == [("made-in-production", "ResourceDiscovered")]
    own.flush()
    assert recorder.keys("ConfigHistory") == [key]
    own.client("s3", PRODUCTION).put_bucket_tagging(
        Bucket="made-in-production", Tagging={"TagSet": [{"Key": "team", "Value": "payments"}]}
    )
    own.flush()
    own.client("s3", PRODUCTION).delete_bucket(Bucket="made-in-production")
    own.flush()
    statuses = [status for _, status in recorder.told()]
    assert statuses == ["ResourceDiscovered", "OK", "ResourceDeleted"]
    assert recorder.status()["configHistoryDeliveryInfo"]["lastStatus"] == "SUCCESS"


def test_a_snapshot_is_delivered_when_asked_for(own: Sandbox) -> None:
    recorder = Recorder(own, "asked-for").build()
    make(own, "in-the-picture")
    id = recorder.config.deliver_config_snapshot(deliveryChannelName="default")["configSnapshotId"]
    own.flush()
    [key] = recorder.keys("ConfigSnapshot")
    assert key.endswith(f"_{id}.json.gz")
    content = recorder.read(key)
    assert content["configSnapshotId"] == id
    [item] = content["configurationItems"]
    assert (item["resourceType"], item["resourceId"]) == ("AWS::S3::Bucket", "in-the-picture")
    assert item["accountId"] == PRODUCTION
    info = recorder.status()["configSnapshotDeliveryInfo"]
    assert info["lastStatus"] == "SUCCESS"
    assert info["lastSuccessfulTime"] == info["lastAttemptTime"]


def test_history_and_snapshots_come_by_the_clock(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, time_scale=12_000.0) as sandbox:
        recorder = Recorder(sandbox, "by-the-clock").build()
        recorder.put_channel(configSnapshotDeliveryProperties={"deliveryFrequency": "One_Hour"})
        make(sandbox, "seen-in-time")
        deadline = time.monotonic() + WITHIN
        while not (recorder.keys("ConfigSnapshot") and recorder.keys("ConfigHistory")):
            assert time.monotonic() < deadline, recorder.keys()
            time.sleep(0.2)  # Only the clock of the other process decides.
        assert recorder.told() == [("seen-in-time", "ResourceDiscovered")]
        recorder.config.stop_configuration_recorder(ConfigurationRecorderName="default")
        make(sandbox, "not-seen")
        sandbox.flush()
        assert ("not-seen", "ResourceDiscovered") not in recorder.told()


def test_what_a_recorder_does_not_record_is_not_told(own: Sandbox) -> None:
    recorder = Recorder(own, "some-types").build()
    own.client("iam", PRODUCTION).create_role(
        RoleName="a-role", AssumeRolePolicyDocument=trust(Service=SERVICE)
    )
    make(own, "a-bucket")
    recorder.put(recordingGroup={"allSupported": True, "includeGlobalResourceTypes": False})
    own.flush()
    assert {id for id, _ in recorder.told()} == {"a-bucket"}
    recorder.put(recordingGroup={"allSupported": True, "includeGlobalResourceTypes": True})
    own.flush()
    assert "a-role" in {id for id, _ in recorder.told()}


def test_a_delivery_the_bucket_refuses_is_told_in_the_status_and_made_up_for(own: Sandbox) -> None:
    recorder = Recorder(own, "refused-later").build()
    recorder.let_in(StringEquals={"AWS:SourceAccount": LOG})
    make(own, "missed")
    own.flush()
    history = recorder.status()["configHistoryDeliveryInfo"]
    assert (history["lastStatus"], history["lastErrorCode"]) == ("FAILURE", "AccessDenied")
    [status] = recorder.config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert (status["recording"], status["lastStatus"]) == (True, "FAILURE")
    recorder.let_in(ArnLike={"AWS:SourceArn": f"arn:aws:config:{REGION}:{PRODUCTION}:*"})
    own.flush()
    assert recorder.told() == [("missed", "ResourceDiscovered")]
    assert recorder.status()["configHistoryDeliveryInfo"]["lastStatus"] == "SUCCESS"
    assert recorder.status()["configStreamDeliveryInfo"]["lastStatus"] == "NOT_APPLICABLE"


def test_the_key_must_let_the_service_in_too(own: Sandbox) -> None:
    recorder = Recorder(own, "under-a-key")
    recorder.make_bucket()
    recorder.let_in()
    recorder.make_role()
    recorder.put()
    kms = own.client("kms", LOG)
    key = kms.create_key(Policy=policy(ROOT))["KeyMetadata"]["Arn"]
    refused = refusal(lambda: recorder.put_channel(s3KmsKeyArn=key))
    assert refused == ("InsufficientDeliveryPolicyException", 400)
    service = ROOT | {"Principal": {"Service": SERVICE}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"]}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(ROOT, service))
    recorder.put_channel(s3KmsKeyArn=key)
    own.flush()
    [check] = recorder.keys()
    head = own.client("s3", LOG).head_object(Bucket=recorder.bucket, Key=check)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["ContentLength"]) == ("aws:kms", key, 0)


def test_a_role_of_its_own_writes_where_the_bucket_names_it(own: Sandbox) -> None:
    recorder = Recorder(own, "by-a-role")
    recorder.make_bucket()
    iam = own.client("iam", PRODUCTION)
    role = iam.create_role(RoleName="recorder", AssumeRolePolicyDocument=trust(Service=SERVICE))["Role"][
        "Arn"
    ]
    objects = f"arn:aws:s3:::{recorder.bucket}/*"
    write: dict[str, Any] = {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:PutObjectAcl"],
        "Resource": objects,
    }
    iam.put_role_policy(RoleName="recorder", PolicyName="write", PolicyDocument=policy(write))
    recorder.put(role)
    assert refusal(recorder.put_channel) == ("InsufficientDeliveryPolicyException", 400)
    grant = policy(write | {"Principal": {"AWS": role}})
    own.client("s3", LOG).put_bucket_policy(Bucket=recorder.bucket, Policy=grant)
    recorder.put_channel()
    own.flush()
    assert recorder.keys() == [f"{recorder.root}/ConfigWritabilityCheckFile"]


def test_after_a_restart_nothing_is_told_twice_and_what_could_not_be_told_still_is(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path)
    recorder = Recorder(sandbox, "restarted").build()
    make(sandbox, "before")
    sandbox.flush()
    recorder.let_in(StringEquals={"AWS:SourceAccount": LOG})
    make(sandbox, "around")
    sandbox.flush()
    sandbox.kill()
    again = start_sandbox(tmp_path)
    try:
        recorder.sandbox = again
        assert recorder.status()["configHistoryDeliveryInfo"]["lastStatus"] == "FAILURE"
        recorder.let_in()
        again.flush()
        assert recorder.told() == [("before", "ResourceDiscovered"), ("around", "ResourceDiscovered")]
    finally:
        again.stop()
