"""A trail, from the request to the consumer's hands and back to the store alone; HTTP and boto3 only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.calls import REPLICA_REGION, arrived, ask, keys_in, named, outputs_of, reader, told
from tests.journeys.delivered import not_proved, proved
from tests.support.aws import policy, refusal
from tests.support.deployment import LOG, PRODUCTION, Deployment

pytestmark = pytest.mark.engine

FILES = f"logs/AWSLogs/{PRODUCTION}/CloudTrail/"
DIGESTS = f"logs/AWSLogs/{PRODUCTION}/CloudTrail-Digest/"
Outputs = dict[str, Any]


def put(running: Deployment, source: dict[str, Any], spec: dict[str, Any]) -> None:
    """Ask for another spec."""
    body = {key: source[key] for key in ("name", "environment", "kind", "team")} | {"spec": spec}
    assert running.api("PUT", f"/v1/sources/{source['id']}", body, If_Match="*").status_code == 202
    running.ready(source["id"])


def trail_of(running: Deployment, outputs: Outputs) -> dict[str, Any]:
    """The trail as CloudTrail tells it."""
    found = running.aws("cloudtrail", PRODUCTION).get_trail(Name=outputs["trail_arn"])
    return dict(found["Trail"])


def test_a_trail_from_the_request_to_the_store_alone_and_back(running: Deployment) -> None:
    source = ask(running, "whole-trail")
    outputs = outputs_of(running, source)
    elastic = reader(running, outputs)
    _calls_are_found_once_in_bucket_replica_and_queue(running, outputs, elastic)
    proved(running, source["id"])
    told(elastic, outputs)
    _changes_by_hand_are_seen_and_mended(running, source, outputs)
    _data_events_are_added_by_a_change(running, source, outputs, elastic)
    _retiring_keeps_the_store_and_restoring_brings_the_trail_back(running, source, outputs)
    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    running.settled(source["id"])


def _calls_are_found_once_in_bucket_replica_and_queue(
    running: Deployment, outputs: Outputs, elastic: Any
) -> None:
    trail = trail_of(running, outputs)
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"]) == (True, True)
    assert (trail["S3BucketName"], trail["KmsKeyId"]) == (outputs["bucket"], outputs["key_arn"])
    running.aws("ecr", PRODUCTION).create_repository(repositoryName="whole-trail")
    running.aws("ecr", PRODUCTION, "us-east-1").create_repository(repositoryName="whole-trail-far")
    seen = arrived(running, elastic, outputs, "CreateRepository")
    running.flush()
    made = named(seen, "CreateRepository")
    assert sorted(one["awsRegion"] for one in made) == ["eu-west-3", "us-east-1"]
    assert len({one["eventID"] for one in seen}) == len(seen)

    digests = keys_in(running, outputs["bucket"], LOG, DIGESTS)
    assert digests
    assert keys_in(running, outputs["bucket"], LOG, "logs/") <= keys_in(
        running, outputs["replica_bucket"], LOG, "logs/", REPLICA_REGION
    )
    key = next(iter(keys_in(running, outputs["bucket"], LOG, FILES)))
    head = running.aws("s3", LOG).head_object(Bucket=outputs["bucket"], Key=key)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", outputs["key_arn"])


def _changes_by_hand_are_seen_and_mended(
    running: Deployment, source: dict[str, Any], outputs: Outputs
) -> None:
    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    cloudtrail.stop_logging(Name=outputs["trail_arn"])
    assert "has been stopped" in not_proved(running, source["id"], "bucket")
    cloudtrail.put_event_selectors(
        TrailName=outputs["trail_arn"],
        EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}],
    )
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    (change,) = running.stack(source["id"])["drift"]["changes"]
    assert change["urn"].endswith("::trail")
    paths = " ".join(one["path"] for one in change["properties"])
    assert "enableLogging" in paths
    assert "ventSelectors" in paths
    assert running.operate(source["id"], "repair")["state"] == "succeeded"
    assert cloudtrail.get_trail_status(Name=outputs["trail_arn"])["IsLogging"] is True
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    assert running.stack(source["id"])["drift"]["drifted"] is False


def _data_events_are_added_by_a_change(
    running: Deployment, source: dict[str, Any], outputs: Outputs, elastic: Any
) -> None:
    s3 = running.aws("s3", PRODUCTION)
    s3.create_bucket(Bucket="whole-trail-data", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    s3.put_object(Bucket="whole-trail-data", Key="before", Body=b"x")
    put(running, source, {"s3_objects": ["arn:aws:s3:::whole-trail-data/"]})
    s3.put_object(Bucket="whole-trail-data", Key="after", Body=b"x")
    seen = arrived(running, elastic, outputs, "PutObject")
    assert [one["requestParameters"]["key"] for one in named(seen, "PutObject")] == ["after"]


def _retiring_keeps_the_store_and_restoring_brings_the_trail_back(
    running: Deployment, source: dict[str, Any], outputs: Outputs
) -> None:
    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    assert running.settled(source["id"])["status"]["phase"] == "retired"
    assert refusal(cloudtrail.get_trail, Name=outputs["trail_arn"])[0] == "TrailNotFoundException"
    kept = keys_in(running, outputs["bucket"], LOG, FILES)
    assert kept
    assert (
        "cloudtrail.amazonaws.com"
        not in (running.aws("s3", LOG).get_bucket_policy(Bucket=outputs["bucket"])["Policy"])
    )
    assert running.api("POST", f"/v1/sources/{source['id']}/restore").status_code == 202
    assert outputs_of(running, source)["bucket"] == outputs["bucket"]
    assert cloudtrail.get_trail_status(Name=outputs["trail_arn"])["IsLogging"] is True
    assert kept <= keys_in(running, outputs["bucket"], LOG, FILES)


def test_nobody_elses_trail_writes_into_the_store(running: Deployment) -> None:
    """The policies let CloudTrail in for one trail, and nobody of production changes them, its administrators included."""
    source = ask(running, "own-trail")
    outputs = outputs_of(running, source)
    cloudtrail = running.aws("cloudtrail", PRODUCTION)
    other = {"Name": "another-trail", "S3BucketName": outputs["bucket"], "S3KeyPrefix": "logs"}
    assert refusal(cloudtrail.create_trail, **other)[0] == "InsufficientS3BucketPolicyException"
    everything = policy(Effect="Allow", Principal="*", Action="s3:*", Resource="*")
    s3 = running.aws("s3", PRODUCTION)
    assert refusal(s3.put_bucket_policy, Bucket=outputs["bucket"], Policy=everything)[1] == 403
    assert refusal(s3.put_object, Bucket=outputs["bucket"], Key=f"{FILES}x", Body=b"x")[1] == 403
    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    running.settled(source["id"])
