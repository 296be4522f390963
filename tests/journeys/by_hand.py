"""Changes that somebody makes by hand to the parts of a source, each with where a check has to find it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.deployment import LOG, PRODUCTION, REPLICA_REGION, Deployment


@dataclass(frozen=True)
class Stack:
    """The parts of a source as somebody in the accounts sees them."""

    running: Deployment
    parts: Mapping[str, Mapping[str, Any]]
    """By logical name: id, arn, type."""

    def id(self, name: str) -> str:
        return str(self.parts[name]["id"])

    def production(self, service: str) -> Any:
        return self.running.aws(service, PRODUCTION)

    def log(self, service: str) -> Any:
        return self.running.aws(service, LOG)

    def replica(self, service: str) -> Any:
        return self.running.aws(service, LOG, REPLICA_REGION)

    def set_queue(self, name: str, **attributes: str) -> None:
        self.log("sqs").set_queue_attributes(QueueUrl=self.id(name), Attributes=attributes)

    def widen_queue(self, name: str) -> None:
        written = self.log("sqs").get_queue_attributes(QueueUrl=self.id(name), AttributeNames=["All"])[
            "Attributes"
        ]
        receive = {"Sid": "Wide", "Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage"}
        let_in = receive | {"Resource": written["QueueArn"]}
        self.set_queue(name, Policy=_and(written["Policy"], let_in))

    def widen_topic(self, account: str, arn: str) -> None:
        sns = self.running.aws("sns", account)
        written = sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
        subscribe = {
            "Sid": "Wide",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sns:Subscribe",
            "Resource": arn,
        }
        sns.set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=_and(written, subscribe)
        )

    def lifecycle(self) -> None:
        s3, bucket = self.log("s3"), self.id("bucket")
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        for rule in rules:
            if "Days" in rule.get("Expiration", {}):
                rule["Expiration"]["Days"] = 3000
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": rules},
            TransitionDefaultMinimumObjectSize="all_storage_classes_128K",
        )

    def stop_copying(self) -> None:
        s3, bucket = self.log("s3"), self.id("bucket")
        written = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
        written["Rules"][0]["Status"] = "Disabled"
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=written)

    def public(self) -> None:
        opened = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
        self.log("s3").put_public_access_block(
            Bucket=self.id("bucket"), PublicAccessBlockConfiguration=opened | {"BlockPublicPolicy": False}
        )

    def without_bucket_key(self) -> None:
        s3, bucket = self.log("s3"), self.id("bucket")
        written = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        written["Rules"][0]["BucketKeyEnabled"] = False
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=written)

    def trust(self, role: str) -> None:
        iam, name = self.log("iam"), self.id(role)
        written = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=_and(json.dumps(written), anybody))

    def may_more(self, policy: str) -> None:
        iam = self.production("iam")
        role, _, name = self.id(policy).partition(":")
        written = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        more = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_and(json.dumps(written), more))

    def may_nothing(self, policy: str) -> None:
        role, _, name = self.id(policy).partition(":")
        self.log("iam").delete_role_policy(RoleName=role, PolicyName=name)

    def drop_filter(self) -> None:
        logs = self.production("logs")
        (group,) = self.running.stack(self.parts["source"]["id"])["outputs"]["log_groups"]
        (found,) = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
        logs.delete_subscription_filter(logGroupName=group, filterName=found["filterName"])

    def slower(self) -> None:
        firehose, name = self.production("firehose"), self.parts["stream"]["arn"].rpartition("/")[2]
        told = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        firehose.update_destination(
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=told["VersionId"],
            DestinationId=told["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 899}},
        )

    def deaf(self) -> None:
        self.log("s3").put_bucket_notification_configuration(
            Bucket=self.id("bucket"), NotificationConfiguration={}
        )


def _and(document: str, statement: dict[str, Any]) -> str:
    parsed = json.loads(document)
    return json.dumps({**parsed, "Statement": [*parsed["Statement"], statement]})


@dataclass(frozen=True)
class ByHand:
    """One change: what is done to which part, and how a check has to tell it."""

    part: str
    do: Callable[[Stack], object]
    prop: str | None = None
    """The end of the property's path; None: the part is gone."""


CHANGES = (
    ByHand("bucket-policy", lambda s: s.log("s3").delete_bucket_policy(Bucket=s.id("bucket"))),
    ByHand("lifecycle", lambda s: s.lifecycle(), "expiration.days"),
    ByHand("replication", lambda s: s.stop_copying(), "status"),
    ByHand("public-access", lambda s: s.public(), "blockPublicPolicy"),
    ByHand("encryption", lambda s: s.without_bucket_key(), "bucketKeyEnabled"),
    ByHand("ownership", lambda s: s.log("s3").delete_bucket_ownership_controls(Bucket=s.id("bucket"))),
    ByHand("notification", lambda s: s.deaf(), "topics"),
    ByHand("key", lambda s: s.log("kms").disable_key_rotation(KeyId=s.id("key")), "enableKeyRotation"),
    ByHand("key-alias", lambda s: s.log("kms").delete_alias(AliasName=s.id("key-alias"))),
    ByHand(
        "replica-bucket-policy",
        lambda s: s.replica("s3").delete_bucket_policy(Bucket=s.id("replica-bucket")),
    ),
    ByHand(
        "replica-public-access",
        lambda s: s.replica("s3").delete_public_access_block(Bucket=s.id("replica-bucket")),
    ),
    ByHand(
        "replica-lifecycle", lambda s: s.replica("s3").delete_bucket_lifecycle(Bucket=s.id("replica-bucket"))
    ),
    ByHand(
        "replica-key",
        lambda s: s.replica("kms").tag_resource(
            KeyId=s.id("replica-key"), Tags=[{"TagKey": "logflume:team", "TagValue": "another"}]
        ),
        'tags["logflume:team"]',
    ),
    ByHand("topic-policy", lambda s: s.widen_topic(LOG, s.id("topic")), "policy"),
    ByHand("log-alarm-topic-policy", lambda s: s.widen_topic(LOG, s.id("log-alarm-topic")), "policy"),
    ByHand(
        "production-alarm-topic",
        lambda s: s.production("sns").untag_resource(
            ResourceArn=s.id("production-alarm-topic"), TagKeys=["logflume:team"]
        ),
        'tags["logflume:team"]',
    ),
    ByHand(
        "elastic-queue",
        lambda s: s.set_queue("elastic-queue", VisibilityTimeout="7"),
        "visibilityTimeoutSeconds",
    ),
    ByHand("elastic-queue-policy", lambda s: s.widen_queue("elastic-queue"), "policy"),
    ByHand(
        "elastic-dead-letters",
        lambda s: s.set_queue("elastic-dead-letters", MessageRetentionPeriod="3600"),
        "messageRetentionSeconds",
    ),
    ByHand(
        "elastic-redrive-allow",
        lambda s: s.set_queue("elastic-dead-letters", RedriveAllowPolicy='{"redrivePermission": "allowAll"}'),
        "redriveAllowPolicy",
    ),
    ByHand("elastic-role", lambda s: s.trust("elastic-role"), "assumeRolePolicy"),
    ByHand(
        "elastic-subscription",
        lambda s: s.log("sns").set_subscription_attributes(
            SubscriptionArn=s.id("elastic-subscription"),
            AttributeName="RawMessageDelivery",
            AttributeValue="false",
        ),
        "rawMessageDelivery",
    ),
    ByHand(
        "splunk-subscription", lambda s: s.log("sns").unsubscribe(SubscriptionArn=s.id("splunk-subscription"))
    ),
    ByHand("splunk-permissions", lambda s: s.may_nothing("splunk-permissions")),
    ByHand("splunk-queue", lambda s: s.set_queue("splunk-queue", RedrivePolicy=""), "redrivePolicy"),
    ByHand(
        "error-log",
        lambda s: s.production("logs").put_retention_policy(
            logGroupName=s.id("error-log"), retentionInDays=1
        ),
        "retentionInDays",
    ),
    ByHand("firehose-permissions", lambda s: s.may_more("firehose-permissions"), "policy"),
    ByHand(
        "logs-role",
        lambda s: s.production("iam").delete_role_permissions_boundary(RoleName=s.id("logs-role")),
        "permissionsBoundary",
    ),
    ByHand("stream", lambda s: s.slower(), "bufferingInterval"),
    ByHand("filter:/aws/lambda/payments-by-hand", lambda s: s.drop_filter()),
)
