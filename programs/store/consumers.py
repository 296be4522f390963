"""One consumer of a store: a queue with its dead letters, and the role that reads them and the objects.

Each has its own, and no policy that is shared names them: adding one changes nothing for the others.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.documents import Document, allow, document, render
from programs.names import ROLE_PATH, ConsumerNames, Names
from programs.store.announcements import OBJECTS_PREFIX, subscribe
from programs.store.spec import Consumer
from programs.store.writers import through_s3
from programs.wish import Wish

VISIBILITY_SECONDS = 900
"""Consumers download an object before they delete its message: 30 s, the default, is too short."""
MESSAGE_SECONDS = 1_209_600
"""14 days, the most SQS keeps."""
WAIT_SECONDS = 20
MAX_RECEIVES = 5


class ConsumerAccess(pulumi.ComponentResource):
    """Queue, dead letters and reader role of one consumer, in the log account."""

    def __init__(
        self,
        consumer: Consumer,
        wish: Wish,
        names: Names,
        account: aws.Provider,
        topic: aws.sns.Topic,
        key_arn: pulumi.Output[str],
        store: pulumi.Resource,
    ) -> None:
        super().__init__("logflume:store:Consumer", consumer.name, opts=pulumi.ResourceOptions(parent=store))
        self._consumer, self._wish, self._names, self._account = consumer, wish, names, account
        self._mine = names.consumer(consumer.name)
        queue, dead_letters = self._queues()
        subscribe(
            consumer.name, queue, self._mine.queue_arn, topic, names.topic_arn, account, raw=consumer.raw
        )
        role = self._role(key_arn)
        self.described: dict[str, pulumi.Input[object]] = {
            "type": consumer.type,
            "queue_url": queue.url,
            "queue_arn": queue.arn,
            "dead_letters_url": dead_letters.url,
            "role_arn": role.arn,
        }
        self.register_outputs(self.described)

    def _called(self, what: str) -> str:
        return f"{self._consumer.name}-{what}"

    def _tags(self, what: str) -> dict[str, str]:
        return tags_for(self._wish, self._called(what))

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        return under(parent or self, self._account, **more)

    def _queues(self) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
        dead_letters = aws.sqs.Queue(
            self._called("dead-letters"),
            name=self._mine.dead_letters,
            sqs_managed_sse_enabled=True,
            message_retention_seconds=MESSAGE_SECONDS,
            tags=self._tags("dead-letters"),
            opts=self._under(),
        )
        redrive = {"deadLetterTargetArn": self._mine.dead_letters_arn, "maxReceiveCount": MAX_RECEIVES}
        queue = aws.sqs.Queue(
            self._called("queue"),
            name=self._mine.queue,
            sqs_managed_sse_enabled=True,
            redrive_policy=json.dumps(redrive),
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            message_retention_seconds=MESSAGE_SECONDS,
            receive_wait_time_seconds=WAIT_SECONDS,
            tags=self._tags("queue"),
            opts=self._under(depends_on=[dead_letters]),
        )
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [self._mine.queue_arn]}
        aws.sqs.RedriveAllowPolicy(
            self._called("redrive-allow"),
            queue_url=dead_letters.url,
            redrive_allow_policy=json.dumps(allowed),
            opts=self._under(dead_letters),
        )
        return queue, dead_letters

    def _role(self, key_arn: pulumi.Output[str]) -> aws.iam.Role:
        role = aws.iam.Role(
            self._called("role"),
            name=self._mine.role,
            path=ROLE_PATH,
            permissions_boundary=self._wish.log.boundary_arn,
            assume_role_policy=render(reader_trust(self._consumer)),
            tags=self._tags("role"),
            opts=self._under(),
        )
        aws.iam.RolePolicy(
            self._called("permissions"),
            name="read-the-store",
            role=role.name,
            policy=key_arn.apply(
                lambda arn: render(reader_permissions(self._consumer, self._names, self._mine, arn))
            ),
            opts=self._under(role),
        )
        return role


def reader_trust(consumer: Consumer) -> Document:
    """The consumer's principal, and with its external id alone (IAM User Guide, "The confused deputy problem")."""
    more: dict[str, Any] = {}
    if consumer.external_id is not None:
        more["Condition"] = {"StringEquals": {"sts:ExternalId": consumer.external_id}}
    return document(allow("Consumer", ["sts:AssumeRole"], Principal={"AWS": consumer.principal}, **more))


def reader_permissions(consumer: Consumer, names: Names, mine: ConsumerNames, key_arn: str) -> Document:
    """Its own queue, the announced objects, the key through S3. Being of the store's account, it needs no bucket policy.

    Splunk's add-on and Fluentd ask for the bucket's place and list it, and Splunk's whether there are dead letters.
    """
    extra = []
    if consumer.type in ("splunk", "fluentd"):
        extra.append(allow("Bucket", ["s3:GetBucketLocation", "s3:ListBucket"], Resource=[names.bucket_arn]))
    if consumer.type == "splunk":
        extra.append(allow("DeadLetters", ["sqs:GetQueueAttributes"], Resource=[mine.dead_letters_arn]))
    return document(
        allow(
            "Queue",
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            Resource=[mine.queue_arn],
        ),
        *extra,
        allow(
            "Objects",
            ["s3:GetObject", "s3:GetObjectVersion"],
            Resource=[f"{names.bucket_arn}/{OBJECTS_PREFIX}*"],
        ),
        allow(
            "Key",
            ["kms:Decrypt"],
            Resource=[key_arn],
            Condition=through_s3(names.log_region, names.bucket_arn),
        ),
    )
