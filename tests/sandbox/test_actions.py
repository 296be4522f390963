"""Which permissions a call needs, by the Service Authorization Reference."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.actions import asked_of
from tests.sandbox.calls import asked, call
from tests.support.sandbox import PRODUCTION, REGION

HERE = f"{REGION}:{PRODUCTION}"
GROUP = f"arn:aws:logs:{HERE}:log-group:g"
STREAM = f"arn:aws:firehose:{HERE}:deliverystream/s"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/logflume/writer"
TAGS = [{"Key": "team", "Value": "a"}]


@pytest.mark.parametrize(
    ("service", "operation", "params", "needed"),
    [
        ("sqs", "SendMessageBatch", {"QueueUrl": f"http://sqs/{PRODUCTION}/q"}, ["sqs:SendMessage"]),
        ("sqs", "DeleteMessageBatch", {"QueueUrl": f"http://sqs/{PRODUCTION}/q"}, ["sqs:DeleteMessage"]),
        ("sns", "PublishBatch", {"TopicArn": f"arn:aws:sns:{HERE}:t"}, ["sns:Publish"]),
        ("resourcegroupstaggingapi", "GetResources", {}, ["tag:GetResources"]),
        ("s3control", "ListTagsForResource", {}, ["s3:ListTagsForResource"]),
        ("sns", "CreateTopic", {"Name": "t"}, ["sns:CreateTopic"]),
        ("sns", "CreateTopic", {"Name": "t", "Tags": TAGS}, ["sns:CreateTopic", "sns:TagResource"]),
        ("sqs", "CreateQueue", {"QueueName": "q", "tags": {"a": "b"}}, ["sqs:CreateQueue", "sqs:TagQueue"]),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, ["kms:CreateKey", "kms:TagResource"]),
        ("iam", "CreateRole", {"RoleName": "r", "Tags": TAGS}, ["iam:CreateRole", "iam:TagRole"]),
        ("iam", "CreatePolicy", {"PolicyName": "p", "Tags": TAGS}, ["iam:CreatePolicy", "iam:TagPolicy"]),
        (
            "firehose",
            "CreateDeliveryStream",
            {"DeliveryStreamName": "s", "Tags": TAGS},
            ["firehose:CreateDeliveryStream", "firehose:TagDeliveryStream"],
        ),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "g", "tags": {"a": "b"}},
            ["logs:CreateLogGroup", "logs:TagResource"],
        ),
        ("cloudtrail", "CreateTrail", {"Name": "trail"}, ["cloudtrail:CreateTrail"]),
        (
            "cloudtrail",
            "CreateTrail",
            {"Name": "trail", "TagsList": TAGS},
            ["cloudtrail:CreateTrail", "cloudtrail:AddTags"],
        ),
        ("events", "PutRule", {"Name": "r", "Tags": TAGS}, ["events:PutRule", "events:TagResource"]),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Id": "t", "Arn": STREAM, "RoleArn": ROLE}]},
            ["events:PutTargets", "iam:PassRole"],
        ),
        ("kms", "ReEncrypt", {}, ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
    ],
)  # fmt: skip
def test_a_call_needs_its_actions(
    service: str, operation: str, params: dict[str, Any], needed: list[str]
) -> None:
    assert [action for action, _ in asked(service, operation, **params)] == needed


def test_every_role_a_call_hands_over_must_be_passed_once() -> None:
    destination = {
        "RoleARN": ROLE,
        "S3BackupConfiguration": {"RoleARN": f"{ROLE}-2"},
        "ProcessingConfiguration": {"Processors": [{"RoleARN": ROLE}]},
    }
    params = {"DeliveryStreamName": "s", "ExtendedS3DestinationConfiguration": destination}
    own, *passed = asked_of(call("firehose", "CreateDeliveryStream", **params))
    assert (own.action, own.resource) == ("firehose:CreateDeliveryStream", STREAM)
    assert [(each.action, each.resource) for each in passed] == [
        ("iam:PassRole", ROLE),
        ("iam:PassRole", f"{ROLE}-2"),
    ]
    assert {each.context["iam:PassedToService"] for each in passed} == {"firehose.amazonaws.com"}


def test_a_recorder_passes_its_role_to_aws_config() -> None:
    own, passed = asked_of(
        call("config", "PutConfigurationRecorder", ConfigurationRecorder={"name": "default", "roleARN": ROLE})
    )
    assert (own.action, own.resource) == ("config:PutConfigurationRecorder", "*")
    assert (passed.resource, passed.context) == (ROLE, {"iam:PassedToService": "config.amazonaws.com"})


def test_a_subscription_filter_passes_its_role_to_cloudwatch_logs() -> None:
    params = {"logGroupName": "g", "destinationArn": STREAM, "roleArn": ROLE}
    _, passed = asked_of(call("logs", "PutSubscriptionFilter", **params))
    assert (passed.resource, passed.context) == (ROLE, {"iam:PassedToService": "logs.amazonaws.com"})
    assert asked("logs", "PutSubscriptionFilter", logGroupName="g", destinationArn=STREAM) == [
        ("logs:PutSubscriptionFilter", f"{GROUP}:log-stream:")
    ]


def test_the_tags_of_a_call_are_condition_keys() -> None:
    topic, _ = asked_of(call("sns", "CreateTopic", Name="t", Tags=TAGS))
    assert topic.context == {"aws:RequestTag/team": "a", "aws:TagKeys": ["team"]}
    (removal,) = asked_of(call("sns", "UntagResource", ResourceArn=f"arn:aws:sns:{HERE}:t", TagKeys=["team"]))
    assert removal.context == {"aws:TagKeys": ["team"]}


def test_an_external_id_is_a_condition_key() -> None:
    (step,) = asked_of(call("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="op", ExternalId="x"))
    assert (step.action, step.resource) == ("sts:AssumeRole", ROLE)
    assert step.context == {"sts:ExternalId": "x", "sts:RoleSessionName": "op"}


def test_a_policy_that_is_attached_and_a_boundary_that_is_given_are_condition_keys() -> None:
    (attached,) = asked_of(call("iam", "AttachRolePolicy", RoleName="r", PolicyArn="arn:p"))
    assert attached.context == {"iam:PolicyARN": "arn:p"}
    (made,) = asked_of(call("iam", "CreateRole", RoleName="r", PermissionsBoundary="arn:b"))
    assert made.context == {"iam:PermissionsBoundary": "arn:b"}
    (bare,) = asked_of(call("iam", "CreateRole", RoleName="r"))
    assert bare.context == {}


def test_re_encrypting_has_an_encryption_context_on_each_side() -> None:
    source, target = asked_of(
        call("kms", "ReEncrypt", SourceEncryptionContext={"a": "1"}, DestinationEncryptionContext={"a": "2"})
    )
    assert source.context == {"kms:EncryptionContext:a": "1"}
    assert target.context == {"kms:EncryptionContext:a": "2"}
