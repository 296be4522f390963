"""What IAM is asked about a call to S3.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 User Guide,
"Required permissions for Amazon S3 API operations" and "Using server-side encryption with AWS KMS keys"; S3 API
reference of PutBucketReplication (iam:PassRole). Where the action has the name of the operation nothing is listed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from moto.s3.models import FakeDeleteMarker

from service.sandbox.arns import key_arn
from service.sandbox.asked import Asked, Context
from service.sandbox.call import Call
from service.sandbox.keys import tags_of_key
from service.sandbox.policies import bucket_of

MANAGED = "alias/aws/s3"
_NAMES = {
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
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "SelectObjectContent": "GetObject",
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
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
}
_OF_VERSIONS = (
    *("GetObject", "GetObjectAcl", "GetObjectTagging", "DeleteObject", "DeleteObjectTagging"),
    *("PutObjectAcl", "PutObjectTagging"),
)
"""Actions that have another name where the call names a version: ``GetObjectVersion``."""
_ALSO = {
    "Tagging": "PutObjectTagging",
    "ObjectLockMode": "PutObjectRetention",
    "ObjectLockLegalHoldStatus": "PutObjectLegalHold",
}
"""Members of a write that need an action of their own."""
_ALSO_OF_BUCKETS = {
    "ObjectLockEnabledForBucket": ("PutBucketObjectLockConfiguration", "PutBucketVersioning"),
    "ObjectOwnership": ("PutBucketOwnershipControls",),
}
"""Members of CreateBucket that need actions of their own (API reference of CreateBucket, "Permissions")."""
_CONDITION_KEYS = {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:VersionId": "VersionId",
}
_WRITES = ("PutObject", "CreateMultipartUpload", "CopyObject")
_COPIES = ("CopyObject", "UploadPartCopy")
_PARTS = ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload")


def asked_of_s3(call: Call) -> Iterator[Asked]:
    """Everything that must be allowed for a call to S3 to go on."""
    bucket, key = call.params.get("Bucket"), call.params.get("Key")
    context = _context(call)
    if call.operation == "DeleteObjects":
        yield from _deletions(call, context)
        return
    action = _NAMES.get(call.operation, call.operation)
    resource = "*" if not bucket else f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    yield Asked(f"s3:{_versioned(action, call.params.get('VersionId'))}", resource, context)
    if call.params.get("BypassGovernanceRetention"):
        yield Asked("s3:BypassGovernanceRetention", resource, context)
    if call.operation in _COPIES:
        yield from _source(call)
    if call.operation in _WRITES:
        yield from _also(call, resource, context)
    if call.operation == "CreateBucket":
        yield from _also_of_bucket(call, resource, context)
    if call.operation == "PutBucketReplication":
        role = str((call.params.get("ReplicationConfiguration") or {}).get("Role"))
        yield Asked("iam:PassRole", role, {"iam:PassedToService": "s3.amazonaws.com"})
    if call.operation in ("GetObject", "HeadObject") and _missing(str(bucket), str(key)):
        # Whoever may not list a bucket is not told what is not in it: 403 instead of 404 (API of GetObject).
        yield Asked("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    if bucket and key:
        yield from _key_of_object(call, str(bucket), str(key))


def _deletions(call: Call, context: Context) -> Iterator[Asked]:
    for entry in (call.params.get("Delete") or {}).get("Objects") or []:
        resource = f"arn:aws:s3:::{call.params.get('Bucket')}/{entry.get('Key')}"
        yield Asked(f"s3:{_versioned('DeleteObject', entry.get('VersionId'))}", resource, context)
        if call.params.get("BypassGovernanceRetention"):
            yield Asked("s3:BypassGovernanceRetention", resource, context)


def _versioned(action: str, version: object) -> str:
    return action.replace("Object", "ObjectVersion", 1) if version and action in _OF_VERSIONS else action


def _context(call: Call) -> Context:
    return {
        name: str(call.params[member]) for name, member in _CONDITION_KEYS.items() if call.params.get(member)
    }


def _also(call: Call, resource: str, context: Context) -> Iterator[Asked]:
    """An access list other than the default one, tags and locks are each an action of their own.

    Not for services that write in their own name: the bucket policies of the CloudTrail and the AWS Config guide let
    them put objects with an access list, and nothing else.
    """
    if call.params.get("ACL", "private") != "private" and call.principal.kind != "service":
        yield Asked("s3:PutObjectAcl", resource, context)
    for member, action in _ALSO.items():
        if call.params.get(member):
            yield Asked(f"s3:{action}", resource, context)


def _also_of_bucket(call: Call, resource: str, context: Context) -> Iterator[Asked]:
    if call.params.get("ACL", "private") != "private":
        yield Asked("s3:PutBucketAcl", resource, context)
    for member, actions in _ALSO_OF_BUCKETS.items():
        if call.params.get(member):
            yield from (Asked(f"s3:{action}", resource, context) for action in actions)


def _missing(bucket_name: str, key: str) -> bool:
    bucket = bucket_of(bucket_name)
    return bucket is not None and isinstance(bucket.keys.get(key), FakeDeleteMarker | None)


def _source(call: Call) -> Iterator[Asked]:
    """Who copies must be allowed to read what is copied."""
    path, _, query = str(call.params.get("CopySource") or "").partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    yield Asked(f"s3:{_versioned('GetObject', query)}", f"arn:aws:s3:::{bucket}/{key}")
    yield from _reading(call.account, bucket, key, query)


def _key_of_object(call: Call, bucket_name: str, key: str) -> Iterator[Asked]:
    """SSE-KMS: the caller must also be allowed the key, through S3."""
    bucket = bucket_of(bucket_name)
    if bucket is None:
        return
    if call.operation in _WRITES:
        algorithm, key_id, bucket_key = _encryption_asked(call, bucket)
        if algorithm == "aws:kms":
            yield from _use(
                call.account, "kms:GenerateDataKey", bucket, key, key_id, bucket_key, _pairs(call)
            )
    elif call.operation in _PARTS:
        upload = bucket.multiparts.get(call.params.get("UploadId"))
        if upload is not None:
            yield from _use(
                call.account, "kms:Decrypt", bucket, key, upload.kms_key_id, bucket_key_of(bucket)
            )
    elif call.operation == "GetObject":
        yield from _reading(call.account, bucket_name, key, call.params.get("VersionId"))


def _reading(account: str, bucket_name: str, key: str, version: str | None) -> Iterator[Asked]:
    bucket = bucket_of(bucket_name)
    kept = bucket.keys.getlist(key) or [] if bucket else []
    found = [entry for entry in kept if not version or entry.version_id == version]
    if found and getattr(found[-1], "encryption", None) == "aws:kms":
        bucket_key = str(found[-1].bucket_key_enabled).lower() == "true"
        yield from _use(account, "kms:Decrypt", bucket, key, found[-1].kms_key_id, bucket_key)


def _pairs(call: Call) -> Context:
    """The encryption context a write brings beside S3's own pair, base64 of JSON (API of PutObject)."""
    given = call.params.get("SSEKMSEncryptionContext")
    pairs = json.loads(base64.b64decode(given)) if given else {}
    return {f"kms:EncryptionContext:{name}": str(value) for name, value in pairs.items()}


def _use(
    account: str,
    action: str,
    bucket: Any,
    key: str,
    key_id: str | None,
    bucket_key: bool,
    more: Context | None = None,
) -> Iterator[Asked]:
    """The key AWS manages serves everybody in its account, and nobody of another ("Using SSE-KMS", S3 guide)."""
    if not key_id or MANAGED in key_id:
        if account != bucket.account_id:
            yield Asked(action, f"arn:aws:kms:{bucket.region_name}:{bucket.account_id}:{MANAGED}")
        return
    arn = key_arn(key_id, bucket.account_id, bucket.region_name)
    if arn is not None:
        encrypted = f"arn:aws:s3:::{bucket.name}" + ("" if bucket_key else f"/{key}")
        via = f"s3.{bucket.region_name}.amazonaws.com"
        context: Context = {"kms:ViaService": via, "kms:EncryptionContext:aws:s3:arn": encrypted}
        yield Asked(action, arn, context | tags_of_key(arn) | (more or {}))


def _encryption_asked(call: Call, bucket: Any) -> tuple[str | None, str | None, bool]:
    """Algorithm, key and bucket key of a write: what it says, else the bucket's default."""
    default = _default_rule(bucket).get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = call.params.get("ServerSideEncryption") or default.get("SSEAlgorithm")
    key_id = call.params.get("SSEKMSKeyId") or default.get("KMSMasterKeyID")
    asked = call.params.get("BucketKeyEnabled")
    return algorithm, key_id, bucket_key_of(bucket) if asked is None else bool(asked)


def bucket_key_of(bucket: Any) -> bool:
    """Whether the default encryption of a bucket uses an S3 Bucket Key."""
    return str(_default_rule(bucket).get("BucketKeyEnabled", "false")).lower() == "true"


def _default_rule(bucket: Any) -> dict[str, Any]:
    rules = (bucket.encryption or {}).get("Rule") or {}
    return dict(rules[0] if isinstance(rules, list) else rules)
