"""From an API call to what IAM is asked about it: actions, resources, and the condition keys of the request.

Source: the Service Authorization Reference, page by page of the services played. Where the action has the name of the
operation nothing is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from service.sandbox.call import Call
from service.sandbox.policies import bucket_of, role_of

Context = dict[str, list[str] | str]


@dataclass(frozen=True)
class Asked:
    """One action on one resource, with condition keys of its own."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


_S3_NAMES = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
}
_OTHER_NAMES = {
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("sns", "PublishBatch"): "Publish",
    ("resourcegroupstaggingapi", "GetResources"): "GetResources",
}
_PREFIXES = {"resourcegroupstaggingapi": "tag"}
_ENCRYPTED_WRITES = ("PutObject", "CreateMultipartUpload", "CopyObject")
_ENCRYPTED_READS = ("GetObject",)
_WITH_A_ROLE = {
    ("firehose", "CreateDeliveryStream"): "firehose.amazonaws.com",
    ("firehose", "UpdateDestination"): "firehose.amazonaws.com",
    ("logs", "PutSubscriptionFilter"): "logs.amazonaws.com",
}


def asked_of(call: Call) -> Iterator[Asked]:
    """Everything that must be allowed for a call to go on, in the order AWS checks it."""
    if call.service == "s3":
        yield from _s3(call)
        return
    action = f"{_PREFIXES.get(call.service, call.service)}:{_OTHER_NAMES.get((call.service, call.operation), call.operation)}"
    yield Asked(action, _resource(call), _context(call))
    if (call.service, call.operation) in _WITH_A_ROLE:
        yield from _passing(call, _WITH_A_ROLE[(call.service, call.operation)])


def _s3(call: Call) -> Iterator[Asked]:
    bucket, key = call.params.get("Bucket"), call.params.get("Key")
    action = f"s3:{_S3_NAMES.get(call.operation, call.operation)}"
    if call.params.get("VersionId") and action in ("s3:GetObject", "s3:DeleteObject"):
        action += "Version"
    resource = "*" if not bucket else f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    if call.operation == "DeleteObjects":
        for entry in (call.params.get("Delete") or {}).get("Objects", []):
            version = "Version" if entry.get("VersionId") else ""
            yield Asked(
                f"s3:DeleteObject{version}", f"arn:aws:s3:::{bucket}/{entry['Key']}", _s3_context(call)
            )
        return
    yield Asked(action, resource, _s3_context(call))
    if bucket and key:
        yield from _key_of_object(call, bucket, key)


def _s3_context(call: Call) -> Context:
    wanted = {
        "s3:x-amz-acl": "ACL",
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
        "s3:prefix": "Prefix",
        "s3:VersionId": "VersionId",
    }
    return {name: str(call.params[member]) for name, member in wanted.items() if call.params.get(member)}


def _key_of_object(call: Call, bucket_name: str, key: str) -> Iterator[Asked]:
    """SSE-KMS: the caller must also be allowed the key, through S3 ("Using server-side encryption with AWS KMS keys")."""
    bucket = bucket_of(bucket_name)
    if bucket is None:
        return
    if call.operation in _ENCRYPTED_WRITES:
        algorithm, key_id, bucket_key = _encryption_asked(call, bucket)
        action = "kms:GenerateDataKey"
    elif call.operation in _ENCRYPTED_READS:
        found = bucket.keys.get(key)
        if found is None or not getattr(found, "encryption", None):
            return
        algorithm, key_id, bucket_key = found.encryption, found.kms_key_id, bool(found.bucket_key_enabled)
        action = "kms:Decrypt"
    else:
        return
    arn = (
        key_arn(key_id, bucket.account_id, bucket.region_name) if algorithm == "aws:kms" and key_id else None
    )
    if arn is not None:
        context_arn = f"arn:aws:s3:::{bucket_name}" + ("" if bucket_key else f"/{key}")
        via = f"s3.{bucket.region_name}.amazonaws.com"
        yield Asked(action, arn, {"kms:ViaService": via, "kms:EncryptionContext:aws:s3:arn": context_arn})


def _encryption_asked(call: Call, bucket: Any) -> tuple[str | None, str | None, bool]:
    """Algorithm, key and bucket key of a write: what it says, else the bucket's default."""
    rule = _default_rule(bucket)
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = call.params.get("ServerSideEncryption") or default.get("SSEAlgorithm")
    key_id = call.params.get("SSEKMSKeyId") or default.get("KMSMasterKeyID")
    asked = call.params.get("BucketKeyEnabled")
    bucket_key = (
        str(rule.get("BucketKeyEnabled", "false")).lower() == "true" if asked is None else bool(asked)
    )
    return algorithm, key_id, bucket_key


def _default_rule(bucket: Any) -> dict[str, Any]:
    rules = (bucket.encryption or {}).get("Rule") or {}
    rule = rules[0] if isinstance(rules, list) else rules
    return dict(rule)


def key_arn(key_id: str, account: str, region: str) -> str | None:
    """The ARN of a key given as id, alias or ARN; None where there is no such key."""
    if key_id.startswith("arn:"):
        _, _, _, region, account, _ = key_id.split(":", 5)
    backend = kms_backends[account][region]
    key = backend.keys.get(backend.any_id_to_key_id(key_id))
    return key.arn if key else None


def _resource(call: Call) -> str:
    """The ARN that a call works on; "*" where the action knows no resource."""
    p, here = call.params, f"{call.region}:{call.account}"
    match call.service:
        case "firehose":
            name = p.get("DeliveryStreamName")
            return f"arn:aws:firehose:{here}:deliverystream/{name}" if name else "*"
        case "logs":
            return _log_resource(p, here)
        case "kms":
            return _kms_resource(call)
        case "sns":
            return _sns_resource(call)
        case "sqs":
            name = str(p.get("QueueUrl", "")).rpartition("/")[2] or p.get("QueueName")
            owner = (str(p.get("QueueUrl", "")).split("/") or [""])[-2:-1] or [call.account]
            account = p.get("QueueOwnerAWSAccountId") or (owner[0] if owner[0].isdigit() else call.account)
            return f"arn:aws:sqs:{call.region}:{account}:{name}" if name else "*"
        case "iam":
            return _iam_resource(call)
        case "sts":
            return str(p.get("RoleArn", "*"))
    return "*"


def _log_resource(p: dict[str, Any], here: str) -> str:
    name = p.get("logGroupName") or str(p.get("logGroupIdentifier", "")).rpartition(":log-group:")[2] or None
    if name is None and str(p.get("resourceArn", "")).startswith("arn:"):
        return str(p["resourceArn"])
    if name is None:
        return "*"
    group = f"arn:aws:logs:{here}:log-group:{name}"
    return f"{group}:log-stream:{p['logStreamName']}" if p.get("logStreamName") else group


def _kms_resource(call: Call) -> str:
    if call.operation in ("CreateAlias", "DeleteAlias", "UpdateAlias"):
        return f"arn:aws:kms:{call.region}:{call.account}:{call.params.get('AliasName')}"
    given = call.params.get("KeyId") or call.params.get("TargetKeyId")
    return (key_arn(str(given), call.account, call.region) if given else None) or "*"


def _sns_resource(call: Call) -> str:
    p = call.params
    arn = p.get("TopicArn") or p.get("ResourceArn") or p.get("TargetArn")
    if arn:
        return str(arn)
    if call.operation == "CreateTopic":
        return f"arn:aws:sns:{call.region}:{call.account}:{p.get('Name')}"
    return "*"


def _iam_resource(call: Call) -> str:
    """Roles and users are named without their path in most calls: what exists is looked up, what is made says its path."""
    p, account = call.params, call.account
    if p.get("PolicyArn") and call.operation not in (
        "AttachRolePolicy",
        "DetachRolePolicy",
        "AttachUserPolicy",
    ):
        return str(p["PolicyArn"])
    for member, kind in (
        ("RoleName", "role"),
        ("UserName", "user"),
        ("PolicyName", "policy"),
        ("InstanceProfileName", "instance-profile"),
    ):
        name = p.get(member)
        if name:
            path = p.get("Path") or (_role_path(account, str(name)) if kind == "role" else "/")
            return f"arn:aws:iam::{account}:{kind}{path}{name}"
    return "*"


def _role_path(account: str, name: str) -> str:
    role = next((r for r in iam_backends[account]["aws"].roles.values() if r.name == name), None)
    return role.path if role else "/"


def _context(call: Call) -> Context:
    """Condition keys of the request, beside the global ones."""
    context: Context = {}
    if call.service == "iam":
        context |= _boundary_context(call)
    if call.service == "sts":
        context |= {
            key: str(call.params[member])
            for key, member in (("sts:ExternalId", "ExternalId"), ("sts:RoleSessionName", "RoleSessionName"))
            if call.params.get(member)
        }
    if call.service == "kms":
        context |= _tags_of_key(call)
        pairs = call.params.get("EncryptionContext") or {}
        context |= {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}
    tags = call.params.get("Tags") or call.params.get("tags") or []
    if isinstance(tags, list):
        named = [
            (t.get("Key") or t.get("TagKey"), t.get("Value") or t.get("TagValue"))
            for t in tags
            if isinstance(t, dict)
        ]
        context |= {f"aws:RequestTag/{name}": str(value) for name, value in named if name}
    elif isinstance(tags, dict):
        context |= {f"aws:RequestTag/{name}": str(value) for name, value in tags.items()}
    return context


def _boundary_context(call: Call) -> Context:
    """iam:PermissionsBoundary: of the role as it will be (CreateRole), else as it is."""
    asked = call.params.get("PermissionsBoundary")
    if asked:
        return {"iam:PermissionsBoundary": str(asked)}
    name = call.params.get("RoleName")
    role = role_of(_iam_resource(call)) if name else None
    arn = role.permissions_boundary_arn if role else None
    return {"iam:PermissionsBoundary": arn} if arn else {}


def _tags_of_key(call: Call) -> Context:
    arn = key_arn(
        str(call.params.get("KeyId") or call.params.get("TargetKeyId") or ""), call.account, call.region
    )
    if arn is None:
        return {}
    _, _, _, region, account, name = arn.split(":", 5)
    listed = kms_backends[account][region].tagger.list_tags_for_resource(name.removeprefix("key/"))["Tags"]
    return {f"aws:ResourceTag/{_one(t, 'Key', 'TagKey')}": str(_one(t, "Value", "TagValue")) for t in listed}


def _one(tag: dict[str, Any], *names: str) -> Any:
    return next(tag[name] for name in names if name in tag)


def _passing(call: Call, service: str) -> Iterator[Asked]:
    """iam:PassRole, for every role that the call hands to a service."""
    for arn in sorted(set(_role_arns(call.params))):
        yield Asked("iam:PassRole", arn, {"iam:PassedToService": service})


def _role_arns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("RoleARN", "roleArn", "RoleArn") and isinstance(item, str):
                yield item
            else:
                yield from _role_arns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _role_arns(item)
