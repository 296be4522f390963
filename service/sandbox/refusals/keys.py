"""Keys that are disabled or pending deletion cannot be used, by KMS's callers or by S3 on theirs.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from typing import Any

from service.sandbox.call import Call, Denial
from service.sandbox.keys import find_key
from service.sandbox.refusals.buckets import bucket_of

USES = ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt")
CHANGES_OF_WORKING_KEYS = ("DisableKeyRotation", "EnableKeyRotation")
CHANGES_OF_KEPT_KEYS = (
    "CreateAlias", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "TagResource", "UntagResource",
    "UpdateKeyDescription",
)  # fmt: skip


def key_not_working(call: Call) -> Denial | None:
    """Using a key, and changing its rotation, need it enabled."""
    key = _key(call)
    if key is not None and key.key_state == "Disabled":
        return Denial("DisabledException", f"{key.arn} is disabled.", 400)
    return key_pending_deletion(call)


def key_pending_deletion(call: Call) -> Denial | None:
    """Most changes need a key that is not about to go."""
    key = _key(call)
    if key is None or key.key_state != "PendingDeletion":
        return None
    return Denial("KMSInvalidStateException", f"{key.arn} is pending deletion.", 400)


def object_key_not_working(call: Call) -> Denial | None:
    """Writing an object with its own or its bucket's key, reading one with the key it was written with."""
    bucket = bucket_of(str(call.params.get("Bucket", "")))
    name = _key_of_object(call, bucket) if bucket is not None else None
    if name is None:
        return None
    key = find_key(name, bucket.account_id, bucket.region_name)
    if key is None:
        return (
            None
            if name.startswith("alias/aws/")
            else _s3("NotFoundException", f"Key '{name}' does not exist")
        )
    if key.key_state == "Disabled":
        return _s3("DisabledException", f"{key.arn} is disabled.")
    if key.key_state == "PendingDeletion":
        return _s3("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return None


def _key(call: Call) -> Any:
    name = str(call.params.get("KeyId") or call.params.get("TargetKeyId") or "")
    return find_key(name, call.account, call.region)


def _key_of_object(call: Call, bucket: Any) -> str | None:
    if call.operation == "GetObject":
        stored = bucket.keys.get(call.params.get("Key"))
        key = (
            getattr(stored, "kms_key_id", None) if getattr(stored, "encryption", None) == "aws:kms" else None
        )
        return str(key) if key else None
    default = (bucket.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
    algorithm = call.params.get("ServerSideEncryption") or default.get("SSEAlgorithm")
    name = call.params.get("SSEKMSKeyId") or default.get("KMSMasterKeyID")
    return str(name) if algorithm == "aws:kms" and name else None


def _s3(code: str, message: str) -> Denial:
    return Denial(f"KMS.{code}", message, 400)


REFUSALS = [
    *((("kms", operation), key_not_working) for operation in (*USES, *CHANGES_OF_WORKING_KEYS)),
    *((("kms", operation), key_pending_deletion) for operation in CHANGES_OF_KEPT_KEYS),
    (("s3", "GetObject"), object_key_not_working),
    (("s3", "PutObject"), object_key_not_working),
]
