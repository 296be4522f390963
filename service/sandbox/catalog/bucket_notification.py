"""Notifications of a bucket. Calls: the S3 API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.bucket_setting import BUCKET, BucketSetting
from service.sandbox.catalog.resource import Resource, present
from service.sandbox.catalog.schema import REGION, Values, block, flag, set_of, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class BucketNotification(BucketSetting):
    """aws.s3.BucketNotification: all notifications of a bucket. Import by bucket name. Deleting writes an empty configuration."""

    token, title = "aws:s3/bucketNotification:BucketNotification", "S3 Bucket Notification"
    documented = "s3_bucket_notification"
    read_operation, missing = "GetBucketNotificationConfiguration", ()
    TARGETS = (
        ("queues", "queueArn", "QueueConfigurations", "QueueArn"),
        ("topics", "topicArn", "TopicConfigurations", "TopicArn"),
        ("lambdaFunctions", "lambdaFunctionArn", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    )
    inputs = {
        "bucket": BUCKET,
        "eventbridge": flag(default=False),
        "region": REGION,
        **{
            name: set_of(
                block(
                    {
                        "id": text(computed=True),
                        "events": set_of(text(r"s3:.+"), required=True, shortest=1),
                        arn: text(r"arn:.+", required=True),
                        "filterPrefix": text(),
                        "filterSuffix": text(),
                    }
                )
            )
            for name, arn, _, _ in TARGETS
        },
    }

    def put(self, aws: Aws, target: dict[str, str], inputs: Values) -> None:
        setting: dict[str, Any] = {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
        for name, arn, wire_name, wire_arn in self.TARGETS:
            if inputs.get(name):
                setting[wire_name] = [_notification(entry, arn, wire_arn) for entry in inputs[name]]
        aws.call("s3", "PutBucketNotificationConfiguration", **target, NotificationConfiguration=setting)

    def shown(self, answer: dict[str, Any], known: Values) -> Values | None:
        live: Values = {"eventbridge": "EventBridgeConfiguration" in answer}
        for name, arn, wire_name, wire_arn in self.TARGETS:
            live[name] = [_notification_shown(entry, arn, wire_arn) for entry in answer.get(wire_name, [])]
        return live

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        target = self.target(id)
        aws.find(
            "s3", "PutBucketNotificationConfiguration", "NoSuchBucket", **target, NotificationConfiguration={}
        )


def _notification(entry: Values, arn: str, wire_arn: str) -> dict[str, Any]:
    rules = [
        {"Name": name, "Value": entry[field]}
        for name, field in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if entry.get(field)
    ]
    return {wire_arn: entry[arn], "Events": entry["events"]} | present(
        Id=entry.get("id"), Filter={"Key": {"FilterRules": rules}} if rules else None
    )


def _notification_shown(entry: dict[str, Any], arn: str, wire_arn: str) -> Values:
    # AWS is known to answer `Prefix` where `prefix` was written.
    rules = {
        rule["Name"].lower(): rule["Value"]
        for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    }
    return {arn: entry[wire_arn], "events": sorted(entry["Events"])} | present(
        id=entry.get("Id"), filterPrefix=rules.get("prefix"), filterSuffix=rules.get("suffix")
    )


RESOURCES: tuple[Resource, ...] = (BucketNotification(),)
