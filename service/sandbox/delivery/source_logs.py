"""What Route 53, RDS and EKS write into CloudWatch Logs by themselves, and only while logging is on at the source.

Nobody asks the sandbox's zones, databases and clusters anything, so the sandbox is told what has happened (`happen`) and
does what the service would do about it. Route 53 writes in its own name, so the account's log resource policies decide.
RDS and EKS write by service-linked roles, whose permissions nobody in the account can take away: as the account itself.

Log groups and streams: "DNS query logging" (Route 53 guide), "Publishing database logs to Amazon CloudWatch Logs" (RDS
guide), "Send control plane logs to CloudWatch Logs" (EKS guide). RDS and EKS make their group, Route 53 does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.eks.models import eks_backends
from moto.rds.models import rds_backends
from moto.route53.models import route53_backends

from service.sandbox.call import Credentials
from service.sandbox.delivery import plane, sessions
from service.sandbox.fixes.eks import types_on
from service.sandbox.identity import ROOT_SECRET
from service.sandbox.moment import EXCLUSIVE

ROUTE53 = "route53.amazonaws.com"
QUERY_REGION = "us-east-1"
EDGE = "CDG52"
RESOLVER = "192.0.2.53"
"""An address of the documentation's range (RFC 5737)."""
COMPONENTS = {
    "api": "kube-apiserver",
    "audit": "kube-apiserver-audit",
    "authenticator": "authenticator",
    "controllerManager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
}
"""How the streams of a control plane's log types begin."""


class NotWritten(Exception):
    """The service writes nothing about it: logging is off there, or it may not write."""


@dataclass(frozen=True)
class _Entry:
    region: str
    group: str
    stream: str
    line: str
    makes_group: bool = True


def happen(event: dict[str, Any]) -> dict[str, str]:
    """Let a service write about what has happened; answers the group, the stream and the line.

    `event` is one of
    ``{"event": "dns_query", "account", "zone", "name", "type"}``,
    ``{"event": "database_log", "account", "region", "instance" or "cluster", "export", "line"}``,
    ``{"event": "control_plane_log", "account", "region", "cluster", "type", "line"}``.

    Must not be called under `moment.EXCLUSIVE`: the services call the sandbox.

    :raises KeyError: the event is none of these, or a member is missing.
    :raises NotWritten: see there.
    """
    with EXCLUSIVE:
        entry = _EVENTS[event["event"]](event)
    try:
        _write(_client(event, entry.region), entry)
    except ClientError as error:
        raise NotWritten(str(error)) from error
    return {"log_group": entry.group, "log_stream": entry.stream, "line": entry.line}


def _query(event: dict[str, Any]) -> _Entry:
    """A line of a query log: "Values that appear in DNS query logs", Route 53 guide."""
    backend, zone = route53_backends[event["account"]]["aws"], event["zone"]
    known = next((known for known in backend.zones.values() if known.resource_id == zone), None)
    configs = backend.query_logging_configs.values()
    config = next((config for config in configs if config.hosted_zone_id == zone), None)
    if known is None or config is None:
        raise NotWritten(f"the queries of zone {zone} are not logged")
    group = config.cloud_watch_logs_log_group_arn.split(":", 6)[6]
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = f"1.0 {at} {zone} {event['name']} {event.get('type', 'A')} NOERROR UDP {EDGE} {RESOLVER} -"
    return _Entry(QUERY_REGION, group, f"{zone}/{EDGE}", line, makes_group=False)


def _database(event: dict[str, Any]) -> _Entry:
    backend = rds_backends[event["account"]][event["region"]]
    kind = "instance" if "instance" in event else "cluster"
    name = event[kind]
    found = (backend.databases if kind == "instance" else backend.clusters).get(name)
    if found is None or event["export"] not in found.enabled_cloudwatch_logs_exports:
        raise NotWritten(f"{kind} {name} does not export {event['export']}")
    return _Entry(event["region"], f"/aws/rds/{kind}/{name}/{event['export']}", f"{name}.0", event["line"])


def _control_plane(event: dict[str, Any]) -> _Entry:
    name = event["cluster"]
    cluster = eks_backends[event["account"]][event["region"]].clusters.get(name)
    if cluster is None or event["type"] not in types_on(cluster.logging):
        raise NotWritten(f"cluster {name} does not log {event['type']}")
    stream = f"{COMPONENTS[event['type']]}-{name}"
    return _Entry(event["region"], f"/aws/eks/{name}/cluster", stream, event["line"])


_EVENTS = {"dns_query": _query, "database_log": _database, "control_plane_log": _control_plane}


def _client(event: dict[str, Any], region: str) -> Any:
    url = plane.current().url
    if event["event"] == "dns_query":
        zone = f"arn:aws:route53:::hostedzone/{event['zone']}"
        return sessions.as_service("logs", ROUTE53, zone, url, region=region, account=event["account"])
    return sessions.client("logs", Credentials(event["account"], ROOT_SECRET, ""), region, url)


def _write(logs: Any, entry: _Entry) -> None:
    """The event, its stream and, where the service does that, its group are made when they are first needed."""
    if entry.makes_group:
        _unless_there(logs.create_log_group, logGroupName=entry.group)
    where = {"logGroupName": entry.group, "logStreamName": entry.stream}
    _unless_there(logs.create_log_stream, **where)
    at = int(datetime.now(UTC).timestamp() * 1000)
    logs.put_log_events(**where, logEvents=[{"timestamp": at, "message": entry.line}])


def _unless_there(make: Any, **arguments: str) -> None:
    try:
        make(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
