"""Which account serves a call: the caller's, or the one that owns the resource the call names."""

from __future__ import annotations

import re
from typing import Any

from moto.kms.models import kms_backends
from moto.kms.utils import KEY_ID_LEN
from moto.s3.models import s3_backends

from service.sandbox.call import Call

OWNER_IN_ARN = re.compile(r"arn:aws:(?P<service>[a-z0-9-]+):[a-z0-9-]*:(?P<account>\d{12}):.+")
OWNER_IN_QUEUE_URL = re.compile(r"https?://[^/]+/(?P<account>\d{12})/[^/]+")

ARN_MEMBERS = {"kms": ("KeyId",), "sns": ("TopicArn", "ResourceArn"), "sqs": ()}
"""Members whose ARN says who serves the call, of the services that may be called across accounts by ARN."""


def serving_account(call: Call) -> str:
    """The account whose stores moto has to look into for this call."""
    if call.service == "s3":
        return _bucket_owner(call)
    for member in ARN_MEMBERS.get(call.service, ()):
        match = OWNER_IN_ARN.fullmatch(str(call.params.get(member, "")))
        if match and match["service"] == call.service:
            return match["account"]
    if call.service == "sqs":
        match = OWNER_IN_QUEUE_URL.fullmatch(str(call.params.get("QueueUrl", "")))
        return match["account"] if match else call.params.get("QueueOwnerAWSAccountId", call.account)
    return call.account


def key_that_decrypts(ciphertext: bytes, region: str) -> str | None:
    """ARN of the key a ciphertext was made with; Decrypt finds it without being told."""
    key_id = ciphertext[:KEY_ID_LEN].decode("latin-1")
    for account in list(kms_backends.values()):
        if region in account and key_id in account[region].keys:
            arn: str = account[region].keys[key_id].arn
            return arn
    return None


def with_found_key(service: str, operation: str, params: dict[str, Any], region: str) -> dict[str, Any]:
    """The input of a Decrypt or ReEncrypt that names no key, with the key its ciphertext names."""
    member = {"Decrypt": "KeyId", "ReEncrypt": "SourceKeyId"}.get(operation)
    if service != "kms" or member is None or member in params:
        return params
    arn = key_that_decrypts(params.get("CiphertextBlob", b""), region)
    return params | {member: arn} if arn else params


def _bucket_owner(call: Call) -> str:
    if call.operation == "CreateBucket":
        return call.account
    owner = s3_backends.bucket_accounts.get(str(call.params.get("Bucket", "")))
    return owner[1] if owner else call.account
