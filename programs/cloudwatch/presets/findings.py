"""What can be said about a preset's wish before anything is made."""

from __future__ import annotations

from collections.abc import Iterator

from programs.cloudwatch.presets.eks import LOG_TYPES, EksSpec
from programs.cloudwatch.presets.rds import RdsSpec
from programs.cloudwatch.presets.route53 import QUERY_REGION, Route53Spec
from programs.finding import Finding
from programs.wish import Wish

_NEEDS = {
    "audit": "the MARIADB_AUDIT_PLUGIN option, or advanced auditing on Aurora",
    "general": "the parameters general_log = 1 and log_output = FILE",
    "slowquery": "the parameters slow_query_log = 1 and log_output = FILE",
}
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.MySQLDB.PublishtoCloudWatchLogs.html and the same
for MariaDB; https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.CloudWatch.html."""


def check(wish: Wish) -> Iterator[Finding]:
    """Everything about the source; a spec of no preset has nothing here."""
    match wish.spec:
        case Route53Spec() as spec:
            yield from _region(wish, spec)
        case RdsSpec() as spec:
            yield from _parameters(spec)
        case EksSpec() as spec:
            yield from _types(spec)


def _region(wish: Wish, spec: Route53Spec) -> Iterator[Finding]:
    if wish.log.region != QUERY_REGION:
        yield Finding(
            "SUGGESTION",
            "crosses_regions",
            spec.log_group_fields[0],
            f"Route 53 logs queries in {QUERY_REGION} alone; from there they go to the store in {wish.log.region}.",
            "Nothing to do: only transfer between regions is paid for besides.",
        )


def _parameters(spec: RdsSpec) -> Iterator[Finding]:
    if spec.engine not in ("aurora-mysql", "mariadb", "mysql"):
        return
    for index, export in enumerate(spec.exports):
        if export in _NEEDS:
            yield Finding(
                "SUGGESTION",
                "database_writes_it",
                f"/spec/exports/{index}",
                f"{spec.engine} writes its {export} log only with {_NEEDS[export]}.",
                "Look at the database's parameter and option groups: without that the group stays empty.",
            )


def _types(spec: EksSpec) -> Iterator[Finding]:
    if not spec.enable_at_source and spec.types != LOG_TYPES:
        yield Finding(
            "WARNING",
            "types_not_switched",
            "/spec/types",
            "All log types that are on share one log group, and all of them are shipped.",
            "Set enable_at_source to true to have these types switched on, or leave types out.",
        )
