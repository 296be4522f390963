"""KMS keys and aliases. Calls and limits: the KMS API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import REGION, TAGS, Values, choice, flag, json_text, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "NotFoundException"
_SPECS = (
    "SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512",
    "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2",
)  # fmt: skip
_DEFAULT_DELETION_DAYS = 30


class Key(Resource):
    """aws.kms.Key. Import by key id. Every creation makes another key; deletion is scheduled, never at once."""

    token, title = "aws:kms/key:Key", "KMS Key"
    documented = "kms_key"
    inputs = {
        "description": text(computed=True, longest=8192),
        "policy": json_text(computed=True, longest=32768),
        "keyUsage": choice(
            "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", default="ENCRYPT_DECRYPT", replaces=True
        ),
        "customerMasterKeySpec": choice(*_SPECS, default="SYMMETRIC_DEFAULT", replaces=True),
        "multiRegion": flag(computed=True, replaces=True),
        "bypassPolicyLockoutSafetyCheck": flag(default=False, local=True),
        "deletionWindowInDays": number(7, 30, local=True),
        "enableKeyRotation": flag(default=False),
        "rotationPeriodInDays": number(90, 2560, computed=True),
        "isEnabled": flag(default=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "keyId")

    def create(self, aws: Aws, inputs: Values) -> str:
        def make() -> dict[str, Any]:
            return aws.call(
                "kms",
                "CreateKey",
                Description=inputs.get("description"),
                Policy=inputs.get("policy"),
                KeyUsage=inputs["keyUsage"],
                KeySpec=inputs["customerMasterKeySpec"],
                MultiRegion=inputs.get("multiRegion"),
                BypassPolicyLockoutSafetyCheck=inputs.get("bypassPolicyLockoutSafetyCheck") or None,
                Tags=tag_list(inputs.get("tags"), "TagKey", "TagValue"),
            )

        return str(aws.retrying(make, _principal_is_new)["KeyMetadata"]["KeyId"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        if inputs.get("enableKeyRotation"):
            _rotate(aws, id, inputs)
        if not inputs.get("isEnabled", True):
            aws.call("kms", "DisableKey", KeyId=id)

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("kms", "DescribeKey", _GONE, KeyId=id)
        if found is None or found["KeyMetadata"]["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
            return None
        key = found["KeyMetadata"]
        rotation = aws.call("kms", "GetKeyRotationStatus", KeyId=id)
        tags = aws.pages("kms", "ListResourceTags", "Tags", ("Marker", "NextMarker"), KeyId=id)
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key.get("Description", ""),
            "policy": aws.call("kms", "GetKeyPolicy", KeyId=id, PolicyName="default")["Policy"],
            # moto leaves out what CreateKey was not told; AWS says its defaults.
            "keyUsage": key.get("KeyUsage") or "ENCRYPT_DECRYPT",
            "customerMasterKeySpec": key.get("KeySpec") or "SYMMETRIC_DEFAULT",
            "multiRegion": bool(key.get("MultiRegion")),
            "enableKeyRotation": bool(rotation.get("KeyRotationEnabled")),
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
            "isEnabled": bool(key["Enabled"]),
            "tags": tag_map(tags, "TagKey", "TagValue"),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        # A disabled key takes no other change, so it is enabled first and disabled last.
        if "isEnabled" in changed and new["isEnabled"]:
            aws.call("kms", "EnableKey", KeyId=id)
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            _rotate(aws, id, new)
        if "description" in changed:
            aws.call("kms", "UpdateKeyDescription", KeyId=id, Description=new.get("description", ""))
        if "policy" in changed:
            _put_policy(aws, id, new)
        if "tags" in changed:
            _retag(aws, id, old, new)
        if "isEnabled" in changed and not new["isEnabled"]:
            aws.call("kms", "DisableKey", KeyId=id)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        days = known.get("deletionWindowInDays") or _DEFAULT_DELETION_DAYS
        # KMSInvalidStateException: the key waits for its deletion already.
        aws.find(
            "kms",
            "ScheduleKeyDeletion",
            _GONE,
            "KMSInvalidStateException",
            KeyId=id,
            PendingWindowInDays=days,
        )


def _rotate(aws: Aws, id: str, inputs: Values) -> None:
    if inputs.get("enableKeyRotation"):
        aws.call(
            "kms", "EnableKeyRotation", KeyId=id, RotationPeriodInDays=inputs.get("rotationPeriodInDays")
        )
    else:
        aws.call("kms", "DisableKeyRotation", KeyId=id)


def _put_policy(aws: Aws, id: str, inputs: Values) -> None:
    bypass = inputs.get("bypassPolicyLockoutSafetyCheck") or None

    def put() -> dict[str, Any]:
        return aws.call(
            "kms",
            "PutKeyPolicy",
            KeyId=id,
            PolicyName="default",
            Policy=inputs["policy"],
            BypassPolicyLockoutSafetyCheck=bypass,
        )

    aws.retrying(put, _principal_is_new)


def _retag(aws: Aws, id: str, old: Values, new: Values) -> None:
    gone, written = tag_changes(old, new)
    if gone:
        aws.call("kms", "UntagResource", KeyId=id, TagKeys=gone)
    if written:
        aws.call("kms", "TagResource", KeyId=id, Tags=tag_list(written, "TagKey", "TagValue"))


def _principal_is_new(error: AwsError) -> bool:
    """A role made a moment ago is an unknown principal until it has spread."""
    return error.code == "MalformedPolicyDocumentException" and "principal" in error.message.lower()


def _key_id(key: str) -> str:
    return key.rpartition("/")[2]


class Alias(Resource):
    """aws.kms.Alias. Import by alias name (`alias/…`)."""

    token, title = "aws:kms/alias:Alias", "KMS Alias"
    documented = "kms_alias"
    naming = Naming("name", "namePrefix", 256, lead="alias/")
    inputs = {
        # `alias/aws/` belongs to AWS (CreateAlias).
        "name": text(r"alias/(?!aws/)[a-zA-Z0-9:/_-]+", longest=256, replaces=True),
        "namePrefix": text(r"alias/(?!aws/)[a-zA-Z0-9:/_-]*", replaces=True),
        # The key's id and its ARN are the same target.
        "targetKeyId": text(required=True, alike=_key_id),
        "region": REGION,
    }
    computed = ("arn", "targetKeyArn")

    def create(self, aws: Aws, inputs: Values) -> str:
        def make() -> dict[str, Any]:
            return aws.call("kms", "CreateAlias", AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])

        # A key made a moment ago may not be visible yet.
        aws.retrying(make, lambda error: error.code == _GONE)
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        aliases = aws.pages("kms", "ListAliases", "Aliases", ("Marker", "NextMarker"))
        alias = next((alias for alias in aliases if alias["AliasName"] == id), None)
        if alias is None:
            return None
        target = alias.get("TargetKeyId", "")
        key_arn = f"{alias['AliasArn'].rpartition(':')[0]}:key/{target}"
        return {"name": id, "arn": alias["AliasArn"], "targetKeyId": target, "targetKeyArn": key_arn}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        aws.call("kms", "UpdateAlias", AliasName=id, TargetKeyId=new["targetKeyId"])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("kms", "DeleteAlias", _GONE, AliasName=id)


RESOURCES: tuple[Resource, ...] = (Key(), Alias())
