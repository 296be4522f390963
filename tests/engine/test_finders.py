"""What a dead attempt made without recording it is found again, and nothing of somebody else's is taken for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.finders import FINDERS, Place
from tests.sandbox.databases import make_zone, route53_may_write
from tests.support.sandbox import PRODUCTION, Sandbox, running_sandbox

HERE = Place(PRODUCTION, "logflume-production", "us-east-1")
GROUPS = f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:/aws/route53/"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("finders")) as running:
        yield running


def found(client: Any, token: str, **inputs: Any) -> str | None:
    """What the finder of a type finds for these inputs."""
    return FINDERS[token][1](client, inputs, HERE)


def test_a_query_log_is_ours_where_it_leads_into_the_group_that_we_asked_for(sandbox: Sandbox) -> None:
    route53, logs = sandbox.client("route53", PRODUCTION), sandbox.client("logs", PRODUCTION, "us-east-1")
    zone, token = make_zone(route53, "found.example.com"), "aws:route53/queryLog:QueryLog"
    ours, theirs = f"{GROUPS}found.example.com", f"{GROUPS}theirs"
    logs.create_log_group(logGroupName="/aws/route53/found.example.com")
    route53_may_write(logs, "queries", f"{GROUPS}*")
    assert found(route53, token, zoneId=zone, cloudwatchLogGroupArn=ours) is None
    made = route53.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=ours)
    assert found(route53, token, zoneId=zone, cloudwatchLogGroupArn=theirs) is None
    known = found(route53, token, zoneId=zone, cloudwatchLogGroupArn=ours)
    assert known == made["QueryLoggingConfig"]["Id"]
