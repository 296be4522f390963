"""Who is told of new objects: one topic for everybody, and one queue of logflume's own in which it proves that it works."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from programs.accounts import tags_for, under
from programs.documents import render
from programs.names import OBJECTS_PREFIX as OBJECTS_PREFIX
from programs.names import Names
from programs.store import policies
from programs.store.vault import Vault
from programs.wish import Wish

PROOF_SECONDS = 14_400
"""Nobody empties the proof queue between two proofs: its messages go by themselves after four hours."""
PROOF_VISIBILITY_SECONDS = 30


class Announcements:
    """Topic, notification and proof queue, under the store.

    Messages name objects and hold no log line: SQS's own encryption is enough, and the topic needs no key.
    With one, S3 and SNS would have to be let at it.
    """

    def __init__(
        self,
        wish: Wish,
        names: Names,
        account: aws.Provider,
        vault: Vault,
        announced: str,
        parent: pulumi.Resource,
    ) -> None:
        self._wish, self._names, self._account, self._parent = wish, names, account, parent
        self.topic = aws.sns.Topic(
            "topic", name=names.topic, tags=tags_for(wish, "topic"), opts=self._under()
        )
        self._notify(vault, announced)
        proof = self._proof_queue()
        self.outputs: dict[str, pulumi.Input[object]] = {
            "topic_arn": self.topic.arn,
            "proof_queue_url": proof.url,
        }

    def _under(self, parent: pulumi.Resource | None = None, **more: Any) -> pulumi.ResourceOptions:
        return under(parent or self._parent, self._account, **more)

    def _notify(self, vault: Vault, announced: str) -> None:
        """A bucket has one notification configuration: a second resource would undo this one."""
        topic_policy = aws.sns.TopicPolicy(
            "topic-policy",
            arn=self.topic.arn,
            policy=render(policies.topic_policy(self._names)),
            opts=self._under(self.topic),
        )
        aws.s3.BucketNotification(
            "notification",
            bucket=vault.bucket.bucket,
            topics=[
                {
                    "id": "objects",
                    "topic_arn": self.topic.arn,
                    "events": ["s3:ObjectCreated:*"],
                    "filter_prefix": announced,
                }
            ],
            # S3 sends a test message when this is put, and fails if it may not.
            opts=self._under(vault.bucket, depends_on=[topic_policy]),
        )

    def _proof_queue(self) -> aws.sqs.Queue:
        queue = aws.sqs.Queue(
            "proof-queue",
            name=self._names.proof_queue,
            sqs_managed_sse_enabled=True,
            visibility_timeout_seconds=PROOF_VISIBILITY_SECONDS,
            message_retention_seconds=PROOF_SECONDS,
            tags=tags_for(self._wish, "proof-queue"),
            opts=self._under(),
        )
        subscribe(
            "proof",
            queue,
            self._names.proof_queue_arn,
            self.topic,
            self._names.topic_arn,
            self._account,
            raw=True,
        )
        return queue


def subscribe(
    name: str,
    queue: aws.sqs.Queue,
    queue_arn: str,
    topic: aws.sns.Topic,
    topic_arn: str,
    account: aws.Provider,
    *,
    raw: bool,
) -> None:
    """Let the topic send to the queue, and have it do so; `raw`: as S3 wrote it, without SNS's envelope and signature."""
    policy = aws.sqs.QueuePolicy(
        f"{name}-queue-policy",
        queue_url=queue.url,
        policy=render(policies.queue_policy(queue_arn, topic_arn)),
        opts=under(queue, account),
    )
    aws.sns.TopicSubscription(
        f"{name}-subscription",
        topic=topic.arn,
        protocol="sqs",
        endpoint=queue.arn,
        raw_message_delivery=raw,
        opts=under(queue, account, depends_on=[policy]),
    )
