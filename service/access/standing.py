"""What follows from who asks, whatever the policies say.

Condition keys: IAM User Guide, "AWS global condition context keys"; `kms:CallerAccount` is there for calls to KMS alone
("Condition keys for AWS KMS", KMS Developer Guide).
"""

from __future__ import annotations

from service.access.request import Caller, CallerKind

_TYPES: dict[CallerKind, str] = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


_OWNER_KEEPS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def owner_keeps(caller: Caller, action: str, owner: str) -> bool:
    """Whether the action is one that no bucket policy can take from the root of the bucket's account `owner`, so that nobody
    locks everybody out (PutBucketPolicy, S3 API reference)."""
    return caller.kind == "root" and caller.account == owner and action in _OWNER_KEEPS


def keys_of(caller: Caller, action: str) -> dict[str, str]:
    """The keys that AWS itself fills in from the caller's credentials. For whom a service acts is not among them."""
    if caller.kind == "service":
        names = sorted(caller.services)
        return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": names[0] if names else ""}
    known = {"aws:PrincipalIsAWSService": "false", "aws:PrincipalType": _TYPES[caller.kind]}
    if caller.account:
        known["aws:PrincipalArn"] = caller.principal_arn
        known["aws:PrincipalAccount"] = caller.account
        if action.startswith("kms:"):
            known["kms:CallerAccount"] = caller.account
    if caller.kind == "user":
        known["aws:username"] = caller.arn.rpartition("/")[2]
    return known
