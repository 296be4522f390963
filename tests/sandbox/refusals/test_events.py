"""Rules and targets EventBridge refuses."""

from __future__ import annotations

import json

from tests.support.aws import refusal, trust
from tests.support.sandbox import PRODUCTION, REGION, Sandbox

STREAM = f"arn:aws:firehose:{REGION}:{PRODUCTION}:deliverystream/any"


def test_a_stream_needs_a_role_that_eventbridge_may_take(sandbox: Sandbox) -> None:
    events = sandbox.client("events", PRODUCTION)
    events.put_rule(Name="targeted", EventPattern=json.dumps({"source": ["aws.ecr"]}))
    refused = ("ValidationException", 400)
    target = {"Id": "stream", "Arn": STREAM}
    assert refusal(events.put_targets, Rule="targeted", Targets=[target]) == refused
    role = sandbox.client("iam", PRODUCTION).create_role(
        RoleName="not-for-events", AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com")
    )["Role"]["Arn"]
    assert refusal(events.put_targets, Rule="targeted", Targets=[target | {"RoleArn": role}]) == refused
    assert events.list_targets_by_rule(Rule="targeted")["Targets"] == []


def test_a_pattern_has_2048_characters_at_most(sandbox: Sandbox) -> None:
    events = sandbox.client("events", PRODUCTION)
    pattern = json.dumps({"source": ["x" * 2048]})
    assert refusal(events.put_rule, Name="long", EventPattern=pattern) == ("ValidationException", 400)
