"""A log group is known by either spelling of its ARN, and a zone's query logging is found by the zone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.databases import make_zone, route53_may_write
from tests.support.aws import refusal
from tests.support.sandbox import SECURITY, Sandbox

GROUPS = f"arn:aws:logs:us-east-1:{SECURITY}:log-group:/aws/route53/"


@pytest.fixture
def zones(sandbox: Sandbox) -> Iterator[list[str]]:
    """Two zones whose groups Route 53 may write to."""
    logs, route53 = sandbox.client("logs", SECURITY, "us-east-1"), sandbox.client("route53", SECURITY)
    route53_may_write(logs, "zones", f"{GROUPS}*")
    names = ("one.example.com", "two.example.com")
    for name in names:
        logs.create_log_group(logGroupName=f"/aws/route53/{name}")
    yield [make_zone(route53, name) for name in names]
    logs.delete_resource_policy(policyName="zones")


def test_query_logging_takes_a_group_with_and_without_its_ending(sandbox: Sandbox, zones: list[str]) -> None:
    route53 = sandbox.client("route53", SECURITY)
    for zone, arn in zip(zones, (f"{GROUPS}one.example.com", f"{GROUPS}two.example.com:*"), strict=True):
        made = route53.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=arn)
        assert made["QueryLoggingConfig"]["CloudWatchLogsLogGroupArn"] == arn.removesuffix(":*")
        assert made["Location"].endswith(made["QueryLoggingConfig"]["Id"])
    for zone in zones:
        [listed] = route53.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"]
        assert listed["HostedZoneId"] == zone
    everything = route53.list_query_logging_configs()["QueryLoggingConfigs"]
    assert {config["HostedZoneId"] for config in everything} >= set(zones)
    again = refusal(
        route53.create_query_logging_config,
        HostedZoneId=zones[0],
        CloudWatchLogsLogGroupArn=f"{GROUPS}one.example.com",
    )
    assert again == ("QueryLoggingConfigAlreadyExists", 409)
    missing = refusal(route53.list_query_logging_configs, HostedZoneId="Z0MISSING")
    assert missing[0] == "NoSuchHostedZone"
