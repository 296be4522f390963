"""Zones, databases and clusters write into their log groups while logging is on there, and not a line before or after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sandbox.databases import (
    make_aurora,
    make_cluster,
    make_instance,
    make_zone,
    route53_may_write,
)
from tests.support.sandbox import PRODUCTION, REGION, SECURITY, Sandbox, running_sandbox, start_sandbox


def lines(logs: Any, group: str) -> list[tuple[str, str]]:
    """Streams and messages of a log group."""
    return [
        (event["logStreamName"], event["message"])
        for event in logs.filter_log_events(logGroupName=group)["events"]
    ]


def groups(logs: Any, prefix: str) -> list[str]:
    """Names of the log groups under a prefix."""
    return [
        found["logGroupName"] for found in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    ]


def test_a_database_writes_what_it_exports_into_a_group_of_each_kind(sandbox: Sandbox) -> None:
    rds, logs = sandbox.client("rds", PRODUCTION), sandbox.client("logs", PRODUCTION)
    make_instance(rds, "writing", "postgres")
    event = {
        "event": "database_log",
        "account": PRODUCTION,
        "region": REGION,
        "instance": "writing",
        "export": "postgresql",
        "line": "LOG: statement: SELECT 1",
    }
    assert sandbox.happen(**event)[0] == 409
    assert groups(logs, "/aws/rds/instance/writing") == []
    change = {"EnableLogTypes": ["postgresql"]}
    rds.modify_db_instance(DBInstanceIdentifier="writing", CloudwatchLogsExportConfiguration=change)
    for _ in range(2):
        status, answer = sandbox.happen(**event)
        assert (status, answer["log_group"]) == (200, "/aws/rds/instance/writing/postgresql")
    assert lines(logs, answer["log_group"]) == [("writing.0", "LOG: statement: SELECT 1")] * 2
    assert sandbox.happen(**event | {"export": "upgrade"})[0] == 409


def test_an_aurora_cluster_writes_under_its_own_name(sandbox: Sandbox) -> None:
    make_aurora(sandbox.client("rds", PRODUCTION), "writing-cluster", "aurora-mysql", "audit")
    event = {"event": "database_log", "account": PRODUCTION, "region": REGION, "cluster": "writing-cluster"}
    status, answer = sandbox.happen(**event, export="audit", line="20261124,owner,QUERY")
    assert (status, answer["log_group"]) == (200, "/aws/rds/cluster/writing-cluster/audit")


def test_a_control_plane_writes_the_types_that_are_on_into_one_group(sandbox: Sandbox) -> None:
    eks, logs = sandbox.client("eks", PRODUCTION), sandbox.client("logs", PRODUCTION)
    make_cluster(eks, PRODUCTION, "writing", "audit", "scheduler")
    event = {"event": "control_plane_log", "account": PRODUCTION, "region": REGION, "cluster": "writing"}
    for kind in ("audit", "scheduler"):
        assert sandbox.happen(**event, type=kind, line=f"from {kind}")[0] == 200
    assert sandbox.happen(**event, type="api", line="from api")[0] == 409
    assert sorted(lines(logs, "/aws/eks/writing/cluster")) == [
        ("kube-apiserver-audit-writing", "from audit"),
        ("kube-scheduler-writing", "from scheduler"),
    ]


def test_queries_are_logged_in_us_east_1_while_a_policy_lets_route_53_write(sandbox: Sandbox) -> None:
    logs, route53 = sandbox.client("logs", SECURITY, "us-east-1"), sandbox.client("route53", SECURITY)
    zone, group = make_zone(route53, "asked.example.com"), "/aws/route53/asked.example.com"
    event = {"event": "dns_query", "account": SECURITY, "zone": zone, "name": "www.asked.example.com"}
    assert sandbox.happen(**event)[0] == 409
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:{SECURITY}:log-group:"
    only_here = {
        "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
        "StringEquals": {"aws:SourceAccount": SECURITY},
    }
    route53_may_write(logs, "queries", f"{arn}/aws/route53/*", **only_here)
    route53.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=arn + group)
    status, answer = sandbox.happen(**event, type="AAAA")
    assert (status, answer["log_group"]) == (200, group)
    assert f" {zone} www.asked.example.com AAAA NOERROR UDP " in answer["line"]
    assert lines(logs, group) == [(f"{zone}/CDG52", answer["line"])]

    logs.delete_resource_policy(policyName="queries")
    status, refused = sandbox.happen(**event)
    assert (status, "AccessDenied" in refused["reason"]) == (409, True)
    assert len(lines(logs, group)) == 1


def test_what_the_sandbox_does_not_understand_is_told(sandbox: Sandbox) -> None:
    assert sandbox.happen(event="earthquake")[0] == 400
    assert sandbox.happen(event="dns_query", account=PRODUCTION)[0] == 400
    assert sandbox.control("POST", "/_sandbox/happen", "not json")[0] == 400


def test_what_was_written_and_what_was_switched_on_survive_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        make_cluster(first.client("eks", PRODUCTION), PRODUCTION, "kept")
        on = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
        update = first.client("eks", PRODUCTION).update_cluster_config(name="kept", logging=on)["update"]
        event = {"event": "control_plane_log", "account": PRODUCTION, "region": REGION, "cluster": "kept"}
        assert first.happen(**event, type="audit", line="before")[0] == 200
        first.kill()
    second = start_sandbox(tmp_path)
    try:
        assert second.happen(**event, type="audit", line="after")[0] == 200
        kept = lines(second.client("logs", PRODUCTION), "/aws/eks/kept/cluster")
        assert [message for _, message in kept] == ["before", "after"]
        again = second.client("eks", PRODUCTION).describe_update(name="kept", updateId=update["id"])
        assert again["update"]["status"] == "Successful"
    finally:
        second.stop()
