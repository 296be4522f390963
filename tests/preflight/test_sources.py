"""Presets: the zone, database or cluster is there, is the one that was meant, and can be switched on."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from programs.finding import Finding
from programs.wish import Wish
from service.preflight import adoptable, log_groups, sources
from tests.preflight.scene import Scene, fresh
from tests.sandbox.databases import make_aurora, make_cluster, make_instance, make_zone, route53_may_write
from tests.support.sandbox import PRODUCTION

GROUPS = f"arn:aws:logs:us-east-1:{PRODUCTION}:log-group:/aws/route53/"


def asked(spec: dict[str, Any]) -> Wish:
    """A preset's wish."""
    return Wish.model_validate({**fresh().model_dump(), "spec": spec})


def looked(scene: Scene, spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Severity, code and field of each finding about the source."""
    return [_short(found) for found in sources.source(scene.view(asked(spec)))]


def _short(found: Finding) -> tuple[str, str, str]:
    return found.severity, found.code, found.field


@pytest.fixture
def domain() -> str:
    """A domain name that nobody has used."""
    return f"z{uuid.uuid4().hex[:12]}.example.com"


@pytest.fixture
def writable(scene: Scene) -> None:
    """What bootstrap makes for Route 53."""
    route53_may_write(scene.root("logs", PRODUCTION, "us-east-1"), "logflume-route53", f"{GROUPS}*")


def zone(scene: Scene, domain: str, **more: Any) -> dict[str, Any]:
    """A spec for a new zone."""
    zone_id = make_zone(scene.root("route53", PRODUCTION), domain, **more)
    return {"preset": "route53", "zone": domain, "zone_id": zone_id}


@pytest.mark.usefixtures("writable")
def test_a_zone_that_is_ready_gives_nothing(scene: Scene, domain: str) -> None:
    assert looked(scene, zone(scene, domain)) == []
    assert looked(scene, {"preset": "route53", "zone": domain, "enable_at_source": False}) == []


@pytest.mark.usefixtures("writable")
def test_a_zone_is_the_one_that_is_named_and_public(scene: Scene, domain: str) -> None:
    spec = zone(scene, domain)
    assert looked(scene, {**spec, "zone_id": "Z0MISSING"}) == [("ERROR", "zone_missing", "/spec/zone_id")]
    other = {**spec, "zone": f"other.{domain}"}
    assert looked(scene, other) == [("ERROR", "zone_differs", "/spec/zone_id")]
    private = zone(scene, f"private.{domain}", private=True)
    assert looked(scene, private) == [("ERROR", "zone_private", "/spec/zone_id")]


@pytest.mark.usefixtures("writable")
def test_a_zone_that_is_logged_already_is_told(scene: Scene, domain: str) -> None:
    spec, logs = zone(scene, domain), scene.root("logs", PRODUCTION, "us-east-1")
    route53 = scene.root("route53", PRODUCTION)
    for group, finding in (
        (f"theirs.{domain}", ("ERROR", "queries_logged_elsewhere", "/spec/enable_at_source")),
        (domain, ("WARNING", "queries_logged_already", "/spec/enable_at_source")),
    ):
        logs.create_log_group(logGroupName=f"/aws/route53/{group}")
        config = route53.create_query_logging_config(
            HostedZoneId=spec["zone_id"], CloudWatchLogsLogGroupArn=f"{GROUPS}{group}"
        )["QueryLoggingConfig"]
        assert looked(scene, spec) == [finding]
        route53.delete_query_logging_config(Id=config["Id"])


def test_queries_need_a_policy_that_lets_route_53_write(scene: Scene, domain: str) -> None:
    spec, logs = zone(scene, domain), scene.root("logs", PRODUCTION, "us-east-1")
    missing = [("ERROR", "query_policy_missing", "/spec/enable_at_source")]
    route53_may_write(logs, "logflume-route53", f"{GROUPS}other")
    assert looked(scene, spec) == missing
    route53_may_write(logs, "logflume-route53", "*", StringEquals={"aws:SourceAccount": "999999999999"})
    assert looked(scene, spec) == missing


def test_a_database_is_there_and_runs_what_was_said(scene: Scene) -> None:
    rds = scene.root("rds", PRODUCTION)
    make_instance(rds, "seen", "oracle-se2", "alert")
    make_aurora(rds, "seen-cluster", "aurora-mysql")
    oracle = {"preset": "rds", "instance": "seen", "engine": "oracle", "exports": ["alert"]}
    aurora = {"preset": "rds", "cluster": "seen-cluster", "engine": "aurora-mysql", "exports": ["audit"]}
    assert looked(scene, oracle) == looked(scene, aurora) == []
    gone = {**oracle, "instance": "nobody"}
    assert looked(scene, gone) == [("ERROR", "database_missing", "/spec/instance")]
    gone = {**aurora, "cluster": "nobody"}
    assert looked(scene, gone) == [("ERROR", "database_missing", "/spec/cluster")]
    wrong = {**oracle, "engine": "sqlserver", "exports": ["error"]}
    assert looked(scene, wrong) == [("ERROR", "engine_differs", "/spec/engine")]
    silent = {**oracle, "exports": ["alert", "trace"], "enable_at_source": False}
    assert looked(scene, silent) == [("WARNING", "not_logged", "/spec/exports/1")]


def test_a_stopped_database_is_told_before_it_is_to_be_switched(scene: Scene) -> None:
    rds = scene.root("rds", PRODUCTION)
    make_instance(rds, "asleep", "postgres", "postgresql")
    rds.stop_db_instance(DBInstanceIdentifier="asleep")
    spec = {"preset": "rds", "instance": "asleep", "engine": "postgres", "exports": ["postgresql"]}
    assert looked(scene, spec) == [("WARNING", "database_not_available", "/spec/instance")]
    assert looked(scene, {**spec, "enable_at_source": False}) == []


def test_a_cluster_is_there_and_logs_something(scene: Scene) -> None:
    make_cluster(scene.root("eks", PRODUCTION), PRODUCTION, "seen")
    spec: dict[str, Any] = {"preset": "eks", "cluster": "seen"}
    assert looked(scene, spec) == []
    assert looked(scene, {**spec, "enable_at_source": False}) == [("WARNING", "not_logged", "/spec/cluster")]
    assert looked(scene, {**spec, "cluster": "nobody"}) == [("ERROR", "cluster_missing", "/spec/cluster")]


def test_groups_are_looked_for_where_the_source_logs(scene: Scene, domain: str) -> None:
    spec = {"preset": "route53", "zone": domain, "enable_at_source": False}
    [found] = log_groups.exist(scene.view(asked(spec)))
    assert _short(found) == ("ERROR", "log_group_missing", "/spec/zone")
    assert "(us-east-1)" in found.message
    assert "enable_at_source" in found.hint
    group = f"/aws/route53/{domain}"
    scene.root("logs", PRODUCTION, "us-east-1").create_log_group(logGroupName=group)
    view = scene.view(asked({**spec, "enable_at_source": True, "zone_id": "Z1"}))
    expected = {f"aws:cloudwatch/logGroup:LogGroup::log-group:{group}": group}
    assert adoptable(view.wish, view.accounts, None) == expected
