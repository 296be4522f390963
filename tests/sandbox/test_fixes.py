"""The faults of moto outside S3 that are closed: queues, keys, delivery streams, roles, filters."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox


def test_setting_one_attribute_of_a_queue_keeps_its_policy(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", LOG)
    allow = policy(Effect="Allow", Principal={"AWS": LOG}, Action="sqs:*", Resource="*")
    url = sqs.create_queue(QueueName="keeps", Attributes={"Policy": allow})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert kept["VisibilityTimeout"] == "77"
    assert json.loads(kept["Policy"])["Statement"][0]["Action"] == "sqs:*"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get(
        "Attributes", {}
    )


def test_waiting_for_a_message_does_not_hold_up_anybody(sandbox: Sandbox) -> None:
    import threading

    sqs = sandbox.client("sqs", LOG)
    url = sqs.create_queue(QueueName="patient")["QueueUrl"]
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    )
    started = time.monotonic()
    waiting.start()
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    sqs.send_message(QueueUrl=url, MessageBody="here")
    waiting.join(timeout=15)
    assert [message["Body"] for message in found[0]["Messages"]] == ["here"]
    assert time.monotonic() - started < 10


def test_a_queue_with_nothing_in_it_answers_when_the_wait_is_over(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", LOG)
    url = sqs.create_queue(QueueName="silent", Attributes={"ReceiveMessageWaitTimeSeconds": "1"})["QueueUrl"]
    started = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert 0.9 < time.monotonic() - started < 5


def test_the_rotation_period_of_a_key_is_kept(sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365


def test_a_key_of_another_account_is_used_by_its_full_name(sandbox: Sandbox) -> None:
    shared = policy(
        {"Effect": "Allow", "Principal": {"AWS": LOG}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": PRODUCTION},
            "Action": ["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        },
    )
    owner, other = sandbox.client("kms", LOG), sandbox.client("kms", PRODUCTION)
    key = owner.create_key(Policy=shared)["KeyMetadata"]
    assert other.describe_key(KeyId=key["Arn"])["KeyMetadata"]["AWSAccountId"] == LOG
    data = other.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")
    for client in (owner, other):
        opened = client.decrypt(CiphertextBlob=data["CiphertextBlob"])
        assert (opened["Plaintext"], opened["KeyId"]) == (data["Plaintext"], key["Arn"])
    assert refusal(other.describe_key, KeyId=key["KeyId"])[0] == "NotFoundException"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        policy(
            Effect="Allow", Principal={"AWS": f"arn:aws:iam::{LOG}:role/no"}, Action="kms:*", Resource="*"
        ),
    ],
)
def test_a_malformed_key_policy_is_refused(sandbox: Sandbox, text: str) -> None:
    assert refusal(sandbox.client("kms", LOG).create_key, Policy=text) == (
        "MalformedPolicyDocumentException",
        400,
    )


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        trust(AWS=f"arn:aws:iam::{LOG}:role/ghost"),
        policy(Effect="Allow", Principal={"AWS": LOG}, Action="sts:AssumeRole", Resource="*"),
    ],
)
def test_a_malformed_trust_policy_is_refused(sandbox: Sandbox, text: str) -> None:
    iam = sandbox.client("iam", LOG)
    refused = refusal(iam.create_role, RoleName="refused", AssumeRolePolicyDocument=text)
    assert refused == ("MalformedPolicyDocument", 400)
    assert refusal(iam.get_role, RoleName="refused")[0] == "NoSuchEntity"


def test_a_permissions_boundary_says_what_it_is(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", LOG)
    boundary = iam.create_policy(
        PolicyName="fence",
        Path="/logflume/",
        PolicyDocument=policy(Effect="Allow", Action="s3:*", Resource="*"),
    )["Policy"]["Arn"]
    iam.create_role(RoleName="fenced", AssumeRolePolicyDocument=trust(AWS=LOG), PermissionsBoundary=boundary)
    assert iam.get_role(RoleName="fenced")["Role"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": boundary,
    }


@pytest.fixture(scope="module")
def writer(sandbox: Sandbox) -> str:
    """ARN of a role Firehose and CloudWatch Logs may assume."""
    role: dict[str, Any] = sandbox.client("iam", PRODUCTION).create_role(
        RoleName="fixes-writer",
        Path="/logflume/",
        AssumeRolePolicyDocument=trust(Service=["firehose.amazonaws.com", f"logs.{REGION}.amazonaws.com"]),
    )["Role"]
    return str(role["Arn"])


def destination(writer: str, **changes: Any) -> dict[str, Any]:
    """An S3 destination as the programs write it, with changes."""
    return {
        "RoleARN": writer,
        "BucketARN": "arn:aws:s3:::fixes-log",
        "Prefix": "logs/!{timestamp:yyyy}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
        "CompressionFormat": "GZIP",
        **changes,
    }


def described(firehose: Any, name: str) -> tuple[str, dict[str, Any]]:
    """Version and extended S3 destination of a stream."""
    stream = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return stream["VersionId"], stream["Destinations"][0]["ExtendedS3DestinationDescription"]


def test_a_partial_update_of_a_stream_keeps_the_rest(sandbox: Sandbox, writer: str) -> None:
    firehose = sandbox.client("firehose", PRODUCTION)
    given = destination(writer)
    firehose.create_delivery_stream(DeliveryStreamName="partial", ExtendedS3DestinationConfiguration=given)
    version, before = described(firehose, "partial")
    update = {
        "DeliveryStreamName": "partial",
        "CurrentDeliveryStreamVersionId": version,
        "DestinationId": "destinationId-000000000001",
        "ExtendedS3DestinationUpdate": {"BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64}},
    }
    firehose.update_destination(**update)
    newer, after = described(firehose, "partial")
    assert newer == str(int(version) + 1)
    assert after == before | {"BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64}}
    whole = firehose.describe_delivery_stream(DeliveryStreamName="partial")["DeliveryStreamDescription"]
    assert whole["Destinations"][0]["S3DestinationDescription"]["BucketARN"] == given["BucketARN"]
    assert refusal(firehose.update_destination, **update)[0] == "ConcurrentModificationException"


BAD_DESTINATIONS: dict[str, dict[str, Any]] = {
    "a role that is not there": {"RoleARN": f"arn:aws:iam::{PRODUCTION}:role/ghost"},
    "an interval above 900": {"BufferingHints": {"IntervalInSeconds": 901, "SizeInMBs": 5}},
    "a size above 128": {"BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 129}},
    "an expression without an error prefix": {"ErrorOutputPrefix": ""},
    "an error prefix without its type": {"ErrorOutputPrefix": "errors/!{timestamp:yyyy}/"},
}


@pytest.mark.parametrize("what", sorted(BAD_DESTINATIONS))
def test_a_destination_firehose_does_not_take_is_refused(sandbox: Sandbox, writer: str, what: str) -> None:
    firehose = sandbox.client("firehose", PRODUCTION)
    bad = destination(writer, **BAD_DESTINATIONS[what])
    create = firehose.create_delivery_stream
    refused = refusal(create, DeliveryStreamName="refused", ExtendedS3DestinationConfiguration=bad)
    assert refused == ("InvalidArgumentException", 400)
    name = f"bad-{len(what)}"
    create(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(writer))
    refused = refusal(
        firehose.update_destination,
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate=BAD_DESTINATIONS[what],
    )
    assert refused == ("InvalidArgumentException", 400)
    assert described(firehose, name)[0] == "1"


def test_a_filter_with_a_role_that_is_not_there_is_refused(sandbox: Sandbox, writer: str) -> None:
    firehose, logs = sandbox.client("firehose", PRODUCTION), sandbox.client("logs", PRODUCTION)
    stream = firehose.create_delivery_stream(
        DeliveryStreamName="filtered", ExtendedS3DestinationConfiguration=destination(writer)
    )["DeliveryStreamARN"]
    logs.create_log_group(logGroupName="/fixes/filtered")
    refused = refusal(
        logs.put_subscription_filter,
        logGroupName="/fixes/filtered",
        filterName="f",
        filterPattern="",
        destinationArn=stream,
        roleArn=f"arn:aws:iam::{PRODUCTION}:role/ghost",
    )
    assert refused == ("InvalidParameterException", 400)
    assert logs.describe_subscription_filters(logGroupName="/fixes/filtered")["subscriptionFilters"] == []
