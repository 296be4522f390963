"""Whether an AWS service itself may send to a queue or a topic, under its policy and the policy of its key."""

from __future__ import annotations

from typing import Any

from moto.kms.models import kms_backends
from moto.sns.models import sns_backends
from moto.sqs.models import Queue, sqs_backends

from service.sandbox.authoriser import decide
from service.sandbox.call import Principal

S3 = "s3.amazonaws.com"
SNS = "sns.amazonaws.com"


def may_send(service: str, queue_arn: str, source_arn: str, source_account: str) -> bool:
    """Whether `service` may send messages to the queue on behalf of `source_arn`; False where there is no queue."""
    queue = queue_of(queue_arn)
    if queue is None:
        return False
    return _may(service, "sqs:SendMessage", queue_arn, source_arn, source_account) and _may_encrypt(
        service, queue_arn, getattr(queue, "kms_master_key_id", None), source_arn, source_account
    )


def may_publish(service: str, topic_arn: str, source_arn: str, source_account: str) -> bool:
    """Whether `service` may publish to the topic on behalf of `source_arn`; False where there is no topic."""
    topic = topic_of(topic_arn)
    if topic is None:
        return False
    return _may(service, "sns:Publish", topic_arn, source_arn, source_account) and _may_encrypt(
        service, topic_arn, topic.kms_master_key_id, source_arn, source_account
    )


def queue_of(arn: str) -> Queue | None:
    """moto's queue with this ARN."""
    _, _, _, region, account, name = arn.split(":", 5)
    return sqs_backends[account][region].queues.get(name)


def topic_of(arn: str) -> Any | None:
    """moto's topic with this ARN."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return sns_backends[account][region].topics.get(arn)


def _may(service: str, action: str, resource: str, source_arn: str, source_account: str) -> bool:
    principal = Principal(kind="service", account="", arn=service)
    context: dict[str, list[str] | str] = {
        "aws:SourceArn": source_arn,
        "aws:SourceAccount": source_account,
        "aws:SecureTransport": "true",
    }
    return decide(principal, action, resource, context).allowed


def _may_encrypt(
    service: str, encrypted_arn: str, key: str | None, source_arn: str, source_account: str
) -> bool:
    """An encrypted queue or topic takes a service's messages only where the key's policy lets the service use it.

    The key that AWS manages cannot say so ("Configuring KMS permissions for AWS services", SQS and SNS guides).
    """
    if not key:
        return True
    if "alias/aws/" in key:
        return False
    _, _, _, region, account, _ = (key if key.startswith("arn:") else encrypted_arn).split(":", 5)
    backend = kms_backends[account][region]
    found = backend.keys.get(backend.any_id_to_key_id(key))
    return found is not None and all(
        _may(service, action, found.arn, source_arn, source_account)
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )
