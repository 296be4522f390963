"""The settings of a bucket that are resources of their own, but for its lists of rules.

Every `Put…` of a setting overwrites what was there, as on AWS. Property names, defaults and what replaces: the
documentation page each class names; calls: the S3 API reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.bucket_setting import BUCKET, OWNER, BucketSetting
from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Resource, present
from service.sandbox.catalog.schema import (
    REGION,
    Values,
    block,
    choice,
    flag,
    json_text,
    known_block,
    known_list,
    list_of,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class BucketVersioning(BucketSetting):
    """aws.s3.BucketVersioning. Import by `bucket` or `bucket,owner`. Deleting suspends, for versioning cannot be unset."""

    token, title = "aws:s3/bucketVersioning:BucketVersioning", "S3 Bucket Versioning"
    documented = "s3_bucket_versioning"
    read_operation, missing = "GetBucketVersioning", ()
    inputs = {
        "bucket": BUCKET,
        "expectedBucketOwner": OWNER,
        "mfa": text(local=True),
        "region": REGION,
        "versioningConfiguration": block(
            {
                "status": choice("Enabled", "Suspended", "Disabled", required=True),
                "mfaDelete": choice("Enabled", "Disabled", computed=True),
            },
            required=True,
        ),
    }

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        wanted = inputs["versioningConfiguration"]
        if wanted["status"] == "Disabled":
            # What a bucket is that has never been versioned: there is nothing to write.
            return
        setting = present(Status=wanted["status"], MFADelete=wanted.get("mfaDelete"))
        aws.call(
            "s3", "PutBucketVersioning", **target, MFA=inputs.get("mfa"), VersioningConfiguration=setting
        )

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        disabled = known.get("versioningConfiguration", {}).get("status") == "Disabled"
        status = answer.get("Status") or ("Disabled" if disabled else None)
        if status is None:
            return None
        return {"versioningConfiguration": present(status=status, mfaDelete=answer.get("MFADelete"))}

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if known.get("versioningConfiguration", {}).get("status") != "Enabled":
            return
        setting = {"Status": "Suspended"}
        aws.find(
            "s3", "PutBucketVersioning", "NoSuchBucket", **self.target(id), VersioningConfiguration=setting
        )


class BucketOwnershipControls(BucketSetting):
    """aws.s3.BucketOwnershipControls. Import by bucket name."""

    token, title = "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "S3 Bucket Ownership Controls"
    documented = "s3_bucket_ownership_controls"
    read_operation, delete_operation = "GetBucketOwnershipControls", "DeleteBucketOwnershipControls"
    missing = ("OwnershipControlsNotFoundError",)
    inputs = {
        "bucket": BUCKET,
        "region": REGION,
        "rule": block(
            {
                "objectOwnership": choice(
                    "BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced", required=True
                )
            },
            required=True,
        ),
    }

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        rules = [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]
        aws.call("s3", "PutBucketOwnershipControls", **target, OwnershipControls={"Rules": rules})

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        return {"rule": {"objectOwnership": answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]}}


class BucketPublicAccessBlock(BucketSetting):
    """aws.s3.BucketPublicAccessBlock. Import by bucket name."""

    token, title = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "S3 Bucket Public Access Block"
    documented = "s3_bucket_public_access_block"
    read_operation, delete_operation = "GetPublicAccessBlock", "DeletePublicAccessBlock"
    missing = ("NoSuchPublicAccessBlockConfiguration",)
    FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    inputs = {
        "bucket": BUCKET,
        "region": REGION,
        "skipDestroy": flag(local=True),
        **{name: flag(default=False) for name in FLAGS},
    }

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        setting = {name[0].upper() + name[1:]: bool(inputs.get(name)) for name in self.FLAGS}
        aws.call("s3", "PutPublicAccessBlock", **target, PublicAccessBlockConfiguration=setting)

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        setting = answer["PublicAccessBlockConfiguration"]
        return {name: bool(setting.get(name[0].upper() + name[1:])) for name in self.FLAGS}

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if not known.get("skipDestroy"):
            super().delete(aws, id, known)


class BucketEncryption(BucketSetting):
    """aws.s3.BucketServerSideEncryptionConfiguration. Import by `bucket` or `bucket,owner`."""

    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"  # noqa: S105 - a type's name
    title = "S3 Bucket Server-side Encryption Configuration"
    documented = "s3_bucket_server_side_encryption_configuration"
    read_operation, delete_operation = "GetBucketEncryption", "DeleteBucketEncryption"
    missing = ("ServerSideEncryptionConfigurationNotFoundError",)
    inputs = {
        "bucket": BUCKET,
        "expectedBucketOwner": OWNER,
        "region": REGION,
        "rules": set_of(
            block(
                {
                    "applyServerSideEncryptionByDefault": block(
                        {
                            "sseAlgorithm": choice("AES256", "aws:kms", "aws:kms:dsse", required=True),
                            "kmsMasterKeyId": text(),
                        }
                    ),
                    "blockedEncryptionTypes": list_of(choice("SSE-C", "NONE"), computed=True),
                    "bucketKeyEnabled": flag(),
                }
            ),
            required=True,
            shortest=1,
            longest=1,
        ),
    }

    def rules(self, inputs: Values) -> Iterator[Failure]:
        for index, rule in enumerate(known_list(inputs.get("rules"))):
            default = known_block(known_block(rule).get("applyServerSideEncryptionByDefault"))
            if default.get("kmsMasterKeyId") and default.get("sseAlgorithm") == "AES256":
                path = f"rules[{index}].applyServerSideEncryptionByDefault.kmsMasterKeyId"
                yield Failure(path, "can only be set when sseAlgorithm is aws:kms or aws:kms:dsse")

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        setting = {"Rules": [_encryption_rule(rule) for rule in inputs["rules"]]}
        aws.call("s3", "PutBucketEncryption", **target, ServerSideEncryptionConfiguration=setting)

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        return {
            "rules": [
                _encryption_shown(rule) for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]
            ]
        }


def _encryption_rule(rule: Values) -> dict[str, Any]:
    default = rule.get("applyServerSideEncryptionByDefault")
    algorithm = default and present(
        SSEAlgorithm=default["sseAlgorithm"], KMSMasterKeyID=default.get("kmsMasterKeyId") or None
    )
    blocked = (
        {"EncryptionType": rule["blockedEncryptionTypes"]} if rule.get("blockedEncryptionTypes") else None
    )
    return present(
        ApplyServerSideEncryptionByDefault=algorithm,
        BucketKeyEnabled=rule.get("bucketKeyEnabled"),
        BlockedEncryptionTypes=blocked,
    )


def _encryption_shown(rule: dict[str, Any]) -> Values:
    default = rule.get("ApplyServerSideEncryptionByDefault")
    shown = default and present(
        sseAlgorithm=default["SSEAlgorithm"], kmsMasterKeyId=default.get("KMSMasterKeyID")
    )
    return present(
        applyServerSideEncryptionByDefault=shown,
        bucketKeyEnabled=rule.get("BucketKeyEnabled"),
        blockedEncryptionTypes=(rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType"),
    )


class BucketPolicy(BucketSetting):
    """aws.s3.BucketPolicy. Import by bucket name."""

    token, title = "aws:s3/bucketPolicy:BucketPolicy", "S3 Bucket Policy"
    documented = "s3_bucket_policy"
    read_operation, delete_operation = "GetBucketPolicy", "DeleteBucketPolicy"
    missing = ("NoSuchBucketPolicy",)
    # 20 KB is S3's limit ("Bucket policies", S3 user guide).
    inputs = {"bucket": BUCKET, "policy": json_text(required=True, longest=20 * 1024), "region": REGION}

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        def put() -> dict[str, Any]:
            return aws.call("s3", "PutBucketPolicy", **target, Policy=inputs["policy"])

        aws.retrying(put, _principal_is_new)

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        return {"policy": answer["Policy"]}


def _principal_is_new(error: AwsError) -> bool:
    """A role made a moment ago is "Invalid principal in policy" until it has spread."""
    return error.code == "MalformedPolicy" and "Invalid principal" in error.message


RESOURCES: tuple[Resource, ...] = (
    BucketVersioning(),
    BucketOwnershipControls(),
    BucketPublicAccessBlock(),
    BucketEncryption(),
    BucketPolicy(),
)
