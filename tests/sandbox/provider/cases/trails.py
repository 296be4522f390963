"""Trails, and EventBridge rules with their targets."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values, bucket
from tests.support.aws import policy, trust

_DATA = {"field": "eventCategory", "equals": ["Data"]}
_OBJECTS = {"field": "resources.type", "equals": ["AWS::S3::Object"]}
_MANAGEMENT = {"name": "management", "fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}


def trail_policy(name: str) -> str:
    """What CloudTrail needs of a bucket, for whatever trail."""
    as_cloudtrail: Values = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    return policy(
        as_cloudtrail | {"Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}"},
        as_cloudtrail | {"Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"},
    )


def _trail_bucket(clients: Clients, name: str) -> Values:
    """The earlier tests' trails go: a region has five."""
    cloudtrail = clients("cloudtrail")
    for trail in cloudtrail.describe_trails(includeShadowTrails=False)["trailList"]:
        cloudtrail.delete_trail(Name=trail["TrailARN"])
    for made in (name, f"{name}-other"):
        bucket(clients, made)
        clients("s3").put_bucket_policy(Bucket=made, Policy=trail_policy(made))
    return {"name": name}


def _pattern(*sources: str) -> str:
    return json.dumps({"source": [*sources], "detail-type": ["AWS API Call via CloudTrail"]})


def _rule_and_stream(clients: Clients, name: str) -> Values:
    role = clients("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust(Service=["firehose.amazonaws.com", "events.amazonaws.com"]),
    )["Role"]["Arn"]
    bucket(clients, name)
    destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{name}"}
    stream = clients("firehose").create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination
    )["DeliveryStreamARN"]
    clients("events").put_rule(Name=name, EventPattern=_pattern("aws.ecr"))
    return {"name": name, "stream": stream, "role": role}


def _put_target(clients: Clients, names: Values, **changes: Any) -> None:
    target = {"Id": "stream", "Arn": names["stream"], "RoleArn": names["role"]} | changes
    clients("events").put_targets(Rule=names["name"], Targets=[target])


CASES = (
    Case(
        "aws:cloudtrail/trail:Trail",
        needs=_trail_bucket,
        inputs=lambda n: {
            "name": n["name"],
            "s3BucketName": n["name"],
            "s3KeyPrefix": "logs",
            "isMultiRegionTrail": True,
            "enableLogFileValidation": True,
            "advancedEventSelectors": [
                _MANAGEMENT,
                {
                    "name": "objects",
                    "fieldSelectors": [
                        _OBJECTS,
                        _DATA,
                        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::one/", "arn:aws:s3:::two/"]},
                    ],
                },
            ],
            "tags": TAGS,
        },
        change=lambda n: {
            "s3BucketName": f"{n['name']}-other",
            "s3KeyPrefix": "trail",
            "advancedEventSelectors": [_MANAGEMENT],
            "tags": {"team": "orders"},
        },
        changed=("advancedEventSelectors[1]", "s3BucketName", "s3KeyPrefix", "tags.team"),
        by_hand=lambda c, _, id: c("cloudtrail").stop_logging(Name=id),
        drifted="enableLogging",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        inputs=lambda n: {
            "name": n["name"],
            "description": "calls",
            "eventPattern": _pattern("aws.ecr"),
            "state": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            "tags": TAGS,
        },
        change=lambda _: {
            "eventPattern": _pattern("aws.es"),
            "state": "ENABLED",
            "tags": {"team": "orders"},
        },
        changed=("eventPattern", "state", "tags.team"),
        by_hand=lambda c, _, id: c("events").disable_rule(Name=id),
        drifted="state",
        replace={"name": "another"},
    ),
    Case(
        "aws:cloudwatch/eventTarget:EventTarget",
        needs=_rule_and_stream,
        inputs=lambda n: {
            "rule": n["name"],
            "targetId": "stream",
            "arn": n["stream"],
            "roleArn": n["role"],
            "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
        },
        change=lambda _: {"retryPolicy": {"maximumEventAgeInSeconds": 7200, "maximumRetryAttempts": 10}},
        changed=("retryPolicy.maximumEventAgeInSeconds",),
        by_hand=lambda c, n, _: _put_target(
            c, n, RetryPolicy={"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 10}
        ),
        drifted="retryPolicy.maximumEventAgeInSeconds",
        replace={"targetId": "another"},
        import_id=lambda n, _: f"default/{n['name']}/stream",
    ),
)
