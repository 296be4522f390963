"""A recorder from its request to its retirement, and one that somebody else had made, with HTTP and boto3 alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import database
from tests.journeys.delivered import not_proved, objects, proved
from tests.journeys.people import Person, person
from tests.support.aws import policy
from tests.support.deployment import (
    LOG,
    PRODUCTION,
    REGION,
    REPLICA_REGION,
    SECURITY,
    Deployment,
    deployed,
    eventually,
)

pytestmark = pytest.mark.engine

SERVICE = "config.amazonaws.com"
PLACE = {"LocationConstraint": REGION}
EXTERNAL_ID = "elastic-reads-logs"
"""What the sandbox's environment has for that consumer."""
ANYTHING = policy(Effect="Allow", Action="*", Resource="*")


@pytest.fixture(scope="module")
def running(database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A logflume of this module alone: an account has one recorder a region."""
    home = tmp_path_factory.mktemp("config")
    with database(database_template) as url, deployed(home, url) as deployment:
        deployment.aws("iam", PRODUCTION).create_service_linked_role(AWSServiceName=SERVICE)
        yield deployment


@pytest.fixture(scope="module")
def reader(running: Deployment) -> Person:
    """Somebody of the security account, whom the sandbox's consumers trust."""
    return person(running, SECURITY, "analyst", ANYTHING)


def ask(running: Deployment, name: str, **spec: Any) -> Any:
    """The answer to a request for a recorder."""
    body = {"name": name, "environment": "default", "kind": "config", "team": "payments", "spec": spec}
    return running.api("POST", "/v1/sources", body)


def findings(running: Deployment, name: str, **spec: Any) -> dict[str, str]:
    """What a dry run says, by code."""
    body = {"name": name, "environment": "default", "kind": "config", "team": "payments", "spec": spec}
    told = running.api("POST", "/v1/sources?dry_run=true", body).json()["findings"]
    return {finding["code"]: finding["message"] for finding in told}


def made(running: Deployment, name: str, **spec: Any) -> dict[str, Any]:
    """The outputs of a recorder that was asked for and is ready, and its id."""
    answer = ask(running, name, **spec)
    assert answer.status_code == 202, answer.text
    source = running.ready(answer.json()["id"])
    return dict(running.stack(source["id"])["outputs"]) | {"id": source["id"]}


def new_bucket(running: Deployment, name: str) -> None:
    """Something new in production, for AWS Config to see."""
    running.aws("s3", PRODUCTION).create_bucket(Bucket=name, CreateBucketConfiguration=PLACE)


def told(running: Deployment, bucket: str, region: str = REGION) -> dict[str, list[str]]:
    """What history there is in a bucket: the resources that are told of, by key."""
    return {
        key: [item["resourceId"] for item in json.loads(got["Lines"][0])["configurationItems"]]
        for key, got in objects(running, bucket, region=region).items()
        if "ConfigHistory" in key
    }


def seen(running: Deployment, bucket: str, resource: str, region: str = REGION) -> list[str]:
    """The keys of the history objects that tell of a resource, once there is one."""

    def there() -> list[str] | None:
        running.flush()
        return [key for key, ids in told(running, bucket, region).items() if resource in ids] or None

    return eventually(there, f"{resource} is told of in {bucket}", 60)


def received(reader: Person, consumer: dict[str, Any]) -> list[str]:
    """The keys that a consumer's queue announces to who reads it in the consumer's role."""
    sqs = reader.as_role(consumer["role_arn"], EXTERNAL_ID).client("sqs")
    keys = []
    while got := sqs.receive_message(
        QueueUrl=consumer["queue_url"], MaxNumberOfMessages=10, WaitTimeSeconds=1
    ).get("Messages"):
        for message in got:
            sqs.delete_message(QueueUrl=consumer["queue_url"], ReceiptHandle=message["ReceiptHandle"])
            records = json.loads(message["Body"]).get("Records", [])
            keys += [record["s3"]["object"]["key"].replace("%3A", ":") for record in records]
    return keys


def state(running: Deployment) -> dict[str, Any]:
    """All that AWS Config has in production."""
    config = running.aws("config", PRODUCTION)
    statuses = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    return {
        "recorders": config.describe_configuration_recorders()["ConfigurationRecorders"],
        "channels": config.describe_delivery_channels()["DeliveryChannels"],
        "recording": [status["recording"] for status in statuses],
    }


def retired(running: Deployment, source_id: str) -> None:
    answer = running.api("DELETE", f"/v1/sources/{source_id}", If_Match="*")
    assert answer.status_code == 202, answer.text
    assert running.settled(source_id)["status"]["phase"] == "retired"


def test_a_recorder_from_its_request_to_its_retirement_and_back(running: Deployment, reader: Person) -> None:
    outputs = made(running, "history", global_types=True)
    assert state(running)["recording"] == [True]
    new_bucket(running, "made-in-production")
    (key,) = seen(running, outputs["bucket"], "made-in-production")
    assert key.startswith(f"logs/AWSLogs/{PRODUCTION}/Config/{REGION}/")
    seen(running, outputs["replica_bucket"], "made-in-production", REPLICA_REGION)

    consumer = outputs["consumers"]["elastic"]
    assert received(reader, consumer).count(key) == 1
    got = (
        reader.as_role(consumer["role_arn"], EXTERNAL_ID)
        .client("s3")
        .get_object(Bucket=outputs["bucket"], Key=key)
    )
    assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == ("aws:kms", outputs["key_arn"])

    second = ask(running, "second")
    assert (second.status_code, second.json()["code"]) == (409, "singleton_taken")
    assert "default/history of team payments" in second.json()["detail"]

    source_id = outputs["id"]
    [snapshot] = proved(running, source_id)["proof"]["legs"][1]["where"]
    assert "/ConfigSnapshot/" in snapshot
    stopped_by_hand_is_mended(running, source_id)
    changed_in_place(running, source_id)
    retired_and_restored(running, source_id, outputs)


def stopped_by_hand_is_mended(running: Deployment, source_id: str) -> None:
    config = running.aws("config", PRODUCTION)
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    assert "NoRunningConfigurationRecorder" in not_proved(running, source_id, "sent")
    assert running.operate(source_id, "check")["state"] == "succeeded"
    [change] = running.stack(source_id)["drift"]["changes"]
    assert (change["op"], change["urn"].split("::")[-1]) == ("update", "status")
    assert [prop["path"] for prop in change["properties"]] == ["isEnabled"]
    assert running.operate(source_id, "repair")["state"] == "succeeded"
    assert state(running)["recording"] == [True]
    assert running.operate(source_id, "check")["state"] == "succeeded"
    assert not running.stack(source_id)["drift"]["drifted"]


def changed_in_place(running: Deployment, source_id: str) -> None:
    body = {"spec": {"resource_types": ["AWS::S3::Bucket"], "snapshot_frequency": "One_Hour"}}
    changed = running.api("PUT", f"/v1/sources/{source_id}", body, If_Match="*")
    assert changed.status_code == 202, changed.text
    running.ready(source_id)
    [recorder], [channel] = state(running)["recorders"], state(running)["channels"]
    assert recorder["recordingGroup"]["resourceTypes"] == ["AWS::S3::Bucket"]
    assert channel["configSnapshotDeliveryProperties"] == {"deliveryFrequency": "One_Hour"}


def retired_and_restored(running: Deployment, source_id: str, outputs: dict[str, Any]) -> None:
    bucket = outputs["bucket"]
    before = told(running, bucket)
    retired(running, source_id)
    assert state(running) == {"recorders": [], "channels": [], "recording": []}
    assert told(running, bucket) == before
    assert SERVICE not in running.aws("s3", LOG).get_bucket_policy(Bucket=bucket)["Policy"]
    assert running.api("POST", f"/v1/sources/{source_id}/restore").status_code == 202
    running.ready(source_id)
    new_bucket(running, "made-after-the-restore")
    assert seen(running, bucket, "made-after-the-restore")
    retired(running, source_id)


def test_a_recorder_that_was_there_is_taken_over_and_left_as_it_was_found(running: Deployment) -> None:
    theirs(running)
    before = state(running)
    assert findings(running, "taken-over").keys() >= {"singleton_taken"}
    theirs_by_name = {"adopt": True, "recorder_name": "theirs", "channel_name": "theirs"}
    told_before = findings(running, "taken-over", **theirs_by_name)["recorder_turned"]
    assert "bucket their-history becomes logflume-taken-over-" in told_before
    assert state(running) == before
    outputs = made(running, "taken-over", **theirs_by_name)
    [channel] = state(running)["channels"]
    assert (channel["name"], channel["s3BucketName"]) == ("theirs", outputs["bucket"])
    new_bucket(running, "seen-by-ours")
    assert seen(running, outputs["bucket"], "seen-by-ours")
    retired(running, outputs["id"])
    assert state(running) == before
    new_bucket(running, "seen-by-theirs")
    running.flush()
    assert "seen-by-theirs" not in json.dumps(told(running, outputs["bucket"]))


def theirs(running: Deployment) -> None:
    """A recorder with a role, a bucket and names of its own, recording."""
    iam, s3, config = (running.aws(name, PRODUCTION) for name in ("iam", "s3", "config"))
    trust = policy(Effect="Allow", Principal={"Service": SERVICE}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="their-recorder", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    write = policy(Effect="Allow", Action="s3:Put*", Resource="arn:aws:s3:::their-history/*")
    iam.put_role_policy(RoleName="their-recorder", PolicyName="write", PolicyDocument=write)
    s3.create_bucket(Bucket="their-history", CreateBucketConfiguration=PLACE)
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "theirs",
            "roleARN": role,
            "recordingGroup": {"resourceTypes": ["AWS::SNS::Topic"]},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "theirs", "s3BucketName": "their-history"})
    config.start_configuration_recorder(ConfigurationRecorderName="theirs")
