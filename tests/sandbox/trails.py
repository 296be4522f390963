"""A trail of production that writes to a bucket of the log account with its key, made by hand through boto3."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

CLOUDTRAIL = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}


@dataclass(frozen=True)
class Trail:
    """Names that follow from one name; `running_trail` makes what they stand for."""

    sandbox: Sandbox
    name: str
    key: str = ""

    @property
    def bucket(self) -> str:
        return f"{self.name}-store"

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/{self.name}"

    def client(self, service: str, account: str = PRODUCTION, region: str = REGION) -> Any:
        return self.sandbox.client(service, account, region)

    def let_in(self, arn: str | None = None) -> None:
        """The bucket's policy, for this trail or another one."""
        source = {"aws:SourceArn": arn or self.arn}
        objects = f"arn:aws:s3:::{self.bucket}/logs/AWSLogs/{PRODUCTION}/*"
        statements: list[dict[str, Any]] = [
            {
                "Action": "s3:GetBucketAcl",
                "Resource": f"arn:aws:s3:::{self.bucket}",
                "Condition": {"StringEquals": source},
            },
            {
                "Action": "s3:PutObject",
                "Resource": objects,
                "Condition": {"StringEquals": source | {"s3:x-amz-acl": "bucket-owner-full-control"}},
            },
        ]
        text = policy(*(CLOUDTRAIL | statement for statement in statements))
        self.client("s3", LOG).put_bucket_policy(Bucket=self.bucket, Policy=text)

    def make_store(self) -> Trail:
        """Bucket, policy and key; answers the trail with its key."""
        location = {"LocationConstraint": REGION}
        self.client("s3", LOG).create_bucket(Bucket=self.bucket, CreateBucketConfiguration=location)
        self.let_in()
        made = self.client("kms", LOG).create_key(Policy=key_policy(self.arn))["KeyMetadata"]
        return Trail(self.sandbox, self.name, made["Arn"])

    def settings(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "S3BucketName": self.bucket,
            "S3KeyPrefix": "logs",
            "IsMultiRegionTrail": True,
            "EnableLogFileValidation": True,
            "KmsKeyId": self.key,
        }

    def objects(self, kind: str = "CloudTrail") -> list[str]:
        found = self.client("s3", LOG).list_objects_v2(
            Bucket=self.bucket, Prefix=f"logs/AWSLogs/{PRODUCTION}/{kind}/"
        )
        return [entry["Key"] for entry in found.get("Contents", ())]

    def read(self, key: str) -> dict[str, Any]:
        body = self.client("s3", LOG).get_object(Bucket=self.bucket, Key=key)["Body"].read()
        document: dict[str, Any] = json.loads(gzip.decompress(body))
        return document

    def records(self, *names: str) -> list[dict[str, Any]]:
        """Every record that was delivered, of these event names."""
        found = [record for key in self.objects() for record in self.read(key)["Records"]]
        return [record for record in found if record["eventName"] in names]

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.client("cloudtrail").get_trail_status(Name=self.name)
        return status


def key_policy(trail_arn: str) -> str:
    """The log account administers the key; CloudTrail encrypts with it for one trail."""
    context = {"aws:SourceArn": trail_arn, "kms:EncryptionContext:aws:cloudtrail:arn": trail_arn}
    account: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": LOG},
        "Action": "kms:*",
        "Resource": "*",
    }
    encrypt = {"Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {"StringEquals": context}}
    describe = {"Action": "kms:DescribeKey", "Resource": "*"}
    return policy(account, CLOUDTRAIL | encrypt, CLOUDTRAIL | describe)


@contextmanager
def running_trail(sandbox: Sandbox, name: str, **selectors: Any) -> Iterator[Trail]:
    """A trail that logs, for the length of a block: a region has room for five."""
    trail = Trail(sandbox, name).make_store()
    cloudtrail = trail.client("cloudtrail")
    cloudtrail.create_trail(**trail.settings())
    if selectors:
        cloudtrail.put_event_selectors(TrailName=name, **selectors)
    cloudtrail.start_logging(Name=name)
    try:
        yield trail
    finally:
        cloudtrail.delete_trail(Name=name)
