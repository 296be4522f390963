"""What Check refuses, what it fills in, and the names it makes up."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.sandbox.catalog import resource_types
from service.sandbox.catalog.schema import UNKNOWN
from service.sandbox.provider.operations import check

Values = dict[str, Any]

FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
STREAM = {
    "name": "s",
    "destination": "extended_s3",
    "extendedS3Configuration": {"bucketArn": "arn:aws:s3:::b", "roleArn": "arn:aws:iam::111111111111:role/r"},
}
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def checked(
    token: str, news: Values, old: Values | None = None, tags: Values | None = None
) -> tuple[Values, dict[str, str]]:
    inputs, failures = check(resource_types()[token], old or {}, news, tags or {}, "thing", b"seed")
    return inputs, {failure.path: failure.reason for failure in failures}


def stream(**settings: Any) -> Values:
    return {**STREAM, "extendedS3Configuration": {**STREAM["extendedS3Configuration"], **settings}}  # type: ignore[dict-item]  # Its value is an object.


REFUSED = [
    ("aws:s3/bucket:Bucket", {"bucket": "UPPER"}, "bucket"),
    ("aws:s3/bucket:Bucket", {"bucket": "ab"}, "bucket"),
    ("aws:s3/bucket:Bucket", {"bucket": "fine", "lifecycleRules": []}, "lifecycleRules"),
    ("aws:s3/bucket:Bucket", {"bucket": "fine", "tags": {"a": 1}}, 'tags["a"]'),
    ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "fine", "policy": "{"}, "policy"),
    ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "fine", "policy": "[]"}, "policy"),
    ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "fine"}, "policy"),
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "fine", "rules": [{"id": "a", "status": "On"}]},
        "rules[0].status",
    ),
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        {"bucket": "fine", "rules": [{"id": "a", "status": "Enabled", "expiration": {"days": 1, "date": "2026-01-01"}}]},
        "rules[0].expiration",
    ),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"bucket": "fine", "rules": []}, "rules"),
    (
        "aws:cfg/recorder:Recorder",
        {"roleArn": "arn:r", "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}},
        "recordingGroup.resourceTypes",
    ),
    (
        "aws:cfg/recorder:Recorder",
        {"roleArn": "arn:r", "recordingGroup": {"allSupported": False, "includeGlobalResourceTypes": True}},
        "recordingGroup.includeGlobalResourceTypes",
    ),
    (
        "aws:cfg/deliveryChannel:DeliveryChannel",
        {"s3BucketName": "b", "snapshotDeliveryProperties": {"deliveryFrequency": "Weekly"}},
        "snapshotDeliveryProperties.deliveryFrequency",
    ),
    ("aws:kms/key:Key", {"deletionWindowInDays": 6}, "deletionWindowInDays"),
    ("aws:kms/key:Key", {"deletionWindowInDays": 31}, "deletionWindowInDays"),
    ("aws:kms/key:Key", {"rotationPeriodInDays": 89}, "rotationPeriodInDays"),
    ("aws:kms/key:Key", {"rotationPeriodInDays": 2561}, "rotationPeriodInDays"),
    ("aws:kms/alias:Alias", {"name": "alias/aws/s3", "targetKeyId": "k"}, "name"),
    ("aws:sqs/queue:Queue", {"name": "q", "visibilityTimeoutSeconds": 43201}, "visibilityTimeoutSeconds"),
    ("aws:sqs/queue:Queue", {"name": "q", "messageRetentionSeconds": 59}, "messageRetentionSeconds"),
    ("aws:sqs/queue:Queue", {"name": "q", "fifoQueue": True}, "name"),
    ("aws:sqs/queue:Queue", {"name": "q", "delaySeconds": "5"}, "delaySeconds"),
    ("aws:sns/topic:Topic", {"name": "a b"}, "name"),
    (
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": "arn:aws:sns:x", "protocol": "pigeon", "endpoint": "e"},
        "protocol",
    ),
    ("aws:iam/role:Role", {"name": "r" * 65, "assumeRolePolicy": TRUST}, "name"),
    ("aws:iam/role:Role", {"name": "r", "assumeRolePolicy": TRUST, "maxSessionDuration": 60}, "maxSessionDuration"),
    ("aws:iam/role:Role", {"name": "r", "assumeRolePolicy": TRUST, "path": "logflume"}, "path"),
    (FIREHOSE, stream(bufferingInterval=901), "extendedS3Configuration.bufferingInterval"),
    (FIREHOSE, stream(bufferingSize=0), "extendedS3Configuration.bufferingSize"),
    (FIREHOSE, stream(bufferingSize=129), "extendedS3Configuration.bufferingSize"),
    (FIREHOSE, stream(bufferingSize=1.5), "extendedS3Configuration.bufferingSize"),
    (
        FIREHOSE,
        stream(s3BackupMode="Enabled"),
        "extendedS3Configuration.s3BackupConfiguration",
    ),
    (
        FIREHOSE,
        {**STREAM, "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK"}},
        "serverSideEncryption.keyArn",
    ),
    ("aws:cloudwatch/logGroup:LogGroup", {"name": "g", "retentionInDays": 31}, "retentionInDays"),
    ("aws:cloudwatch/logGroup:LogGroup", {"name": "a b"}, "name"),
    ("aws:cloudwatch/logStream:LogStream", {"logGroupName": "g", "name": "a:b"}, "name"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("token", "news", "path"), REFUSED, ids=[f"{t.rpartition(':')[2]}-{p}" for t, _, p in REFUSED]
)
def test_an_input_that_breaks_a_rule_is_refused_by_its_path(token: str, news: Values, path: str) -> None:
    _, failures = checked(token, news)
    assert list(failures) == [path]
    assert failures[path]


@pytest.mark.parametrize("seconds", [0, 900])
def test_both_ends_of_a_range_are_allowed(seconds: int) -> None:
    _, failures = checked(FIREHOSE, stream(bufferingInterval=seconds))
    assert failures == {}


def test_what_is_not_known_yet_is_taken_on_trust() -> None:
    _, failures = checked("aws:s3/bucketPolicy:BucketPolicy", {"bucket": UNKNOWN, "policy": UNKNOWN})
    assert failures == {}


@pytest.mark.parametrize("token", sorted(resource_types()))
def test_inputs_that_are_all_unknown_are_taken_on_trust(token: str) -> None:
    news = dict.fromkeys(resource_types()[token].inputs, UNKNOWN)
    _, failures = checked(token, news)
    assert failures == {}


@pytest.mark.parametrize("token", sorted(resource_types()))
def test_inputs_of_a_wrong_type_are_refused_and_nothing_breaks(token: str) -> None:
    props = resource_types()[token].inputs
    news = {name: 7 if prop.kind != "number" else "seven" for name, prop in props.items()}
    _, failures = checked(token, news)
    assert failures.keys() >= props.keys()


def test_defaults_are_filled_in_at_every_depth() -> None:
    inputs, _ = checked(FIREHOSE, STREAM)
    assert inputs["extendedS3Configuration"] == {
        **STREAM["extendedS3Configuration"],  # type: ignore[dict-item]  # Its value is an object.
        "bufferingInterval": 300,
        "bufferingSize": 5,
        "compressionFormat": "UNCOMPRESSED",
        "customTimeZone": "UTC",
        "s3BackupMode": "Disabled",
    }


def test_default_tags_of_the_provider_give_way_to_those_of_the_resource() -> None:
    inputs, _ = checked(
        "aws:sqs/queue:Queue", {"name": "q", "tags": {"a": "own"}}, tags={"a": "default", "b": "default"}
    )
    assert inputs["tags"] == {"a": "own", "b": "default"}


def test_a_policy_given_as_an_object_becomes_text() -> None:
    inputs, failures = checked(
        "aws:s3/bucketPolicy:BucketPolicy", {"bucket": "fine", "policy": {"Version": "2012-10-17"}}
    )
    assert (inputs["policy"], failures) == ('{"Version": "2012-10-17"}', {})


def test_a_name_is_made_up_once_and_kept() -> None:
    made, _ = checked("aws:sqs/queue:Queue", {})
    assert re.fullmatch(r"thing-[0-9a-f]{7}", made["name"])
    again, _ = check(resource_types()["aws:sqs/queue:Queue"], made, {}, {}, "thing", b"another seed")
    assert again["name"] == made["name"]


def test_a_made_up_name_starts_with_the_prefix_and_fits() -> None:
    made, failures = checked("aws:s3/bucket:Bucket", {"bucketPrefix": "logs-"})
    assert re.fullmatch(r"logs-[0-9a-f]{26}", made["bucket"])
    assert failures == {}
    alias, failures = checked("aws:kms/alias:Alias", {"targetKeyId": "k"})
    assert re.fullmatch(r"alias/thing-[0-9a-f]{7}", alias["name"])
    assert failures == {}
