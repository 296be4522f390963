"""What AWS services report of themselves, as far as an alarm looks at it.

What is counted (records, attempts, messages, objects that could not be replicated) waits here for the next sample; what is
measured (queues, the oldest record of a stream) is read when it is sampled. Sources: "Monitor Amazon Data Firehose with
CloudWatch metrics", "Available CloudWatch metrics for Amazon SQS", "Monitoring Amazon SNS topics using CloudWatch",
"Using S3 Replication metrics". Only metrics that an alarm watches are kept: they go through the journal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from moto.sns.models import SNSBackend
from moto.sqs.models import sqs_backends

from service.sandbox import journal
from service.sandbox.fixes import replaces

FIREHOSE, SQS, SNS, S3 = "AWS/Firehose", "AWS/SQS", "AWS/SNS", "AWS/S3"


@dataclass(frozen=True)
class Metric:
    """One series: where it is, and what it is called."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""


_lock = threading.Lock()
_counted: dict[Metric, list[float]] = {}


def count(metric: Metric, value: float) -> None:
    """Note that something happened; while the journal is replayed it did not happen now."""
    if not journal.replaying():
        with _lock:
            _counted.setdefault(metric, []).append(value)


def of_stream(arn: str, name: str, value: float) -> None:
    """Count something of a Firehose stream."""
    _, _, _, region, account, stream = arn.split(":", 5)
    dimensions = (("DeliveryStreamName", stream.removeprefix("deliverystream/")),)
    count(Metric(account, region, FIREHOSE, name, dimensions), value)


def failed_replication(account: str, region: str, source: str, destination: str, rule: str) -> None:
    """Count an object that a replication rule could not copy. It is reported in the region of the source bucket."""
    dimensions = (("DestinationBucket", destination), ("RuleId", rule), ("SourceBucket", source))
    count(Metric(account, region, S3, "OperationsFailedReplication", dimensions), 1)


Oldest = Callable[[str], float | None]
"""When the oldest record came in that a stream (by ARN) has not delivered yet, in seconds since 1970."""


def take(watched: Iterable[Metric], oldest: Oldest, time_scale: float) -> dict[Metric, list[float]]:
    """The values of the watched metrics since the last call; what nobody watches is forgotten.

    `moment.EXCLUSIVE` is held.
    """
    global _counted
    with _lock:
        counted, _counted = _counted, {}
    values = {}
    for metric in watched:
        if (metric.namespace, metric.name) == (FIREHOSE, "DeliveryToS3.DataFreshness"):
            values[metric] = _freshness(metric, oldest, time_scale)
        elif metric.namespace == SQS and metric.name in _OF_QUEUES:
            values[metric] = _OF_QUEUES[metric.name](metric, time_scale)
        else:
            values[metric] = counted.get(metric, [])
    return values


def _freshness(metric: Metric, oldest: Oldest, time_scale: float) -> list[float]:
    name = dict(metric.dimensions).get("DeliveryStreamName")
    since = oldest(f"arn:aws:firehose:{metric.region}:{metric.account}:deliverystream/{name}")
    return [0.0 if since is None else max(0.0, (time.time() - since) * time_scale)]


def _visible(metric: Metric, _time_scale: float) -> list[float]:
    return [float(len(queue.messages)) for queue in _queues(metric)]


def _age(metric: Metric, time_scale: float) -> list[float]:
    now = time.time()
    return [
        max(0.0, now - min((m.sent_timestamp / 1000 for m in queue.messages), default=now)) * time_scale
        for queue in _queues(metric)
    ]


def _queues(metric: Metric) -> list[Any]:
    queue = sqs_backends[metric.account][metric.region].queues.get(
        dict(metric.dimensions).get("QueueName", "")
    )
    return [] if queue is None else [queue]


_OF_QUEUES: dict[str, Callable[[Metric, float], list[float]]] = {
    "ApproximateNumberOfMessagesVisible": _visible,
    "ApproximateAgeOfOldestMessage": _age,
}


@replaces(SNSBackend, "publish")
def _publish(
    original: Callable[..., Any], self: SNSBackend, message: str, arn: str | None, *args: Any, **kwargs: Any
) -> Any:
    sent = original(self, message, arn, *args, **kwargs)
    if arn:
        dimensions = (("TopicName", arn.rpartition(":")[2]),)
        count(Metric(self.account_id, self.region_name, SNS, "NumberOfMessagesPublished", dimensions), 1)
    return sent
