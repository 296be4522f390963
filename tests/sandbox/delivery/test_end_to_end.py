"""From log events in the production account to objects in the log account and messages in its queue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sandbox.delivery.pipelines import Pipeline, trusting
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, Sandbox, running_sandbox, start_sandbox


def test_every_event_arrives_exactly_once_and_the_queue_hears_of_every_object_once(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "whole").build()
    expected = [f"stream {stream} event {number}" for stream in range(3) for number in range(500 // 3 + 1)][
        :500
    ]
    for stream in range(3):
        mine = [text for text in expected if text.startswith(f"stream {stream} ")]
        for start in range(0, len(mine), 50):
            flume.say(mine[start : start + 50], stream=f"s{stream}")
    sandbox.flush()
    assert sorted(flume.lines()) == sorted(expected)
    assert sorted(flume.objects_told()) == sorted(flume.keys())
    sandbox.flush()
    assert len(flume.lines()) == 500


def test_nothing_is_written_before_the_buffer_is_full_or_due(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "buffered").build()
    flume.say(["early"])
    assert flume.keys() == []
    sandbox.flush()
    assert flume.lines() == ["early"]


def test_an_object_is_written_by_itself_when_its_interval_is_over(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "timely").build(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 128})
    flume.say(["on time"])
    sqs = flume.client("sqs", LOG)
    url = sqs.get_queue_url(QueueName="timely")["QueueUrl"]
    bodies: list[str] = []
    for _ in range(5):  # Long polling waits for the message; sixty seconds are one at this time scale.
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10).get("Messages", [])
        bodies += [message["Body"] for message in received]
        if any("ObjectCreated" in body for body in bodies):
            break
    assert any("ObjectCreated" in body for body in bodies)
    assert flume.lines() == ["on time"]


def test_only_what_the_pattern_matches_is_sent(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "picky").build()
    flume.subscribe("ERROR -debug")
    flume.say(["ERROR one", "INFO two", "ERROR debug three"])
    sandbox.flush()
    assert flume.lines() == ["ERROR one"]


def test_the_second_filter_of_a_group_may_be_changed_and_a_third_is_refused(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "counted").build()
    logs = flume.client("logs")
    second = flume.filter() | {"filterName": "second"}
    logs.put_subscription_filter(**second)
    logs.put_subscription_filter(**second | {"filterPattern": "ERROR"})
    third = flume.filter() | {"filterName": "third"}
    assert refusal(logs.put_subscription_filter, **third) == ("LimitExceededException", 400)
    found = logs.describe_subscription_filters(logGroupName=flume.group)["subscriptionFilters"]
    assert {item["filterName"]: item["filterPattern"] for item in found} == {"counted": "", "second": "ERROR"}


def test_without_processors_the_object_holds_what_cloudwatch_sent(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "envelope").build(
        ProcessingConfiguration={"Enabled": False}, CompressionFormat="UNCOMPRESSED"
    )
    flume.say(["hello"])
    sandbox.flush()
    (key,) = flume.keys()
    decoder, text, envelopes = json.JSONDecoder(), flume.body(key).decode(), []
    while text:
        envelope, end = decoder.raw_decode(text)
        envelopes.append(envelope)
        text = text[end:]
    control, data = sorted(envelopes, key=lambda envelope: str(envelope["messageType"]))
    assert (control["messageType"], control["owner"]) == ("CONTROL_MESSAGE", "CloudwatchLogs")
    assert data["owner"] == PRODUCTION
    assert (data["logGroup"], data["logStream"]) == (flume.group, "one")
    assert data["subscriptionFilters"] == ["envelope"]
    (event,) = data["logEvents"]
    assert event["message"] == "hello"
    assert len(event["id"]) == 56
    assert event["id"].isdigit()


def test_a_bucket_whose_default_is_a_key_encrypts_what_firehose_writes(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "sealed")
    key_policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": flume.writer_role},
                "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                "Resource": "*",
            },
        ],
    }
    flume.make_roles()
    created = flume.client("kms", LOG).create_key(Policy=json.dumps(key_policy))
    arn = created["KeyMetadata"]["Arn"]
    flume.make_store()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    flume.client("s3", LOG).put_bucket_encryption(
        Bucket=flume.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    flume.make_stream()
    flume.make_group()
    flume.subscribe()
    flume.say(["secret"])
    sandbox.flush()
    (key,) = flume.keys()
    head = flume.client("s3", LOG).head_object(Bucket=flume.bucket, Key=key)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", arn)


def test_a_denied_write_is_logged_kept_and_made_good_once_the_policy_is(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "denied").build()
    s3 = flume.client("s3", LOG)
    s3.delete_bucket_policy(Bucket=flume.bucket)
    flume.say(["patient"])
    sandbox.flush()
    assert flume.keys() == []
    line = flume.error_lines()[-1]
    assert line["errorCode"] == "S3.AccessDenied"
    assert line["deliveryStreamARN"] == flume.stream_arn
    assert line["destination"] == f"arn:aws:s3:::{flume.bucket}"
    assert line["deliveryStreamVersionId"] == 1
    flume.let_writer_in()
    sandbox.flush()
    assert flume.lines() == ["patient"]
    sandbox.flush()
    assert flume.lines() == ["patient"]


def test_a_locked_store_takes_what_firehose_writes(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "held").build()
    s3 = flume.client("s3", LOG)
    s3.put_bucket_versioning(Bucket=flume.bucket, VersioningConfiguration={"Status": "Enabled"})
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket=flume.bucket, ObjectLockConfiguration=lock)
    flume.say(["kept"])
    sandbox.flush()
    (key,) = flume.keys()
    assert s3.head_object(Bucket=flume.bucket, Key=key)["ObjectLockMode"] == "GOVERNANCE"


def test_a_role_that_firehose_may_not_take_writes_nothing(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "untrusting").build()
    iam = flume.client("iam")
    role = "untrusting-writer"
    wrong = trusting("firehose.amazonaws.com", StringEquals={"sts:ExternalId": LOG})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=wrong)
    flume.say(["later"])
    sandbox.flush()
    assert flume.keys() == []
    right = trusting("firehose.amazonaws.com", StringEquals={"sts:ExternalId": PRODUCTION})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=right)
    sandbox.flush()
    assert flume.lines() == ["later"]


def test_events_are_skipped_while_the_filters_role_may_not_put(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "skipping").build()
    flume.let_sender(["firehose:DescribeDeliveryStream"])
    flume.say(["lost"])
    sandbox.flush()
    flume.let_sender(["firehose:PutRecord"])
    flume.say(["found"])
    sandbox.flush()
    assert flume.lines() == ["found"]
    assert "delivery.refused" in (sandbox.home / "sandbox.log").read_text()


def test_a_filter_whose_role_may_not_put_is_refused(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "unwilling")
    flume.make_roles()
    flume.make_store()
    flume.make_stream()
    flume.make_group()
    flume.let_sender(["firehose:DescribeDeliveryStream"])
    logs = flume.client("logs")
    assert refusal(logs.put_subscription_filter, **flume.filter()) == ("InvalidParameterException", 400)
    assert logs.describe_subscription_filters(logGroupName=flume.group)["subscriptionFilters"] == []


def test_a_filter_whose_role_trusts_another_log_account_is_refused(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "mistrusting")
    flume.make_roles()
    flume.make_store()
    flume.make_stream()
    flume.make_group()
    wrong = trusting("logs.amazonaws.com", StringEquals={"aws:SourceAccount": LOG})
    flume.client("iam").update_assume_role_policy(RoleName="mistrusting-sender", PolicyDocument=wrong)
    logs = flume.client("logs")
    assert refusal(logs.put_subscription_filter, **flume.filter()) == ("InvalidParameterException", 400)


@pytest.mark.parametrize("pattern", ["[ip, user]", "{ $.a ~ 1 }"])
def test_a_pattern_that_is_not_simulated_is_refused(sandbox: Sandbox, pattern: str) -> None:
    flume = Pipeline(sandbox, f"pattern{len(pattern)}").build()
    logs = flume.client("logs")
    assert refusal(logs.put_subscription_filter, **flume.filter(pattern))[0] == "InvalidParameterException"


def test_a_stream_that_decompresses_takes_records_of_cloudwatch_only(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "exclusive").build()
    firehose = flume.client("firehose")
    put = {"DeliveryStreamName": "exclusive", "Record": {"Data": b"x"}}
    assert refusal(firehose.put_record, **put) == ("InvalidSourceException", 400)


def test_a_record_above_the_limit_is_refused(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "oversized").build(ProcessingConfiguration={"Enabled": False})
    firehose = flume.client("firehose")
    put = {"DeliveryStreamName": "oversized", "Record": {"Data": b"x" * (1000 * 1024 + 1)}}
    assert refusal(firehose.put_record, **put)[0] == "ValidationException"


def test_what_is_buffered_when_a_stream_is_deleted_is_lost(sandbox: Sandbox) -> None:
    flume = Pipeline(sandbox, "deleted").build()
    flume.say(["gone"])
    flume.client("firehose").delete_delivery_stream(DeliveryStreamName="deleted")
    sandbox.flush()
    assert flume.keys() == []


def test_a_restart_delivers_what_was_buffered_and_nothing_twice(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        flume = Pipeline(first, "lasting").build()
        flume.say(["delivered"])
        first.flush()
        flume.say(["buffered"])
        first.kill()
    second = start_sandbox(tmp_path)
    try:
        flume = Pipeline(second, "lasting")
        second.flush()
        assert sorted(flume.lines()) == ["buffered", "delivered"]
        assert len(flume.keys()) == 2
    finally:
        second.stop()
