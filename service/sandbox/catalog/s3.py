"""S3 buckets and the settings of a bucket that are resources of their own.

Every `Put…` of a setting overwrites what was there, as on AWS. Property names, defaults and what replaces: the
documentation page each class names, and the S3 API reference of the calls it makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.resource import Naming, Resource, present, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Unknown,
    Values,
    block,
    choice,
    flag,
    json_text,
    list_of,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

BUCKET = text(r"(?!xn--|sthree-)[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]", required=True, replaces=True)
"""Bucket names, from "General purpose bucket naming rules" of the S3 user guide."""
OWNER = text(r"\d{12}", replaces=True)
SEEN_WITHIN = 60.0
"""Seconds a new bucket may take to be visible."""


class Bucket(Resource):
    """aws.s3.Bucket, without the deprecated settings that are resources of their own. Import by bucket name."""

    token, title = "aws:s3/bucket:Bucket", "S3 Bucket"
    naming = Naming("bucket", "bucketPrefix", 63, lower=True)
    # A bucket name is taken all over the world: the old one has to go first. The real provider leaves it to the program.
    inputs = {
        "bucket": text(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]", replaces=True),
        "bucketPrefix": text(r"[a-z0-9][a-z0-9.\-]*", replaces=True, longest=37),
        "forceDestroy": flag(default=False, local=True),
        "objectLockEnabled": flag(computed=True, replaces=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion", "requestPayer")

    def create(self, aws: Aws, inputs: Values) -> str:
        # us-east-1 is the one region that must not be named (CreateBucket, LocationConstraint).
        elsewhere = {"LocationConstraint": aws.region} if aws.region != "us-east-1" else None
        lock = inputs.get("objectLockEnabled") or None
        name = str(inputs["bucket"])
        aws.call(
            "s3",
            "CreateBucket",
            Bucket=name,
            CreateBucketConfiguration=elsewhere,
            ObjectLockEnabledForBucket=lock,
        )
        return name

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        aws.wait(f"S3 Bucket ({id}) create", lambda: _head(aws, id) is not None, SEEN_WITHIN)
        if inputs.get("tags"):
            aws.call("s3", "PutBucketTagging", Bucket=id, Tagging={"TagSet": tag_list(inputs["tags"])})

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        head = _head(aws, id)
        if head is None:
            return None
        tags = aws.find("s3", "GetBucketTagging", "NoSuchTagSet", Bucket=id) or {}
        lock = (
            aws.find("s3", "GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", Bucket=id)
            or {}
        )
        region = head.get("BucketRegion") or aws.region
        return {
            "bucket": id,
            "arn": f"arn:aws:s3:::{id}",
            "bucketDomainName": f"{id}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{id}.s3.{region}.amazonaws.com",
            "bucketRegion": region,
            "objectLockEnabled": lock.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled")
            == "Enabled",
            "requestPayer": aws.call("s3", "GetBucketRequestPayment", Bucket=id).get("Payer", "BucketOwner"),
            "tags": tag_map(tags.get("TagSet")),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if new.get("tags"):
            aws.call("s3", "PutBucketTagging", Bucket=id, Tagging={"TagSet": tag_list(new["tags"])})
        else:
            aws.call("s3", "DeleteBucketTagging", Bucket=id)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if known.get("forceDestroy"):
            _empty(aws, id)
        aws.find("s3", "DeleteBucket", "NoSuchBucket", Bucket=id)


def _head(aws: Aws, name: str) -> dict[str, Any] | None:
    return aws.find("s3", "HeadBucket", "404", "NoSuchBucket", Bucket=name)


def _empty(aws: Aws, name: str) -> None:
    """Delete every object version and delete marker (`forceDestroy`)."""
    while page := aws.find("s3", "ListObjectVersions", "NoSuchBucket", Bucket=name):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in found]
        answer = aws.call("s3", "DeleteObjects", Bucket=name, Delete={"Objects": objects, "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise ProviderError(
                f"emptying S3 Bucket ({name}): api error {first['Code']}: {first.get('Message', '')}"
            )


class BucketSetting(Resource):
    """A setting of a bucket: its id is the bucket's name, with `,owner` where the owner is checked."""

    read_operation: str
    missing: tuple[str, ...]
    delete_operation: str

    def identifier(self, inputs: Values) -> str:
        """The id of a setting."""
        owner = inputs.get("expectedBucketOwner")
        return f"{inputs['bucket']},{owner}" if owner else str(inputs["bucket"])

    def target(self, id: str) -> dict[str, str]:
        """The bucket as the API's parameters."""
        bucket, _, owner = id.partition(",")
        return {"Bucket": bucket, "ExpectedBucketOwner": owner} if owner else {"Bucket": bucket}

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        """Write the setting."""
        raise NotImplementedError

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        """The answer of the reading call in the form of the inputs."""
        raise NotImplementedError

    def create(self, aws: Aws, inputs: Values) -> str:
        id = self.identifier(inputs)

        def put() -> dict[str, Any]:
            self.put(aws, self.target(id), inputs)
            return {}

        # A bucket made a moment ago may not be visible to the next call yet.
        aws.retrying(put, lambda error: error.code == "NoSuchBucket")
        return id

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        target = self.target(id)
        answer = aws.find("s3", self.read_operation, "NoSuchBucket", *self.missing, **target)
        live = None if answer is None else self.shown(answer, known)
        if live is None:
            return None
        owner = (
            {"expectedBucketOwner": target["ExpectedBucketOwner"]} if "ExpectedBucketOwner" in target else {}
        )
        return {"bucket": target["Bucket"], **owner, **live}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self.put(aws, self.target(id), new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("s3", self.delete_operation, "NoSuchBucket", *self.missing, **self.target(id))


class BucketVersioning(BucketSetting):
    """aws.s3.BucketVersioning. Import by `bucket` or `bucket,owner`. Deleting suspends, for versioning cannot be unset."""

    token, title = "aws:s3/bucketVersioning:BucketVersioning", "S3 Bucket Versioning"
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
        for index, rule in enumerate(inputs.get("rules") or []):
            default = (
                {} if isinstance(rule, Unknown) else rule.get("applyServerSideEncryptionByDefault") or {}
            )
            if (
                isinstance(default, dict)
                and default.get("kmsMasterKeyId")
                and default.get("sseAlgorithm") == "AES256"
            ):
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
    Bucket(),
    BucketVersioning(),
    BucketOwnershipControls(),
    BucketPublicAccessBlock(),
    BucketEncryption(),
    BucketPolicy(),
)
