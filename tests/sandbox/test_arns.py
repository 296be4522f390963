"""The resource a call is about, by the Service Authorization Reference."""

from __future__ import annotations

from typing import Any

import pytest

from service.access.patterns import glob
from service.sandbox.arns import resource_of, tagged_resource_of
from tests.sandbox.calls import call
from tests.support.sandbox import LOG, PRODUCTION, REGION

HERE = f"{REGION}:{PRODUCTION}"
GROUP = f"arn:aws:logs:{HERE}:log-group:/aws/lambda/pay"
NAMED = {"logGroupName": "/aws/lambda/pay"}
THEIRS = f"arn:aws:logs:{REGION}:{LOG}:log-group:/theirs"


@pytest.mark.parametrize(
    ("service", "operation", "params", "arn"),
    [
        ("logs", "PutSubscriptionFilter", NAMED, f"{GROUP}:log-stream:"),
        ("logs", "PutLogEvents", {**NAMED, "logStreamName": "s"}, f"{GROUP}:log-stream:s"),
        ("logs", "DescribeLogStreams", {"logGroupIdentifier": f"{THEIRS}:*"}, f"{THEIRS}:log-stream:"),
        ("logs", "ListTagsForResource", {"resourceArn": GROUP}, GROUP),
        ("logs", "TagResource", {"resourceArn": f"{GROUP}:*"}, GROUP),
        ("logs", "DescribeLogGroups", {}, f"arn:aws:logs:{HERE}:log-group::log-stream:"),
        ("logs", "DescribeQueries", {}, "*"),
        ("firehose", "CreateDeliveryStream", {"DeliveryStreamName": "s"}, f"arn:aws:firehose:{HERE}:deliverystream/s"),
        ("firehose", "ListDeliveryStreams", {}, "*"),
        ("sns", "CreateTopic", {"Name": "t"}, f"arn:aws:sns:{HERE}:t"),
        ("sns", "Publish", {"TargetArn": f"arn:aws:sns:{HERE}:t"}, f"arn:aws:sns:{HERE}:t"),
        ("sns", "TagResource", {"ResourceArn": f"arn:aws:sns:{HERE}:t"}, f"arn:aws:sns:{HERE}:t"),
        ("sns", "Unsubscribe", {"SubscriptionArn": f"arn:aws:sns:{HERE}:t:1"}, "*"),
        ("sqs", "CreateQueue", {"QueueName": "q"}, f"arn:aws:sqs:{HERE}:q"),
        ("sqs", "SendMessage", {"QueueUrl": f"http://sqs/{LOG}/q"}, f"arn:aws:sqs:{REGION}:{LOG}:q"),
        (
            "sqs",
            "GetQueueUrl",
            {"QueueName": "q", "QueueOwnerAWSAccountId": LOG},
            f"arn:aws:sqs:{REGION}:{LOG}:q",
        ),
        ("cloudtrail", "CreateTrail", {"Name": "t"}, f"arn:aws:cloudtrail:{HERE}:trail/t"),
        ("cloudtrail", "PutEventSelectors", {"TrailName": "t"}, f"arn:aws:cloudtrail:{HERE}:trail/t"),
        ("cloudtrail", "StartLogging", {"Name": "arn:aws:cloudtrail:x"}, "arn:aws:cloudtrail:x"),
        ("cloudtrail", "ListTags", {"ResourceIdList": ["arn:aws:cloudtrail:x"]}, "arn:aws:cloudtrail:x"),
        ("cloudtrail", "DescribeTrails", {}, "*"),
        ("events", "PutRule", {"Name": "r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", "PutTargets", {"Rule": "r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", "TagResource", {"ResourceARN": f"arn:aws:events:{HERE}:rule/r"}, f"arn:aws:events:{HERE}:rule/r"),
        ("events", "ListRules", {"NamePrefix": "r"}, f"arn:aws:events:{HERE}:rule/*"),
        ("events", "ListRules", {}, "*"),
        ("sqs", "ListQueues", {}, "*"),
        ("kms", "CreateKey", {}, "*"),
        ("kms", "ListAliases", {"KeyId": "some-key"}, "*"),
        ("iam", "CreateRole", {"RoleName": "r", "Path": "/logflume/"}, f"arn:aws:iam::{PRODUCTION}:role/logflume/r"),
        ("iam", "PutRolePolicy", {"RoleName": "r", "PolicyName": "p"}, f"arn:aws:iam::{PRODUCTION}:role/r"),
        ("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": "arn:x"}, f"arn:aws:iam::{PRODUCTION}:role/r"),
        ("iam", "GetPolicy", {"PolicyArn": "arn:x"}, "arn:x"),
        (
            "iam",
            "RemoveRoleFromInstanceProfile",
            {"RoleName": "r", "InstanceProfileName": "i"},
            f"arn:aws:iam::{PRODUCTION}:instance-profile/i",
        ),
        ("logs", "PutResourcePolicy", {"policyName": "p"}, "*"),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"]}, f"arn:aws:cloudwatch:{HERE}:alarm:a"),
        ("cloudwatch", "TagResource", {"ResourceARN": "arn:x"}, "arn:x"),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, "*"),
        ("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": "arn:role"}, "arn:role"),
        ("rds", "ModifyDBInstance", {"DBInstanceIdentifier": "d"}, f"arn:aws:rds:{HERE}:db:d"),
        ("rds", "DescribeDBClusters", {"DBClusterIdentifier": "c"}, f"arn:aws:rds:{HERE}:cluster:c"),
        ("rds", "DescribeDBInstances", {}, "*"),
        ("eks", "UpdateClusterConfig", {"name": "c"}, f"arn:aws:eks:{HERE}:cluster/c"),
        ("route53", "GetHostedZone", {"Id": "/hostedzone/Z1"}, "arn:aws:route53:::hostedzone/Z1"),
        ("route53", "CreateQueryLoggingConfig", {"HostedZoneId": "Z1"}, "arn:aws:route53:::hostedzone/Z1"),
        ("route53", "DeleteQueryLoggingConfig", {"Id": "q"}, "arn:aws:route53:::queryloggingconfig/q"),
        ("route53", "ListQueryLoggingConfigs", {"HostedZoneId": "Z1"}, "*"),
        ("resourcegroupstaggingapi", "GetResources", {}, "*"),
    ],
)  # fmt: skip
def test_a_call_is_about_one_resource(service: str, operation: str, params: dict[str, Any], arn: str) -> None:
    assert resource_of(call(service, operation, **params)) == arn


@pytest.mark.parametrize(
    ("pattern", "filters", "tags", "lists"),
    [
        (GROUP, False, True, False),
        (f"{GROUP}:*", True, False, False),
        (f"{GROUP}*", True, True, False),
        (f"arn:aws:logs:*:{PRODUCTION}:log-group:*", True, True, True),
        ("*", True, True, True),
    ],
)
def test_a_log_group_is_named_with_a_star_but_for_its_tags(
    pattern: str, filters: bool, tags: bool, lists: bool
) -> None:
    """CloudWatch Logs User Guide, "Overview of managing access permissions": which of the two ARNs where."""
    assert glob(pattern, resource_of(call("logs", "PutSubscriptionFilter", **NAMED))) is filters
    assert glob(pattern, resource_of(call("logs", "TagResource", resourceArn=GROUP))) is tags
    assert glob(pattern, resource_of(call("logs", "DescribeLogGroups"))) is lists


def test_tags_of_something_new_are_asked_for_where_a_policy_can_name_it() -> None:
    assert tagged_resource_of(call("kms", "CreateKey")) == f"arn:aws:kms:{HERE}:key/*"
    assert tagged_resource_of(call("logs", "CreateLogGroup", **NAMED)) == GROUP
    assert tagged_resource_of(call("sqs", "CreateQueue", QueueName="q")) == f"arn:aws:sqs:{HERE}:q"
