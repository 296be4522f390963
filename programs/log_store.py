"""The store: the log-account side of a pipeline. Bucket, key, lifecycle, policy; topic and queues while logs still come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from programs import policies
from programs.accounts import tags_for, under
from programs.buckets import block_public_access
from programs.lifecycle import SMALLEST_MOVED, Rule, rules_for
from programs.names import Names
from programs.spec import Wish

OBJECTS_PREFIX = "logs/"
"""Delivered objects; only these are announced. Firehose puts what it cannot process under `errors/`."""
DELETION_WINDOW_DAYS = 30
VISIBILITY_SECONDS = 900
"""Consumers download an object before they delete its message: 30 s, the default, is too short."""
MESSAGE_SECONDS = 1_209_600
"""14 days, the most SQS keeps."""
WAIT_SECONDS = 20
MAX_RECEIVES = 5


@dataclass(frozen=True)
class LogStoreArgs:
    """What a store is made from."""

    wish: Wish
    names: Names
    account: aws.Provider
    writer: pulumi.Resource | None
    """The role that may write; policies can name it only once it exists. None when nothing is sent any more."""


class LogStore(pulumi.ComponentResource):
    """Bucket and key are guarded: the engine refuses to delete or replace them."""

    def __init__(self, name: str, args: LogStoreArgs) -> None:
        super().__init__("logflume:store:LogStore", name)
        self._args, self._names = args, args.names
        self.key = self._key()
        self.bucket, shields = self._bucket()
        self.policy = self._bucket_policy(shields)
        outputs = {"bucket": self.bucket.bucket, "key_arn": self.key.arn}
        if args.writer is not None:
            outputs |= self._announcements()
        self.outputs: dict[str, pulumi.Output[str]] = outputs
        self.register_outputs(outputs)

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        return under(parent or self, self._args.account, **more)

    def _tags(self, logical_name: str) -> dict[str, str]:
        return tags_for(self._args.wish, logical_name)

    @property
    def _needs(self) -> list[pulumi.Resource]:
        """AWS refuses a policy that names a role before it exists."""
        return [self._args.writer] if self._args.writer is not None else []

    def _key(self) -> aws.kms.Key:
        writer = self._args.writer is not None
        key = aws.kms.Key(
            "key",
            description=f"logflume store of {self._args.wish.environment}/{self._args.wish.name}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=policies.render(policies.key_policy(self._names, self._args.wish.readers, writer=writer)),
            tags=self._tags("key"),
            opts=self._under(protect=True, depends_on=self._needs),
        )
        aws.kms.Alias(
            "key-alias", name=self._names.key_alias, target_key_id=key.key_id, opts=self._under(key)
        )
        return key

    def _bucket(self) -> tuple[aws.s3.Bucket, list[pulumi.Resource]]:
        """The bucket, and what must stand before anybody is let in."""
        bucket = aws.s3.Bucket(
            "bucket", bucket=self._names.bucket, tags=self._tags("bucket"), opts=self._under(protect=True)
        )
        child = self._under(bucket)
        public_access = block_public_access("public-access", bucket, child)
        aws.s3.BucketOwnershipControls(
            "ownership", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        versioning = aws.s3.BucketVersioning(
            "versioning", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child
        )
        encryption = self._encryption(bucket)
        aws.s3.BucketLifecycleConfiguration(
            "lifecycle",
            bucket=bucket.bucket,
            rules=[_lifecycle_rule(rule) for rule in rules_for(self._args.wish.spec)],
            transition_default_minimum_object_size=SMALLEST_MOVED,
            # Rules about noncurrent versions make sense once there can be some (PutBucketVersioning).
            opts=self._under(bucket, depends_on=[versioning]),
        )
        return bucket, [public_access, encryption]

    def _encryption(self, bucket: aws.s3.Bucket) -> aws.s3.BucketServerSideEncryptionConfiguration:
        """Named in full, SSE-C blocked, so that what AWS fills in by itself is never taken for drift."""
        rule: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": self.key.arn,
            },
            "bucket_key_enabled": True,
            "blocked_encryption_types": ["SSE-C"],
        }
        return aws.s3.BucketServerSideEncryptionConfiguration(
            "encryption", bucket=bucket.bucket, rules=[rule], opts=self._under(bucket)
        )

    def _bucket_policy(self, shields: list[pulumi.Resource]) -> aws.s3.BucketPolicy:
        writer = self._args.writer is not None

        def text(key_arn: str) -> str:
            return policies.render(
                policies.bucket_policy(self._names, key_arn, self._args.wish.readers, writer=writer)
            )

        return aws.s3.BucketPolicy(
            "bucket-policy",
            bucket=self.bucket.bucket,
            policy=self.key.arn.apply(text),
            opts=self._under(self.bucket, depends_on=[*self._needs, *shields]),
        )

    def _announcements(self) -> dict[str, pulumi.Output[str]]:
        """Topic for everybody, one queue with its dead letters. Messages name objects and hold no log line.

        So SQS's own encryption is enough, and the topic needs no key: with one, S3 and SNS would have to be let at it.
        """
        topic = aws.sns.Topic("topic", name=self._names.topic, tags=self._tags("topic"), opts=self._under())
        topic_policy = aws.sns.TopicPolicy(
            "topic-policy",
            arn=topic.arn,
            policy=policies.render(policies.topic_policy(self._names)),
            opts=self._under(topic),
        )
        queue, dead_letters = self._queues(topic)
        aws.s3.BucketNotification(
            "notification",
            bucket=self.bucket.bucket,
            topics=[
                {
                    "id": "objects",
                    "topic_arn": topic.arn,
                    "events": ["s3:ObjectCreated:*"],
                    "filter_prefix": OBJECTS_PREFIX,
                }
            ],
            # S3 sends a test message when this is put, and fails if it may not.
            opts=self._under(self.bucket, depends_on=[topic_policy]),
        )
        return {
            "topic_arn": topic.arn,
            "queue_url": queue.url,
            "queue_arn": queue.arn,
            "dead_letters_url": dead_letters.url,
        }

    def _queues(self, topic: aws.sns.Topic) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
        dead_letters = aws.sqs.Queue(
            "dead-letters",
            name=self._names.dead_letters,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=MESSAGE_SECONDS,
            tags=self._tags("dead-letters"),
            opts=self._under(),
        )
        redrive = {"deadLetterTargetArn": self._names.dead_letters_arn, "maxReceiveCount": MAX_RECEIVES}
        queue = aws.sqs.Queue(
            "queue",
            name=self._names.queue,
            sqs_managed_sse_enabled=True,
            redrive_policy=json.dumps(redrive),
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            message_retention_seconds=MESSAGE_SECONDS,
            receive_wait_time_seconds=WAIT_SECONDS,
            tags=self._tags("queue"),
            opts=self._under(depends_on=[dead_letters]),
        )
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [self._names.queue_arn]}
        aws.sqs.RedriveAllowPolicy(
            "redrive-allow",
            queue_url=dead_letters.url,
            redrive_allow_policy=json.dumps(allowed),
            opts=self._under(dead_letters),
        )
        queue_policy = aws.sqs.QueuePolicy(
            "queue-policy",
            queue_url=queue.url,
            policy=policies.render(policies.queue_policy(self._names)),
            opts=self._under(queue),
        )
        aws.sns.TopicSubscription(
            "subscription",
            topic=topic.arn,
            protocol="sqs",
            endpoint=queue.arn,
            raw_message_delivery=True,
            opts=self._under(topic, depends_on=[queue_policy]),
        )
        return queue, dead_letters


def _lifecycle_rule(rule: Rule) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule.id,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=[
            aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                days=tier.days, storage_class=tier.storage_class
            )
            for tier in rule.transitions
        ]
        or None,
        expiration=_expiration(rule),
        noncurrent_version_expiration=None
        if rule.noncurrent_days is None
        else aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=rule.noncurrent_days
        ),
        abort_incomplete_multipart_upload=None
        if rule.abort_incomplete_days is None
        else aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=rule.abort_incomplete_days
        ),
    )


def _expiration(rule: Rule) -> aws.s3.BucketLifecycleConfigurationRuleExpirationArgs | None:
    if rule.expire_days is not None:
        return aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=rule.expire_days)
    if rule.expired_markers:
        return aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True)
    return None
