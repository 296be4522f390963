"""Zones, databases and clusters of production that log, as their owners see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.databases import (
    exports_of,
    make_aurora,
    make_cluster,
    make_instance,
    make_zone,
    types_of,
)
from tests.support.deployment import PRODUCTION, Deployment

ZONE = "journey.payments.example.com"
DATABASE, AURORA, CLUSTER = "payments-orders", "payments-ledger", "payments-shop"


@dataclass(frozen=True)
class Front:
    """Something of AWS that logs, as its owner sees it. `on` answers what is logged there, sorted."""

    name: str
    make: Callable[[Deployment], dict[str, Any]]
    """Makes it and answers the spec to ask with."""
    found: list[str]
    on: Callable[[Deployment], list[str]]
    wanted: list[str]
    events: dict[str, dict[str, str]]
    """By what is logged: what happens there. `{mark}` stands for what tells one line from another."""
    off: Callable[[Deployment], Any]
    """Its owner switches off what is wanted."""
    drifted: str
    change: dict[str, Any] = field(default_factory=dict)
    """Another spec, and what is logged then."""
    changed: list[str] = field(default_factory=list)


def rds(running: Deployment) -> Any:
    return running.aws("rds", PRODUCTION)


def eks(running: Deployment) -> Any:
    return running.aws("eks", PRODUCTION)


def database(running: Deployment) -> dict[str, Any]:
    make_instance(rds(running), DATABASE, "mysql", "error")
    exports = ["error", "slowquery"]
    return {"preset": "rds", "instance": DATABASE, "engine": "mysql", "exports": exports}


def aurora(running: Deployment) -> dict[str, Any]:
    make_aurora(rds(running), AURORA, "aurora-postgresql", "instance")
    return {
        "preset": "rds",
        "cluster": AURORA,
        "engine": "aurora-postgresql",
        "exports": ["postgresql"],
        "format": "envelope",
    }


def cluster(running: Deployment) -> dict[str, Any]:
    make_cluster(eks(running), PRODUCTION, CLUSTER, "api")
    return {"preset": "eks", "cluster": CLUSTER, "types": ["api", "audit"]}


def zone(running: Deployment) -> dict[str, Any]:
    return {"preset": "route53", "zone": ZONE, "zone_id": make_zone(route53(running), ZONE)}


def route53(running: Deployment) -> Any:
    return running.aws("route53", PRODUCTION)


def query_logs(running: Deployment) -> list[dict[str, Any]]:
    """The query logging of the zone."""
    return [
        config
        for config in route53(running).list_query_logging_configs()["QueryLoggingConfigs"]
        if config["CloudWatchLogsLogGroupArn"].endswith(f"/aws/route53/{ZONE}")
    ]


def stop_query_log(running: Deployment) -> None:
    for config in query_logs(running):
        route53(running).delete_query_logging_config(Id=config["Id"])


FRONTS = (
    Front(
        "rds",
        make=database,
        found=["error"],
        on=lambda d: exports_of(rds(d), DATABASE),
        wanted=["error", "slowquery"],
        events={
            export: {"event": "database_log", "instance": DATABASE, "export": export, "line": "{mark}"}
            for export in ("error", "slowquery")
        },
        off=lambda d: rds(d).modify_db_instance(
            DBInstanceIdentifier=DATABASE,
            CloudwatchLogsExportConfiguration={"DisableLogTypes": ["error", "slowquery"]},
        ),
        drifted="source-logging",
        change={"exports": ["error", "general"]},
        changed=["error", "general"],
    ),
    Front(
        "aurora",
        make=aurora,
        found=["instance"],
        on=lambda d: exports_of(rds(d), AURORA, cluster=True),
        wanted=["instance", "postgresql"],
        events={
            "postgresql": {
                "event": "database_log",
                "cluster": AURORA,
                "export": "postgresql",
                "line": "{mark}",
            }
        },
        off=lambda d: rds(d).modify_db_cluster(
            DBClusterIdentifier=AURORA, CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]}
        ),
        drifted="source-logging",
        change={"exports": ["postgresql", "iam-db-auth-error"]},
        changed=["iam-db-auth-error", "instance", "postgresql"],
    ),
    Front(
        "eks",
        make=cluster,
        found=["api"],
        on=lambda d: types_of(eks(d), CLUSTER),
        wanted=["api", "audit"],
        events={
            kind: {"event": "control_plane_log", "cluster": CLUSTER, "type": kind, "line": "{mark}"}
            for kind in ("api", "audit")
        },
        off=lambda d: eks(d).update_cluster_config(
            name=CLUSTER, logging={"clusterLogging": [{"types": ["audit"], "enabled": False}]}
        ),
        drifted="source-logging",
        change={"types": ["audit", "scheduler"]},
        changed=["api", "audit", "scheduler"],
    ),
    Front(
        "route53",
        make=zone,
        found=[],
        on=lambda d: ["queries"] * len(query_logs(d)),
        wanted=["queries"],
        events={"queries": {"event": "dns_query", "name": "{mark}.journey.payments.example.com"}},
        off=stop_query_log,
        drifted="query-log",
        change={"retention_days": 500},
        changed=["queries"],
    ),
)
