"""The ARN a call is about, as the Service Authorization Reference spells it. The caller holds `EXCLUSIVE`."""

from __future__ import annotations

from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from service.sandbox.call import Call
from service.sandbox.keys import KEY_ARN, find_key
from service.sandbox.policies import PARTITION

_ATTACHING = ("AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy")
_ATTACHING_TO_GROUPS = ("AttachGroupPolicy", "DetachGroupPolicy")
_OF_ALL_KEYS = ("ListAliases",)
_OF_ALL_GROUPS = ("DescribeLogGroups",)
_OF_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
_IAM_KINDS = (
    ("InstanceProfileName", "instance-profile"),
    ("RoleName", "role"),
    ("GroupName", "group"),
    ("UserName", "user"),
    ("PolicyName", "policy"),
)
"""In the order that says what a call with several of them is about."""


def resource_of(call: Call) -> str:
    """The ARN that a call works on; "*" where the action knows no resource or the call names none."""
    p, here = call.params, f"{call.region}:{call.account}"
    match call.service:
        case "firehose":
            name = p.get("DeliveryStreamName")
            return f"arn:aws:firehose:{here}:deliverystream/{name}" if name else "*"
        case "cloudwatch":
            return _alarm(p, here)
        case "logs":
            return _log_resource(call.operation, p, here)
        case "cloudtrail":
            return _trail(call.operation, p, here)
        case "events":
            return _rule(p, here)
        case "kms":
            return _key(call)
        case "sns":
            return _topic(p, here)
        case "sqs":
            return _queue(p, call)
        case "iam":
            return iam_resource(call)
        case "sts":
            return str(p.get("RoleArn", "*"))
        case "rds":
            return _database(p, here)
        case "eks":
            return f"arn:aws:eks:{here}:cluster/{p['name']}" if p.get("name") else "*"
        case "route53":
            return _dns(call.operation, p)
    return "*"


def tagged_resource_of(call: Call) -> str:
    """What the tags of a call that makes something are put on: the ARN without the colon of a log group's other
    permissions, and any key of the account where the new one has no name yet ("Controlling access to tags", KMS)."""
    if call.service == "kms":
        return f"arn:aws:kms:{call.region}:{call.account}:key/*"
    return resource_of(call).removesuffix(":log-stream:")


def _key(call: Call) -> str:
    name = call.params.get("KeyId")
    if not name or call.operation in _OF_ALL_KEYS:
        return "*"
    return key_arn(str(name), call.account, call.region) or "*"


def key_arn(name: str, account: str, region: str) -> str | None:
    """The ARN of a key given as id, alias or ARN; None where there is no such key."""
    match = KEY_ARN.fullmatch(name)
    there = match["region"] if match else region
    if there not in kms_backends[account].regions:
        return None
    key = find_key(name, account, region)
    return str(key.arn) if key else None


def iam_resource(call: Call) -> str:
    """What IAM calls name without a path: what exists is looked up, and what is made says its own."""
    p, account = call.params, call.account
    if p.get("PolicySourceArn"):
        return str(p["PolicySourceArn"])
    if p.get("PolicyArn") and call.operation not in (*_ATTACHING, *_ATTACHING_TO_GROUPS):
        return str(p["PolicyArn"])
    for member, kind in _IAM_KINDS:
        name = p.get(member)
        if name:
            path = p.get("Path") or _path(account, kind, str(name))
            return f"arn:aws:iam::{account}:{kind}{path}{name}"
    return "*"


def role_resource(account: str, name: str) -> str:
    """The ARN of a role by its name, with its path where it exists."""
    return f"arn:aws:iam::{account}:role{_path(account, 'role', name)}{name}"


def _path(account: str, kind: str, name: str) -> str:
    backend = iam_backends[account][PARTITION]
    kinds: dict[str, dict[str, Any]] = {
        "instance-profile": backend.instance_profiles,
        "role": backend.roles,
        "user": backend.users,
    }
    existing = kinds.get(kind, {})
    return next((str(entry.path) for entry in existing.values() if entry.name == name), "/")


def _log_resource(operation: str, p: dict[str, Any], here: str) -> str:
    """Tags are kept by the ARN of the group; every other permission is for what begins with it and a colon.

    CloudWatch Logs User Guide, "Overview of managing access permissions": a policy names the group without ``:*``
    for the three tag actions and with ``:*`` for all others.
    """
    if operation in _OF_ALL_GROUPS:
        return f"arn:aws:logs:{here}:log-group::log-stream:"
    given = str(p.get("logGroupIdentifier") or p.get("resourceArn") or "").removesuffix(":*")
    name = p.get("logGroupName")
    if not name and not given:
        return "*"
    group = given if given.startswith("arn:") else f"arn:aws:logs:{here}:log-group:{name or given}"
    return group if operation in _OF_TAGS else f"{group}:log-stream:{p.get('logStreamName') or ''}"


def _database(p: dict[str, Any], here: str) -> str:
    for member, kind in (("DBInstanceIdentifier", "db"), ("DBClusterIdentifier", "cluster")):
        if p.get(member):
            return f"arn:aws:rds:{here}:{kind}:{p[member]}"
    return "*"


def _dns(operation: str, p: dict[str, Any]) -> str:
    """Route 53's ARNs have neither region nor account. `Id` is a zone's, but for the two calls about query logging."""
    if operation == "ListQueryLoggingConfigs":
        return "*"
    if operation in ("DeleteQueryLoggingConfig", "GetQueryLoggingConfig"):
        return f"arn:aws:route53:::queryloggingconfig/{p.get('Id')}"
    zone = str(p.get("HostedZoneId") or p.get("Id") or "").rpartition("/")[2]
    return f"arn:aws:route53:::hostedzone/{zone}" if zone else "*"


def _alarm(p: dict[str, Any], here: str) -> str:
    """One alarm by name or ARN; lists of them and metrics know no resource but "*" ("Actions defined by CloudWatch")."""
    names = p.get("AlarmNames") or []
    name = p.get("AlarmName") or (names[0] if len(names) == 1 else None)
    given = p.get("ResourceARN")
    return str(given) if given else f"arn:aws:cloudwatch:{here}:alarm:{name}" if name else "*"


def _trail(operation: str, p: dict[str, Any], here: str) -> str:
    """Listing knows no resource; tags are put on trails by ARN (Service Authorization Reference, AWS CloudTrail)."""
    if operation in ("DescribeTrails", "ListTrails"):
        return "*"
    name = str(
        p.get("Name") or p.get("TrailName") or p.get("ResourceId") or (p.get("ResourceIdList") or [""])[0]
    )
    return name if name.startswith("arn:") or not name else f"arn:aws:cloudtrail:{here}:trail/{name}"


def _rule(p: dict[str, Any], here: str) -> str:
    """Rules of the default bus, by name or, for their tags, by ARN."""
    name = p.get("ResourceARN") or p.get("Name") or p.get("Rule")
    if not name:
        return f"arn:aws:events:{here}:rule/*" if "NamePrefix" in p else "*"
    return str(name) if str(name).startswith("arn:") else f"arn:aws:events:{here}:rule/{name}"


def _topic(p: dict[str, Any], here: str) -> str:
    arn = p.get("TopicArn") or p.get("ResourceArn") or p.get("TargetArn")
    if arn:
        return str(arn)
    return f"arn:aws:sns:{here}:{p['Name']}" if p.get("Name") else "*"


def _queue(p: dict[str, Any], call: Call) -> str:
    parts = str(p.get("QueueUrl") or "").split("/")
    name = parts[-1] or p.get("QueueName")
    owner = parts[-2] if len(parts) > 1 and parts[-2].isdigit() else p.get("QueueOwnerAWSAccountId")
    return f"arn:aws:sqs:{call.region}:{owner or call.account}:{name}" if name else "*"
