"""API calls that reach a stream through EventBridge, and those that do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.sandbox.delivery.pipelines import LATER, Pipeline, trusting
from tests.sandbox.trails import Trail, running_trail
from tests.support.aws import policy
from tests.support.sandbox import PRODUCTION, REGION, Sandbox

DELIMITER = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}


class Calls(Pipeline):
    """A pipeline whose front is a rule on a service's calls."""

    def build(self, **destination: Any) -> Calls:
        self.make_roles()
        self.make_store()
        self.make_stream(ProcessingConfiguration=DELIMITER, BufferingHints=LATER, **destination)
        rule = f"arn:aws:events:{REGION}:{PRODUCTION}:rule/{self.name}"
        self.client("iam").create_role(
            RoleName=f"{self.name}-events",
            AssumeRolePolicyDocument=trusting(
                "events.amazonaws.com", StringEquals={"aws:SourceArn": rule, "aws:SourceAccount": PRODUCTION}
            ),
        )
        self.let_events_put()
        return self

    @property
    def events_role(self) -> str:
        return f"arn:aws:iam::{PRODUCTION}:role/{self.name}-events"

    def let_events_put(self, action: str = "firehose:PutRecord") -> None:
        self.client("iam").put_role_policy(
            RoleName=f"{self.name}-events",
            PolicyName="put",
            PolicyDocument=policy(Effect="Allow", Action=action, Resource=self.stream_arn),
        )

    def hear(self, source: str, state: str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") -> None:
        pattern = {"source": [source], "detail-type": ["AWS API Call via CloudTrail"]}
        events = self.client("events")
        events.put_rule(Name=self.name, EventPattern=json.dumps(pattern), State=state)
        target = {"Id": "stream", "Arn": self.stream_arn, "RoleArn": self.events_role}
        events.put_targets(Rule=self.name, Targets=[target])

    def names(self) -> list[str]:
        self.sandbox.flush()
        return sorted(json.loads(line)["detail"]["eventName"] for line in self.lines())


_NUMBERS = count(1)


@pytest.fixture
def trail(sandbox: Sandbox) -> Iterator[Trail]:
    """A trail that logs everything."""
    with running_trail(sandbox, f"heard-trail-{next(_NUMBERS)}") as running:
        yield running


def test_the_calls_of_one_service_arrive_as_one_event_a_line(sandbox: Sandbox, trail: Trail) -> None:
    calls = Calls(sandbox, "ecr-calls").build()
    calls.hear("aws.ecr")
    trail.client("ecr").create_repository(repositoryName="seen")
    trail.client("ecr").describe_repositories()
    trail.client("opensearch").list_domain_names()
    assert calls.names() == ["CreateRepository", "DescribeRepositories"]
    event = json.loads(calls.lines()[0])
    assert (event["source"], event["detail-type"], event["account"], event["region"]) == (
        "aws.ecr",
        "AWS API Call via CloudTrail",
        PRODUCTION,
        REGION,
    )


def test_a_rule_that_is_only_enabled_is_not_told_of_reads(sandbox: Sandbox, trail: Trail) -> None:
    calls = Calls(sandbox, "write-calls").build()
    calls.hear("aws.es", state="ENABLED")
    trail.client("opensearch").create_domain(DomainName="writes")
    trail.client("opensearch").list_domain_names()
    trail.client("es").list_domain_names()
    assert calls.names() == ["CreateDomain"]


def test_a_rule_hears_of_its_own_region_alone(sandbox: Sandbox, trail: Trail) -> None:
    calls = Calls(sandbox, "near-calls").build()
    calls.hear("aws.ecr")
    trail.client("ecr", region="us-east-1").describe_registry()
    assert calls.names() == []


def test_without_a_trail_that_logs_there_are_no_events(sandbox: Sandbox) -> None:
    calls = Calls(sandbox, "deaf-calls").build()
    calls.hear("aws.ecr")
    calls.client("ecr").create_repository(repositoryName="unheard-of")
    assert calls.names() == []


def test_what_the_targets_role_may_not_put_does_not_arrive(sandbox: Sandbox, trail: Trail) -> None:
    calls = Calls(sandbox, "weak-calls").build()
    calls.hear("aws.ecr")
    calls.let_events_put("firehose:DescribeDeliveryStream")
    trail.client("ecr").describe_registry()
    assert calls.names() == []
    calls.let_events_put()
    trail.client("ecr").describe_registry()
    assert calls.names() == ["DescribeRegistry"]
