"""The Object Lock configuration of a bucket. Calls: the S3 API reference (PutObjectLockConfiguration)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.bucket_setting import BUCKET, OWNER, BucketSetting
from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Resource, present
from service.sandbox.catalog.schema import REGION, Values, block, choice, known_block, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class BucketLock(BucketSetting):
    """aws.s3.BucketObjectLockConfiguration. Import by `bucket` or `bucket,owner`.

    Deleting takes the default retention away; that the bucket locks objects cannot be taken back.
    """

    token = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"  # noqa: S105 - a type's name
    title = "S3 Bucket Object Lock Configuration"
    documented = "s3_bucket_object_lock_configuration"
    read_operation, missing = "GetObjectLockConfiguration", ("ObjectLockConfigurationNotFoundError",)
    inputs = {
        "bucket": BUCKET,
        "expectedBucketOwner": OWNER,
        "objectLockEnabled": choice("Enabled", default="Enabled", replaces=True),
        "region": REGION,
        "rule": block(
            {
                "defaultRetention": block(
                    {"mode": choice("COMPLIANCE", "GOVERNANCE"), "days": number(1), "years": number(1)},
                    required=True,
                )
            }
        ),
        "token": text(local=True),
    }

    def rules(self, inputs: Values) -> Iterator[Failure]:
        default = known_block(known_block(inputs.get("rule")).get("defaultRetention"))
        if "days" in default and "years" in default:
            yield Failure("rule.defaultRetention", "only one of these can be set: days, years")

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        rule = inputs.get("rule")
        setting = present(
            ObjectLockEnabled=inputs["objectLockEnabled"],
            Rule=rule and {"DefaultRetention": _retention(rule["defaultRetention"])},
        )
        aws.call(
            "s3",
            "PutObjectLockConfiguration",
            **target,
            Token=inputs.get("token"),
            ObjectLockConfiguration=setting,
        )

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        setting = answer["ObjectLockConfiguration"]
        default = (setting.get("Rule") or {}).get("DefaultRetention")
        shown = default and present(
            mode=default.get("Mode"), days=default.get("Days"), years=default.get("Years")
        )
        return present(
            objectLockEnabled=setting["ObjectLockEnabled"], rule=shown and {"defaultRetention": shown}
        )

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        setting = {"ObjectLockEnabled": "Enabled"}
        missing = ("NoSuchBucket", *self.missing)
        aws.find(
            "s3", "PutObjectLockConfiguration", *missing, **self.target(id), ObjectLockConfiguration=setting
        )


def _retention(default: Values) -> dict[str, Any]:
    return present(Mode=default.get("mode"), Days=default.get("days"), Years=default.get("years"))


RESOURCES: tuple[Resource, ...] = (BucketLock(),)
