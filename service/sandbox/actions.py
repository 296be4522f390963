"""From an API call to what IAM is asked about it: actions, resources, and the condition keys of the request.

Source: the Service Authorization Reference, page by page of the services played. Where the action has the name of the
operation nothing is listed. The caller holds `EXCLUSIVE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.sandbox.arns import iam_resource, key_arn, resource_of, role_resource, tagged_resource_of
from service.sandbox.asked import Asked, Context
from service.sandbox.call import Call
from service.sandbox.keys import find_key, tags_of_key
from service.sandbox.policies import role_of
from service.sandbox.s3_actions import asked_of_s3
from service.sandbox.server_actions import SERVICES, asked_of_servers

_PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
    "s3control": "s3",
    "stepfunctions": "states",
}
_NAMES = {
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sns", "PublishBatch"): "Publish",
    ("s3control", "GetPublicAccessBlock"): "GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "PutAccountPublicAccessBlock",
}
_WITH_TAGS = {
    ("cloudwatch", "PutMetricAlarm"): "cloudwatch:TagResource",
    ("cloudtrail", "CreateTrail"): "cloudtrail:AddTags",
    ("events", "PutRule"): "events:TagResource",
    ("firehose", "CreateDeliveryStream"): "firehose:TagDeliveryStream",
    ("iam", "CreateInstanceProfile"): "iam:TagInstanceProfile",
    ("iam", "CreatePolicy"): "iam:TagPolicy",
    ("iam", "CreateRole"): "iam:TagRole",
    ("iam", "CreateUser"): "iam:TagUser",
    ("kms", "CreateKey"): "kms:TagResource",
    ("logs", "CreateLogGroup"): "logs:TagResource",
    ("sns", "CreateTopic"): "sns:TagResource",
    ("sqs", "CreateQueue"): "sqs:TagQueue",
}
"""What else must be allowed where something is made with tags."""
_WITH_A_ROLE = {
    ("config", "PutConfigurationRecorder"): "config.amazonaws.com",
    ("events", "PutTargets"): "events.amazonaws.com",
    ("firehose", "CreateDeliveryStream"): "firehose.amazonaws.com",
    ("firehose", "UpdateDestination"): "firehose.amazonaws.com",
    ("logs", "PutSubscriptionFilter"): "logs.amazonaws.com",
}
_ON_ALIASES = ("CreateAlias", "DeleteAlias", "UpdateAlias")
_STS_KEYS = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
_ROLE_MEMBERS = ("RoleARN", "roleARN", "roleArn", "RoleArn")


def asked_of(call: Call) -> Iterator[Asked]:
    """Everything that must be allowed for a call to go on."""
    if call.service == "s3":
        yield from asked_of_s3(call)
        return
    if call.service in SERVICES:
        yield from asked_of_servers(call)
        return
    operation = (call.service, call.operation)
    action = f"{_PREFIXES.get(call.service, call.service)}:{_NAMES.get(operation, call.operation)}"
    context = _context(call)
    if operation == ("kms", "ReEncrypt"):
        yield from _two_keys(call, context)
        return
    for resource in _resources(call):
        yield Asked(action, resource, context | tags_of_key(resource))
    if operation in _WITH_TAGS and _tags(call):
        yield Asked(_WITH_TAGS[operation], tagged_resource_of(call), context)
    if operation in _WITH_A_ROLE:
        for arn in sorted(set(_role_arns(call.params))):
            yield Asked("iam:PassRole", arn, {"iam:PassedToService": _WITH_A_ROLE[operation]})
    if operation == ("iam", "AddRoleToInstanceProfile"):
        role = role_resource(call.account, str(call.params.get("RoleName")))
        yield Asked("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})


def _resources(call: Call) -> list[str]:
    """The resources of a call: one, or an alias and every key it is taken from or given to."""
    if call.service == "kms" and call.operation in _ON_ALIASES:
        alias = str(call.params.get("AliasName"))
        keys = (
            key_arn(str(call.params.get("TargetKeyId")), call.account, call.region),
            _aliased(call, alias),
        )
        return [f"arn:aws:kms:{call.region}:{call.account}:{alias}", *sorted({key for key in keys if key})]
    return [resource_of(call)]


def _two_keys(call: Call, context: Context) -> Iterator[Asked]:
    """ReEncrypt is two actions, each on its key and with the encryption context of its side (KMS guide)."""
    for side, action in (("Source", "kms:ReEncryptFrom"), ("Destination", "kms:ReEncryptTo")):
        pairs = call.params.get(f"{side}EncryptionContext") or {}
        known = {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
        arn = key_arn(str(call.params.get(f"{side}KeyId")), call.account, call.region) or "*"
        yield Asked(action, arn, context | known | tags_of_key(arn))


def _aliased(call: Call, alias: str) -> str | None:
    key = find_key(alias, call.account, call.region)
    return str(key.arn) if key else None


def _context(call: Call) -> Context:
    """Condition keys of the request, beside the global ones and those of its resource."""
    p = call.params
    context: Context = {f"aws:RequestTag/{name}": value for name, value in _tags(call).items()}
    names = [*_tags(call), *(p.get("TagKeys") or p.get("tagKeys") or [])]
    if names:
        context["aws:TagKeys"] = names
    if call.service == "iam":
        context |= _boundary(call)
        context |= {"iam:PolicyARN": str(p["PolicyArn"])} if p.get("PolicyArn") else {}
    if call.service == "sts":
        context |= {key: str(p[member]) for key, member in _STS_KEYS.items() if p.get(member)}
    if call.service == "kms":
        pairs = p.get("EncryptionContext") or {}
        context |= {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    return context


def _tags(call: Call) -> dict[str, str]:
    """The tags a call brings, in whichever of AWS's spellings."""
    tags = call.params.get("Tags") or call.params.get("tags") or call.params.get("TagsList") or {}
    if isinstance(tags, dict):
        return {str(name): str(value) for name, value in tags.items()}
    pairs = [entry for entry in tags if isinstance(entry, dict)]
    return {str(_one(tag, "Key", "TagKey")): str(_one(tag, "Value", "TagValue")) for tag in pairs}


def _one(tag: dict[str, Any], *names: str) -> Any:
    return next((tag[name] for name in names if name in tag), "")


def _boundary(call: Call) -> Context:
    """iam:PermissionsBoundary: of a role as the call makes it, else as it is."""
    asked = call.params.get("PermissionsBoundary")
    if asked or call.operation == "CreateRole":
        return {"iam:PermissionsBoundary": str(asked)} if asked else {}
    role = role_of(iam_resource(call)) if call.params.get("RoleName") else None
    return (
        {"iam:PermissionsBoundary": role.permissions_boundary_arn}
        if role and role.permissions_boundary_arn
        else {}
    )


def _role_arns(value: Any) -> Iterator[str]:
    """Every role that a call hands to a service, however deep."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in _ROLE_MEMBERS and isinstance(item, str):
                yield item
            else:
                yield from _role_arns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _role_arns(item)
