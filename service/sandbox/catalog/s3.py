"""S3 buckets themselves. Property names, defaults and what replaces: the documentation page; calls: the S3 API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.errors import ProviderError
from service.sandbox.catalog.resource import Naming, Resource, tag_list, tag_map
from service.sandbox.catalog.schema import REGION, TAGS, Values, flag, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

SEEN_WITHIN = 60.0
"""Seconds a new bucket may take to be visible."""


class Bucket(Resource):
    """aws.s3.Bucket, without the deprecated settings that are resources of their own. Import by bucket name."""

    token, title = "aws:s3/bucket:Bucket", "S3 Bucket"
    documented = "s3_bucket"
    naming = Naming("bucket", "bucketPrefix", 63, lower=True)
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
    return aws.find("s3", "HeadBucket", "NotFound", "NoSuchBucket", Bucket=name)


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


RESOURCES: tuple[Resource, ...] = (Bucket(),)
