"""A recorder of the production account that delivers into a bucket of the log account, made by hand through boto3."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.aws import policy
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

SERVICE = "config.amazonaws.com"
LINKED_ROLE = f"arn:aws:iam::{PRODUCTION}:role/aws-service-role/{SERVICE}/AWSServiceRoleForConfig"
FOR_PRODUCTION = {"StringEquals": {"AWS:SourceAccount": PRODUCTION}}
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@dataclass
class Recorder:
    """Names follow from one name. A recorder is the only one of its account and region: a sandbox takes one of these."""

    sandbox: Sandbox
    bucket: str
    prefix: str = "logs"
    channel: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, account: str = PRODUCTION) -> Any:
        return self.sandbox.client(service, account)

    @property
    def config(self) -> Any:
        return self.client("config")

    @property
    def root(self) -> str:
        return f"{self.prefix}/AWSLogs/{PRODUCTION}/Config"

    def make_bucket(self, **more: Any) -> None:
        s3 = self.client("s3", LOG)
        s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}, **more)

    def let_in(self, **condition: Any) -> None:
        """The bucket policy of the AWS Config guide, for production unless another condition is given."""
        grant = {
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{self.bucket}/{self.root}/*",
            "Condition": condition or FOR_PRODUCTION,
        }
        self.client("s3", LOG).put_bucket_policy(Bucket=self.bucket, Policy=policy(grant))

    def make_role(self) -> None:
        self.client("iam").create_service_linked_role(AWSServiceName=SERVICE)

    def put(self, role: str = LINKED_ROLE, **recorder: Any) -> None:
        """The recorder, of buckets alone unless told otherwise."""
        given = {"recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]}, **recorder}
        self.config.put_configuration_recorder(
            ConfigurationRecorder={"name": "default", "roleARN": role, **given}
        )

    def put_channel(self, **channel: Any) -> None:
        given = {"name": "default", "s3BucketName": self.bucket, "s3KeyPrefix": self.prefix, **channel}
        self.config.put_delivery_channel(DeliveryChannel=given)

    def start(self) -> None:
        self.config.start_configuration_recorder(ConfigurationRecorderName="default")

    def build(self) -> Recorder:
        """Everything, recording."""
        self.make_bucket()
        self.let_in()
        self.make_role()
        self.put()
        self.put_channel()
        self.start()
        self.sandbox.flush()
        return self

    def keys(self, kind: str = "") -> list[str]:
        """Keys of the objects of a kind (ConfigHistory, ConfigSnapshot), oldest first."""
        listed = self.client("s3", LOG).list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [entry["Key"] for entry in listed if kind in entry["Key"]]

    def read(self, key: str) -> dict[str, Any]:
        body = self.client("s3", LOG).get_object(Bucket=self.bucket, Key=key)["Body"].read()
        content: dict[str, Any] = json.loads(gzip.decompress(body))
        return content

    def told(self) -> list[tuple[str, str]]:
        """Resource and status of every item of every history object."""
        items = [item for key in self.keys("ConfigHistory") for item in self.read(key)["configurationItems"]]
        return [(item["resourceId"], item["configurationItemStatus"]) for item in items]

    def status(self) -> dict[str, Any]:
        [status] = self.config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
        found: dict[str, Any] = status
        return found
