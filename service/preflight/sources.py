"""Zones, databases and clusters: there, the ones that were meant, and ready to log where logging is to be switched on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from programs.cloudwatch.presets.eks import EksSpec
from programs.cloudwatch.presets.rds import RdsSpec
from programs.cloudwatch.presets.route53 import Route53Spec
from programs.finding import Finding
from service.access.evaluator import Policies, Policy, evaluate
from service.access.request import Caller, Request

from .view import View, error, warning

ROUTE53 = "route53.amazonaws.com"


def source(view: View) -> Iterator[Finding]:
    """What the preset of the wish is about; a wish without a preset has nothing here."""
    match view.wish.spec:
        case Route53Spec(enable_at_source=True) as spec:
            yield from _zone(view, spec)
            yield from _query_policy(view, spec)
        case RdsSpec() as spec:
            yield from _database(view, spec)
        case EksSpec() as spec:
            yield from _cluster(view, spec)


def _zone(view: View, spec: Route53Spec) -> Iterator[Finding]:
    """The team was held against the zone's name, so the id has to be that zone's."""
    route53, place = view.production("route53"), "/spec/zone_id"
    try:
        zone = route53.get_hosted_zone(Id=spec.zone_id)["HostedZone"]
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        message = f"There is no hosted zone {spec.zone_id} in account {view.names.production_account}."
        yield error("zone_missing", place, message, "Look the id up in the account that owns the zone.")
        return
    if zone["Name"] != f"{spec.zone}.":
        hint = "Give the id of the zone that is named."
        yield error("zone_differs", place, f"Hosted zone {spec.zone_id} is not {spec.zone}.", hint)
    elif zone["Config"]["PrivateZone"]:
        message = f"{spec.zone} is a private zone; Route 53 logs the queries of public ones alone."
        yield error(
            "zone_private", place, message, "Resolver query logs are another thing: ask for their group."
        )
    else:
        yield from _logged_already(route53, view, spec)


def _logged_already(route53: Any, view: View, spec: Route53Spec) -> Iterator[Finding]:
    """A zone has one query log at most, and it may be this source's own."""
    (group,) = spec.reads_log_groups
    for config in route53.list_query_logging_configs(HostedZoneId=spec.zone_id)["QueryLoggingConfigs"]:
        there = config["CloudWatchLogsLogGroupArn"].removesuffix(":*").split(":log-group:")[-1]
        if there != group:
            yield error(
                "queries_logged_elsewhere",
                "/spec/enable_at_source",
                f"The queries of {spec.zone} are logged into {there}, and a zone has one query log.",
                "Set enable_at_source to false and log_group to that group.",
            )
        elif not _ours(view, group):
            yield warning(
                "queries_logged_already",
                "/spec/enable_at_source",
                f"The queries of {spec.zone} are logged into {there} already.",
                "If somebody else switched that on, set enable_at_source to false: it is then left alone.",
            )


def _ours(view: View, group: str) -> bool:
    logs = view.production("logs")
    try:
        found = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    except logs.exceptions.ResourceNotFoundException:
        return False
    return view.names.filter in [each["filterName"] for each in found]


def _query_policy(view: View, spec: Route53Spec) -> Iterator[Finding]:
    """A log resource policy of the account lets Route 53 write
    (https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html)."""
    account, (group,) = view.names.production_account, spec.reads_log_groups
    kept = view.production("logs").describe_resource_policies()["resourcePolicies"]
    policies = tuple(Policy(policy["policyName"], policy["policyDocument"]) for policy in kept)
    caller = Caller("service", arn=ROUTE53, services=frozenset({ROUTE53}))
    zone = f"arn:aws:route53:::hostedzone/{spec.zone_id}"
    stream = f"arn:aws:logs:{view.names.production_region}:{account}:log-group:{group}:log-stream:x"
    context = {"aws:SourceArn": zone, "aws:SourceAccount": account}
    asked = (
        Request(caller, action, stream, account, dict(context))
        for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    )
    if not all(evaluate(request, Policies(resource=policies)).allowed for request in asked):
        yield error(
            "query_policy_missing",
            "/spec/enable_at_source",
            f"No log resource policy of account {account} in {view.names.production_region} lets Route 53 write to {group}.",
            "Run `logflume bootstrap` again: it makes one for every zone of the account.",
        )


def _database(view: View, spec: RdsSpec) -> Iterator[Finding]:
    found, place = _found(view, spec), f"/spec/{spec.place}"
    if found is None:
        where = f"account {view.names.production_account} ({view.names.production_region})"
        message = f"There is no DB {spec.place} {spec.identifier} in {where}."
        yield error("database_missing", place, message, "Correct the identifier.")
        return
    if not found["Engine"].startswith(spec.engine):
        message = f"{spec.identifier} runs {found['Engine']}, not {spec.engine}."
        yield error("engine_differs", "/spec/engine", message, "Name the engine that runs there.")
    status = found.get("DBInstanceStatus") or found.get("Status")
    if spec.enable_at_source and status != "available":
        message = f"{spec.identifier} is {status}; its exports can be changed once it is available."
        yield warning("database_not_available", place, message, "Start it, or wait until it is.")
    on = set(found.get("EnabledCloudwatchLogsExports") or ())
    for index, export in enumerate(spec.exports):
        if not spec.enable_at_source and export not in on:
            yield _silent(f"/spec/exports/{index}", f"{spec.identifier} does not export {export}.")


def _found(view: View, spec: RdsSpec) -> dict[str, Any] | None:
    rds = view.production("rds")
    try:
        if spec.place == "instance":
            answer = rds.describe_db_instances(DBInstanceIdentifier=spec.identifier)["DBInstances"]
        else:
            answer = rds.describe_db_clusters(DBClusterIdentifier=spec.identifier)["DBClusters"]
    except ClientError as refused:
        if refused.response["Error"]["Code"] in ("DBInstanceNotFound", "DBClusterNotFoundFault"):
            return None
        raise
    return dict(answer[0])


def _cluster(view: View, spec: EksSpec) -> Iterator[Finding]:
    eks = view.production("eks")
    try:
        cluster = eks.describe_cluster(name=spec.cluster)["cluster"]
    except eks.exceptions.ResourceNotFoundException:
        where = f"account {view.names.production_account} ({view.names.production_region})"
        message = f"There is no EKS cluster {spec.cluster} in {where}."
        yield error("cluster_missing", "/spec/cluster", message, "Correct the name.")
        return
    setups = (cluster.get("logging") or {}).get("clusterLogging") or ()
    if not spec.enable_at_source and not any(setup["enabled"] for setup in setups):
        yield _silent("/spec/cluster", f"No control-plane log of {spec.cluster} is switched on.")


def _silent(place: str, message: str) -> Finding:
    hint = "Have its owner switch it on, or set enable_at_source to true."
    return warning("not_logged", place, message, hint)
