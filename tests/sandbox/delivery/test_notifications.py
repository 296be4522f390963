"""S3 events to queues and topics, and topics to queues, under their policies."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.sandbox.delivery.pipelines import Pipeline, sending
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, REGION, Sandbox

KEY = "logs/year=2026/a file+1.log"


def store(sandbox: Sandbox, name: str) -> Pipeline:
    """A bucket and a queue that takes the bucket's events; no notification yet."""
    flume = Pipeline(sandbox, name)
    flume.client("s3", LOG).create_bucket(
        Bucket=flume.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    flume.make_queue()
    return flume


def put(flume: Pipeline, key: str = KEY) -> dict[str, Any]:
    answer: dict[str, Any] = flume.client("s3", LOG).put_object(Bucket=flume.bucket, Key=key, Body=b"data")
    return answer


def test_putting_a_notification_sends_a_test_event(sandbox: Sandbox) -> None:
    flume = store(sandbox, "tested")
    flume.notify(flume.queue_arn, "QueueConfigurations")
    (message,) = flume.messages()
    assert (message["Event"], message["Bucket"], message["Service"]) == (
        "s3:TestEvent",
        flume.bucket,
        "Amazon S3",
    )


def test_an_object_makes_one_message_of_aws_shape(sandbox: Sandbox) -> None:
    flume = store(sandbox, "shaped")
    flume.client("s3", LOG).put_bucket_versioning(
        Bucket=flume.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    flume.notify(flume.queue_arn, "QueueConfigurations")
    flume.messages()
    answer = put(flume)
    (message,) = flume.messages()
    (record,) = message["Records"]
    assert (record["eventVersion"], record["eventSource"], record["awsRegion"]) == ("2.1", "aws:s3", REGION)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["userIdentity"]["principalId"].startswith("AWS:")
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{flume.bucket}"
    assert record["s3"]["bucket"]["ownerIdentity"]["principalId"]
    about = record["s3"]["object"]
    assert about["key"] == "logs/year%3D2026/a+file%2B1.log"
    assert unquote_plus(about["key"]) == KEY
    assert (about["size"], about["eTag"]) == (4, answer["ETag"].strip('"'))
    assert about["versionId"] == answer["VersionId"]
    assert int(about["sequencer"], 16) > 0


def test_sequencers_grow_with_the_versions_of_a_key(sandbox: Sandbox) -> None:
    flume = store(sandbox, "sequenced")
    flume.notify(flume.queue_arn, "QueueConfigurations")
    flume.messages()
    put(flume)
    put(flume)
    first, second = (message["Records"][0]["s3"]["object"]["sequencer"] for message in flume.messages())
    assert first < second


def test_an_object_outside_the_filter_is_not_told(sandbox: Sandbox) -> None:
    flume = store(sandbox, "filtered")
    flume.notify(flume.queue_arn, "QueueConfigurations")
    flume.messages()
    put(flume, "errors/x")
    assert flume.messages() == []


def test_a_queue_that_does_not_let_the_bucket_send_is_refused(sandbox: Sandbox) -> None:
    flume = store(sandbox, "closed")
    sqs = flume.client("sqs", LOG)
    other = policy(sending("s3.amazonaws.com", "sqs:SendMessage", flume.queue_arn, "arn:aws:s3:::another"))
    url = sqs.get_queue_url(QueueName="closed")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": other})
    assert notify_refused(flume, flume.queue_arn) == ("InvalidArgument", 400)


def test_a_queue_that_does_not_exist_is_refused(sandbox: Sandbox) -> None:
    flume = store(sandbox, "queueless")
    assert notify_refused(flume, f"{flume.queue_arn}-no") == ("InvalidArgument", 400)


def test_a_queue_under_the_key_that_aws_manages_is_refused(sandbox: Sandbox) -> None:
    flume = store(sandbox, "managed")
    sqs = flume.client("sqs", LOG)
    url = sqs.get_queue_url(QueueName="managed")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    assert notify_refused(flume, flume.queue_arn) == ("InvalidArgument", 400)


def test_a_queue_under_a_key_takes_events_once_the_key_lets_s3_use_it(sandbox: Sandbox) -> None:
    flume = store(sandbox, "keyed")
    kms = flume.client("kms", LOG)
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    key = kms.create_key(Policy=policy(root))["KeyMetadata"]["Arn"]
    sqs = flume.client("sqs", LOG)
    url = sqs.get_queue_url(QueueName="keyed")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    assert notify_refused(flume, flume.queue_arn) == ("InvalidArgument", 400)
    service = root | {
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(root, service))
    flume.notify(flume.queue_arn, "QueueConfigurations")
    assert len(flume.messages()) == 1


def test_a_queue_that_closes_later_gets_nothing_and_the_write_succeeds(sandbox: Sandbox) -> None:
    flume = store(sandbox, "shut")
    flume.notify(flume.queue_arn, "QueueConfigurations")
    flume.messages()
    sqs = flume.client("sqs", LOG)
    url = sqs.get_queue_url(QueueName="shut")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    put(flume)
    assert flume.messages() == []


@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_topic_hands_events_on_to_its_queue(sandbox: Sandbox, raw: str) -> None:
    flume = fanned_out(sandbox, f"fan-{raw}", raw)
    flume.notify(flume.topic_arn, "TopicConfigurations")
    flume.messages()
    put(flume)
    (message,) = flume.messages()
    if raw == "false":
        assert (message["Type"], message["TopicArn"]) == ("Notification", flume.topic_arn)
        assert message["Subject"] == "Amazon S3 Notification"
        message = json.loads(message["Message"])
    assert message["Records"][0]["s3"]["object"]["key"].startswith("logs/")


def test_a_topic_reaches_no_queue_that_does_not_let_it(sandbox: Sandbox) -> None:
    flume = fanned_out(sandbox, "fan-shut", "true")
    sqs = flume.client("sqs", LOG)
    url = sqs.get_queue_url(QueueName="fan-shut")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    flume.client("sns", LOG).publish(TopicArn=flume.topic_arn, Message="{}")
    assert flume.messages() == []


def test_a_topic_that_does_not_let_the_bucket_publish_is_refused(sandbox: Sandbox) -> None:
    flume = fanned_out(sandbox, "fan-closed", "true")
    own = policy(
        Effect="Allow",
        Principal={"AWS": f"arn:aws:iam::{LOG}:root"},
        Action="sns:Publish",
        Resource=flume.topic_arn,
    )
    flume.client("sns", LOG).set_topic_attributes(
        TopicArn=flume.topic_arn, AttributeName="Policy", AttributeValue=own
    )
    assert notify_refused(flume, flume.topic_arn, "TopicConfigurations") == ("InvalidArgument", 400)


def notify_refused(flume: Pipeline, arn: str, kind: str = "QueueConfigurations") -> tuple[str, int]:
    """How S3 refuses a notification to `arn`."""
    rule = {kind.replace("Configurations", "Arn"): arn, "Events": ["s3:ObjectCreated:*"]}
    return refusal(
        flume.client("s3", LOG).put_bucket_notification_configuration,
        Bucket=flume.bucket,
        NotificationConfiguration={kind: [rule]},
    )


def fanned_out(sandbox: Sandbox, name: str, raw: str) -> Pipeline:
    """A bucket, a topic that takes its events, and a queue that takes the topic's messages."""
    flume = Pipeline(sandbox, name)
    flume.client("s3", LOG).create_bucket(
        Bucket=flume.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    sns = flume.client("sns", LOG)
    sns.create_topic(Name=name)
    statement = sending("s3.amazonaws.com", "sns:Publish", flume.topic_arn, f"arn:aws:s3:::{flume.bucket}")
    sns.set_topic_attributes(
        TopicArn=flume.topic_arn, AttributeName="Policy", AttributeValue=policy(statement)
    )
    flume.make_queue("sns.amazonaws.com", flume.topic_arn)
    sns.subscribe(
        TopicArn=flume.topic_arn,
        Protocol="sqs",
        Endpoint=flume.queue_arn,
        Attributes={"RawMessageDelivery": raw},
    )
    return flume
