"""What AWS tries out before it keeps it: whether logs reach a stream, and whether events reach a queue or a topic.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html,
https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html (InvalidSourceException)
"""

from __future__ import annotations

import re
from typing import Any

from moto.firehose.models import firehose_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from service.sandbox.authoriser import decide, principal_of
from service.sandbox.call import Call, Denial
from service.sandbox.delivery import firehose, notifications, sessions
from service.sandbox.delivery.patterns import UnsupportedPattern, compile_pattern
from service.sandbox.delivery.processing import Processors

SIGNED_WITH = re.compile(r"Credential=([^/]+)/")
UNDELIVERABLE = (
    "Could not deliver test message to specified Firehose stream. "
    "Check if the given Firehose stream is in ACTIVE state."
)
DESTINATIONS = {"QueueConfigurations": "QueueArn", "TopicConfigurations": "TopicArn"}


def unreachable_stream(call: Call) -> Denial | None:
    """PutSubscriptionFilter sends a test message as the filter's role, and refuses where that does not arrive."""
    group = logs_backends[call.account][call.region].groups.get(str(call.params.get("logGroupName")))
    destination = str(call.params.get("destinationArn"))
    if group is None or ":firehose:" not in destination:
        return None
    try:
        compile_pattern(str(call.params.get("filterPattern") or ""))
    except UnsupportedPattern as error:
        return Denial("InvalidParameterException", f"Invalid filter pattern: {error}", 400)
    role = call.params.get("roleArn")
    if role is None:
        message = "destinationArn for vendor firehose cannot be used without roleArn"
        return Denial("InvalidParameterException", message, 400)
    if firehose.stream_of(destination) is None or not _may_put(group.arn, str(role), destination):
        return Denial("InvalidParameterException", UNDELIVERABLE, 400)
    return None


def _may_put(log_group_arn: str, role: str, stream: str) -> bool:
    """Whether CloudWatch Logs can take the role, and the role may put records on the stream."""
    try:
        taken = sessions.assume_as_logs(log_group_arn, role)
    except sessions.Refused:
        return False
    principal = principal_of(taken.access_key_id)
    return principal is not None and decide(principal, "firehose:PutRecord", stream, {}).allowed


def foreign_record(call: Call) -> Denial | None:
    """A stream that decompresses takes records from CloudWatch Logs only."""
    name = str(call.params.get("DeliveryStreamName"))
    stream = firehose_backends[call.account][call.region].delivery_streams.get(name)
    settings = (firehose.destination_of(stream) if stream else None) or {}
    signed = SIGNED_WITH.search(call.headers.get("authorization", ""))
    if not Processors.of(settings.get("ProcessingConfiguration")).decompress:
        return None
    if signed and sessions.belongs_to_logs(signed[1]):
        return None
    message = (
        f"Put to Firehose failed for AccountId: {call.account}, FirehoseName: {name} because the request is not "
        "originating from allowed source types."
    )
    return Denial("InvalidSourceException", message, 400)


def oversized_record(call: Call) -> Denial | None:
    """A record has at most 1000 KiB before base64."""
    entries = call.params.get("Records") or [call.params.get("Record") or {}]
    if all(len(entry.get("Data") or b"") <= firehose.MAX_RECORD for entry in entries):
        return None
    message = f"Value at 'record.data' failed to satisfy constraint: at most {firehose.MAX_RECORD} bytes"
    return Denial("ValidationException", message, 400)


def unreachable_destinations(call: Call) -> Denial | None:
    """PutBucketNotificationConfiguration sends a test event, and refuses where a queue or topic cannot take it."""
    bucket = str(call.params.get("Bucket"))
    owner = s3_backends.bucket_accounts.get(bucket)
    if owner is None or str(call.params.get("SkipDestinationValidation", "")).lower() == "true":
        return None
    configuration: dict[str, Any] = call.params.get("NotificationConfiguration") or {}
    arns = [
        str(entry[member]) for kind, member in DESTINATIONS.items() for entry in configuration.get(kind) or ()
    ]
    if not notifications.unreachable(f"arn:aws:s3:::{bucket}", owner[1], arns):
        return None
    message = "Unable to validate the following destination configurations"
    return Denial("InvalidArgument", message, 400)


REFUSALS = [
    (("logs", "PutSubscriptionFilter"), unreachable_stream),
    *(
        (("firehose", name), check)
        for name in ("PutRecord", "PutRecordBatch")
        for check in (oversized_record, foreign_record)
    ),
    (("s3", "PutBucketNotificationConfiguration"), unreachable_destinations),
]
