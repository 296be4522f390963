"""Policies AWS does not take: not JSON, for another resource, or naming principals that do not exist.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedPolicy),
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (MalformedPolicyDocument),
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (MalformedPolicyDocumentException)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.s3.utils import bucket_policy_is_public

from service.sandbox.call import Call, Denial
from service.sandbox.policy_text import unknown_principal
from service.sandbox.refusals.buckets import bucket_of


def bad_bucket_policy(call: Call) -> Denial | None:
    """JSON, about this bucket only, with principals that exist; not public where that is blocked."""
    bucket, text = str(call.params["Bucket"]), _text(call.params.get("Policy"))
    statements = _statements(text)
    if statements is None:
        return _malformed("Policies must be valid JSON and the first byte must be '{'")
    for statement in statements:
        if not ("Principal" in statement or "NotPrincipal" in statement):
            return _malformed("Missing required field Principal")
        if not all(_about(bucket, resource) for resource in _listed(statement.get("Resource", []))):
            return _malformed("Policy has invalid resource")
    if unknown_principal(text):
        return _malformed("Invalid principal in policy")
    return _blocked_public_policy(bucket, text)


def bad_trust_policy(call: Call) -> Denial | None:
    """CreateRole and UpdateAssumeRolePolicy: JSON, principals that exist."""
    text = _text(call.params.get("AssumeRolePolicyDocument") or call.params.get("PolicyDocument"))
    if _statements(text) is None:
        return Denial("MalformedPolicyDocument", "This policy contains invalid Json", 400)
    unknown = unknown_principal(text)
    if unknown is None:
        return None
    return Denial("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{unknown}"', 400)


def bad_key_policy(call: Call) -> Denial | None:
    """CreateKey without a policy takes the default; a policy given is JSON with principals that exist."""
    if "Policy" not in call.params:
        return None
    return _unless_sound(
        _text(call.params["Policy"]),
        "MalformedPolicyDocumentException",
        "The new key policy is malformed or invalid.",
    )


def bad_queue_policy(call: Call) -> Denial | None:
    """An empty policy removes the one there is."""
    text = (call.params.get("Attributes") or {}).get("Policy")
    if not text:
        return None
    return _unless_sound(text, "InvalidAttributeValue", "Invalid value for the parameter Policy.")


def bad_topic_policy(call: Call) -> Denial | None:
    """SetTopicAttributes with `Policy`, and CreateTopic with one among its attributes."""
    attributes = call.params.get("Attributes") or {}
    text = attributes.get("Policy")
    if call.params.get("AttributeName") == "Policy":
        text = call.params.get("AttributeValue")
    if not text:
        return None
    return _unless_sound(
        text, "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound or not JSON"
    )


def _blocked_public_policy(bucket_name: str, text: str) -> Denial | None:
    bucket = bucket_of(bucket_name)
    block = bucket.public_access_block if bucket else None
    if block is not None and block.block_public_policy and bucket_policy_is_public(text):
        message = f"{bucket_name}: BlockPublicPolicy of S3 Block Public Access prevents public policies."
        return Denial("AccessDenied", message)
    return None


def _unless_sound(text: str, code: str, message: str) -> Denial | None:
    sound = _statements(text) is not None and unknown_principal(text) is None
    return None if sound else Denial(code, message, 400)


def _statements(text: str) -> list[dict[str, Any]] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    statements = _listed(document.get("Statement", [])) if isinstance(document, dict) else []
    return statements if statements and all(isinstance(each, dict) for each in statements) else None


def _about(bucket: str, resource: str) -> bool:
    arn = f"arn:aws:s3:::{bucket}"
    return resource == arn or resource.startswith((f"{arn}/", f"{arn}*"))


def _malformed(message: str) -> Denial:
    return Denial("MalformedPolicy", message, 400)


def _text(value: str | bytes | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value or ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


Check = Callable[[Call], Denial | None]

REFUSALS: list[tuple[tuple[str, str], Check]] = [
    (("s3", "PutBucketPolicy"), bad_bucket_policy),
    (("iam", "CreateRole"), bad_trust_policy),
    (("iam", "UpdateAssumeRolePolicy"), bad_trust_policy),
    (("kms", "CreateKey"), bad_key_policy),
    (("kms", "PutKeyPolicy"), bad_key_policy),
    (("sqs", "CreateQueue"), bad_queue_policy),
    (("sqs", "SetQueueAttributes"), bad_queue_policy),
    (("sns", "CreateTopic"), bad_topic_policy),
    (("sns", "SetTopicAttributes"), bad_topic_policy),
]
