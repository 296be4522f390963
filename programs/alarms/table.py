"""Which alarms a source has, and when they go off. Pure.

Metrics and their dimensions: "Monitor Amazon Data Firehose with CloudWatch metrics" (and "Best practices with CloudWatch
alarms" there: DataFreshness beyond the buffer's time), "Available CloudWatch metrics for Amazon SQS", "Using S3 Replication
metrics" (failed operations are counted in the source bucket's region), "Monitoring Amazon SNS topics using CloudWatch".
Bounds: PutMetricAlarm of the CloudWatch API reference (an alarm with periods of an hour or more may look back 7 days);
"Alarm warm-up periods" in the CloudWatch User Guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from programs.names import Names
from programs.store.replica import RULE
from programs.wish import Wish

MINUTE, HOUR = 60, 3600
LONGEST_WARM_UP = 2880
"""Minutes."""
UNREAD_SECONDS = 6 * HOUR
"""A consumer that is this far behind is down: messages are kept for 14 days."""


@dataclass(frozen=True)
class Alarm:
    """One metric and when it is wrong; `period` in seconds."""

    what: str
    description: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: Literal["Sum", "Average", "Maximum"]
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold"]
    threshold: int
    period: int = 5 * MINUTE
    periods: int = 1
    missing: Literal["notBreaching", "breaching"] = "notBreaching"
    warm_up_minutes: int | None = None


def of_stream(names: Names, buffer_seconds: int) -> tuple[Alarm, ...]:
    """Whether Firehose delivers, in time, and all of it."""
    stream = {"DeliveryStreamName": names.stream}
    return (
        Alarm(
            "late",
            "Log records wait in Firehose for longer than its buffer's time: see the delivery's error log.",
            "AWS/Firehose",
            "DeliveryToS3.DataFreshness",
            stream,
            "Maximum",
            "GreaterThanThreshold",
            buffer_seconds + 5 * MINUTE,
            periods=2,
        ),
        Alarm(
            "failing",
            "Firehose could not write to the store; what it cannot write within 24 hours is lost.",
            "AWS/Firehose",
            "DeliveryToS3.Success",
            stream,
            "Average",
            "LessThanThreshold",
            1,
            period=15 * MINUTE,
        ),
        Alarm(
            "throttled",
            "More records come than the stream takes: raise its quota.",
            "AWS/Firehose",
            "ThrottledRecords",
            stream,
            "Sum",
            "GreaterThanThreshold",
            0,
        ),
    )


def of_store(wish: Wish, names: Names) -> tuple[Alarm, ...]:
    """Whether consumers keep up, the copy is made, and anything comes at all."""
    consumers = [alarm for consumer in wish.consumers for alarm in _of_consumer(names, consumer.name)]
    return (*consumers, *_of_copy(names), *_of_silence(wish, names))


def _of_consumer(names: Names, name: str) -> tuple[Alarm, Alarm]:
    consumer = names.consumer(name)
    return (
        Alarm(
            f"{name}-dead-letters",
            f"{name} could not read some objects: their messages are in the dead-letter queue {consumer.dead_letters}.",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": consumer.dead_letters},
            "Maximum",
            "GreaterThanThreshold",
            0,
        ),
        Alarm(
            f"{name}-unread",
            f"{name} has left messages in {consumer.queue} for {UNREAD_SECONDS // HOUR} hours: is it running?",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": consumer.queue},
            "Maximum",
            "GreaterThanThreshold",
            UNREAD_SECONDS,
        ),
    )


def _of_copy(names: Names) -> tuple[Alarm, ...]:
    if names.replica_region is None:
        return ()
    rule = {"SourceBucket": names.bucket, "DestinationBucket": names.replica, "RuleId": RULE}
    return (
        Alarm(
            "copy-failed",
            "Objects of the store could not be copied to the replica region.",
            "AWS/S3",
            "OperationsFailedReplication",
            rule,
            "Sum",
            "GreaterThanThreshold",
            0,
        ),
    )


def _of_silence(wish: Wish, names: Names) -> tuple[Alarm, ...]:
    """No object was announced for so many hours. While a source drains, silence is what is wanted.

    The topic is asked because every kind has it. Hours without data are hours of silence; a new alarm waits for its first
    hours, or it would go off at once.
    """
    hours = wish.spec.silence_hours
    if hours is None or wish.stage != "active":
        return ()
    return (
        Alarm(
            "silent",
            f"Nothing was delivered for {hours} hours.",
            "AWS/SNS",
            "NumberOfMessagesPublished",
            {"TopicName": names.topic},
            "Sum",
            "LessThanThreshold",
            1,
            period=HOUR,
            periods=hours,
            missing="breaching",
            warm_up_minutes=min(hours * 60, LONGEST_WARM_UP),
        ),
    )
