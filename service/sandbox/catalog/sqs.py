"""SQS queues, their policies and redrive permissions. Calls and attributes: the SQS API reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Naming, Resource, tag_changes
from service.sandbox.catalog.schema import REGION, TAGS, Values, choice, flag, json_text, number, text
from service.sandbox.catalog.sns import attribute_text, attribute_value

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_SEEN_WITHIN = 60.0
_URL = text(r"https?://.+", required=True, replaces=True)


class Queue(Resource):
    """aws.sqs.Queue. Import by queue URL. Creating one that exists with the same attributes gives that one."""

    token, title = "aws:sqs/queue:Queue", "SQS Queue"
    documented = "sqs_queue"
    naming = Naming("name", "namePrefix", 80)
    ATTRIBUTES: Mapping[str, str] = {
        "visibilityTimeoutSeconds": "VisibilityTimeout",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "maxMessageSize": "MaximumMessageSize",
        "delaySeconds": "DelaySeconds",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "kmsMasterKeyId": "KmsMasterKeyId",
        "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
        "sqsManagedSseEnabled": "SqsManagedSseEnabled",
        "policy": "Policy",
        "redrivePolicy": "RedrivePolicy",
        "redriveAllowPolicy": "RedriveAllowPolicy",
        "fifoQueue": "FifoQueue",
        "contentBasedDeduplication": "ContentBasedDeduplication",
        "deduplicationScope": "DeduplicationScope",
        "fifoThroughputLimit": "FifoThroughputLimit",
    }
    inputs = {
        "name": text(r"[a-zA-Z0-9_-]{1,80}|[a-zA-Z0-9_-]{1,75}\.fifo", replaces=True),
        "namePrefix": text(r"[a-zA-Z0-9_-]+", longest=54, replaces=True),
        "visibilityTimeoutSeconds": number(0, 43200, default=30),
        "messageRetentionSeconds": number(60, 1209600, default=345600),
        "maxMessageSize": number(1024, 1048576, default=262144),
        "delaySeconds": number(0, 900, default=0),
        "receiveWaitTimeSeconds": number(0, 20, default=0),
        "kmsMasterKeyId": text(),
        "kmsDataKeyReusePeriodSeconds": number(60, 86400, computed=True),
        "sqsManagedSseEnabled": flag(computed=True),
        "policy": json_text(computed=True),
        "redrivePolicy": json_text(computed=True),
        "redriveAllowPolicy": json_text(computed=True),
        "fifoQueue": flag(default=False, replaces=True),
        "contentBasedDeduplication": flag(default=False),
        "deduplicationScope": choice("messageGroup", "queue", computed=True),
        "fifoThroughputLimit": choice("perQueue", "perMessageGroupId", computed=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "url")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        name, fifo = inputs.get("name"), bool(inputs.get("fifoQueue"))
        if isinstance(name, str) and fifo != name.endswith(".fifo"):
            yield Failure("name", "must end in .fifo for a FIFO queue, and for no other")
        if inputs.get("contentBasedDeduplication") and not fifo:
            yield Failure("contentBasedDeduplication", "can only be set for FIFO queue")
        if inputs.get("sqsManagedSseEnabled") is True and isinstance(inputs.get("kmsMasterKeyId"), str):
            yield Failure("kmsMasterKeyId", "conflicts with sqsManagedSseEnabled")

    def create(self, aws: Aws, inputs: Values) -> str:
        written = {
            wire: attribute_text(inputs[name])
            for name, wire in self.ATTRIBUTES.items()
            if name in inputs
            and inputs[name] not in ("", None)
            and not (name in _FIFO_ONLY and not inputs[name])
        }
        made = aws.call(
            "sqs",
            "CreateQueue",
            QueueName=inputs["name"],
            Attributes=written,
            tags=inputs.get("tags") or None,
        )
        return str(made["QueueUrl"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        aws.wait(f"SQS Queue ({id}) create", lambda: attributes_of(aws, id) is not None, _SEEN_WITHIN)

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        attributes = attributes_of(aws, id)
        if attributes is None:
            return None
        live = {
            name: attribute_value(self.inputs[name], attributes.get(wire))
            for name, wire in self.ATTRIBUTES.items()
        }
        live["fifoQueue"] = bool(live["fifoQueue"])
        live["contentBasedDeduplication"] = bool(live["contentBasedDeduplication"])
        tags = aws.call("sqs", "ListQueueTags", QueueUrl=id).get("Tags") or {}
        return {"name": id.rpartition("/")[2], "url": id, "arn": attributes["QueueArn"], **live, "tags": tags}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        written = {
            self.ATTRIBUTES[name]: attribute_text(new.get(name, ""))
            for name in changed & self.ATTRIBUTES.keys()
        }
        if written:
            aws.call("sqs", "SetQueueAttributes", QueueUrl=id, Attributes=written)
        if "tags" in changed:
            gone, tags = tag_changes(old, new)
            if gone:
                aws.call("sqs", "UntagQueue", QueueUrl=id, TagKeys=gone)
            if tags:
                aws.call("sqs", "TagQueue", QueueUrl=id, Tags=tags)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("sqs", "DeleteQueue", *_GONE, QueueUrl=id)


_FIFO_ONLY = ("fifoQueue", "contentBasedDeduplication")
"""Attributes that a standard queue refuses even as false (CreateQueue)."""


def attributes_of(aws: Aws, url: str) -> dict[str, str] | None:
    """All attributes of a queue, None when it is gone."""
    found = aws.find("sqs", "GetQueueAttributes", *_GONE, QueueUrl=url, AttributeNames=["All"])
    return None if found is None else found.get("Attributes", {})


class QueueAttribute(Resource):
    """One JSON attribute of a queue as a resource of its own; its id is the queue's URL. Deleting empties the attribute."""

    name: str
    attribute: str

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs["queueUrl"], inputs[self.name])
        return str(inputs["queueUrl"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        value = (attributes_of(aws, id) or {}).get(self.attribute)
        return {"queueUrl": id, self.name: value} if value else None

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, id, new[self.name])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("sqs", "SetQueueAttributes", *_GONE, QueueUrl=id, Attributes={self.attribute: ""})

    def _put(self, aws: Aws, url: str, value: str) -> None:
        aws.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={self.attribute: value})


class QueuePolicy(QueueAttribute):
    """aws.sqs.QueuePolicy. Import by queue URL."""

    token, title = "aws:sqs/queuePolicy:QueuePolicy", "SQS Queue Policy"
    documented = "sqs_queue_policy"
    name, attribute = "policy", "Policy"
    inputs = {"queueUrl": _URL, "policy": json_text(required=True), "region": REGION}


class RedriveAllowPolicy(QueueAttribute):
    """aws.sqs.RedriveAllowPolicy: which queues may use this one as their dead-letter queue. Import by queue URL."""

    token, title = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "SQS Queue Redrive Allow Policy"
    documented = "sqs_queue_redrive_allow_policy"
    name, attribute = "redriveAllowPolicy", "RedriveAllowPolicy"
    inputs = {"queueUrl": _URL, "redriveAllowPolicy": json_text(required=True), "region": REGION}


RESOURCES: tuple[Resource, ...] = (Queue(), QueuePolicy(), RedriveAllowPolicy())
