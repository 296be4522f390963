"""Logging at the source that AWS does not switch on: exports of another engine, a zone whose logs Route 53 may not write.

Exports by engine: `EnableCloudwatchLogsExports` of
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html and API_CreateDBCluster.html.
Query logging: https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html; the policy is
looked at before the group, as moto's own note on the call says. EKS: "No changes needed for the logging config provided"
(InvalidParameterException), met by everybody who switches on what is on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.eks.models import eks_backends
from moto.rds.models import rds_backends
from moto.route53.models import route53_backends

from service.sandbox.authoriser import decide
from service.sandbox.call import Call, Denial, Principal
from service.sandbox.fixes import eks

AUTH = "iam-db-auth-error"
INSTANCE_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "db2": ("diag.log", "notify.log", AUTH),
    "mariadb": ("audit", "error", "general", "slowquery", AUTH),
    "mysql": ("audit", "error", "general", "slowquery", AUTH),
    "oracle": ("alert", "audit", "listener", "oemagent", "trace"),
    "postgres": ("postgresql", "upgrade", AUTH),
    "sqlserver": ("agent", "error"),
}
CLUSTER_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "aurora-mysql": ("audit", "error", "general", "instance", "slowquery", AUTH),
    "aurora-postgresql": ("instance", "postgresql", AUTH),
    "mysql": ("error", "general", "slowquery", AUTH),
    "postgres": ("postgresql", "upgrade", AUTH),
}
ROUTE53 = Principal(kind="service", account="", arn="route53.amazonaws.com")
WRITING = ("logs:CreateLogStream", "logs:PutLogEvents")
_GROUP = re.compile(r"arn:aws:logs:us-east-1:(\d{12}):log-group:[^:]+")


def foreign_export(call: Call) -> Denial | None:
    """A database exports the logs that its engine writes, and an instance of a cluster none of its own."""
    cluster = "DBClusterIdentifier" in call.params and "DBInstanceIdentifier" not in call.params
    change = call.params.get("CloudwatchLogsExportConfiguration") or {}
    asked = {*call.params.get("EnableCloudwatchLogsExports", ()), *change.get("EnableLogTypes", ())}
    engine = call.params.get("Engine") or _engine_of(call, cluster=cluster)
    if not asked or engine is None:
        return None
    table = CLUSTER_EXPORTS if cluster else INSTANCE_EXPORTS
    known = table.get(_family(engine), ()) if not engine.startswith("custom-") else ()
    foreign = sorted(asked - set(known))
    if not foreign:
        return None
    message = f"You cannot use the log types '{', '.join(foreign)}' with engine version {engine}."
    return Denial("InvalidParameterCombination", message, 400)


def _family(engine: str) -> str:
    """`oracle-se2` -> `oracle`, `db2-ae` -> `db2`; Aurora's names are whole."""
    return engine if engine.startswith("aurora") else engine.partition("-")[0]


def _engine_of(call: Call, *, cluster: bool) -> str | None:
    backend = rds_backends[call.account][call.region]
    kept = backend.clusters if cluster else backend.databases
    found = kept.get(str(call.params.get("DBClusterIdentifier" if cluster else "DBInstanceIdentifier")))
    return found.engine if found else None


def private_zone(call: Call) -> Denial | None:
    """CreateQueryLoggingConfig: only the queries of public zones are logged."""
    zone = route53_backends[call.account]["aws"].zones.get(
        str(call.params.get("HostedZoneId") or "").rpartition("/")[2]
    )
    if zone is None or not zone.private_zone:
        return None
    return Denial("InvalidInput", "Query logging is not supported for private hosted zones.", 400)


def unwritable_group(call: Call) -> Denial | None:
    """CreateQueryLoggingConfig: a resource policy in us-east-1 lets Route 53 write to the group, for this zone."""
    group = str(call.params.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*")
    zone = str(call.params.get("HostedZoneId") or "").rpartition("/")[2]
    if not _GROUP.fullmatch(group) or may_write_queries(call.account, zone, group):
        return None
    message = (
        "The resource policy that you're using for Route 53 query logging doesn't grant Route 53 sufficient "
        "permission to create a log stream in the specified log group."
    )
    return Denial("InsufficientCloudWatchLogsResourcePolicy", message, 400)


def may_write_queries(account: str, zone: str, group_arn: str) -> bool:
    """Whether Route 53 may write the queries of a zone into a group. The caller holds `EXCLUSIVE`.

    The guide's policies name a group with and without what follows its name, and both work.
    """
    context: dict[str, list[str] | str] = {
        "aws:SourceArn": f"arn:aws:route53:::hostedzone/{zone}",
        "aws:SourceAccount": account,
    }
    return all(
        any(
            decide(ROUTE53, action, arn, context).allowed
            for arn in (group_arn, f"{group_arn}:log-stream:{zone}")
        )
        for action in WRITING
    )


def nothing_to_change(call: Call) -> Denial | None:
    """UpdateClusterConfig with a logging setting that the cluster has already."""
    change = call.params.get("logging")
    cluster = eks_backends[call.account][call.region].clusters.get(str(call.params.get("name")))
    if cluster is None or not change or eks.after(cluster.logging, change) != eks.types_on(cluster.logging):
        return None
    message = "No changes needed for the logging config provided"
    return Denial("InvalidParameterException", message, 400)


def bad_resource_policy(call: Call) -> Denial | None:
    """PutResourcePolicy takes a JSON document of at most 5120 characters."""
    text = str(call.params.get("policyDocument") or "")
    if len(text) > 5120:
        return Denial("InvalidParameterException", "Policy document exceeds 5120 characters", 400)
    try:
        document: Any = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict) and document.get("Statement"):
        return None
    return Denial("InvalidParameterException", "Invalid policy document", 400)


REFUSALS = [
    *(
        (("rds", f"{verb}{what}"), foreign_export)
        for verb in ("CreateDB", "ModifyDB")
        for what in ("Instance", "Cluster")
    ),
    (("route53", "CreateQueryLoggingConfig"), private_zone),
    (("route53", "CreateQueryLoggingConfig"), unwritable_group),
    (("eks", "UpdateClusterConfig"), nothing_to_change),
    (("logs", "PutResourcePolicy"), bad_resource_policy),
]
