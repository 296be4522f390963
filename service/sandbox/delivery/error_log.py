"""The error log of a stream: one JSON line a failed attempt, written by the stream's own role.

Source: "Monitor Amazon Data Firehose using CloudWatch Logs" (line format, error codes and their texts). The log group
and the log stream must exist, as on AWS, where the console makes them.
"""

from __future__ import annotations

import json
import time
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.firehose.models import DeliveryStream

from service.sandbox.delivery import sessions

log = structlog.get_logger(__name__)

ACCESS_DENIED = (
    "S3.AccessDenied",
    "Access was denied. Ensure that the trust policy for the provided IAM role allows Firehose to assume the role, "
    "and the access policy allows access to the S3 bucket.",
)
KNOWN = {
    "AccessDenied": ACCESS_DENIED,
    "NoSuchBucket": (
        "S3.NoSuchBucket",
        "The specified bucket does not exist. Create the bucket or use a different bucket that does exist.",
    ),
    "KMS.NotFoundException": (
        "S3.KMS.NotFoundException",
        "The provided AWS KMS key was not found. If you are using what you believe to be a valid AWS KMS key with "
        "the correct role, check if there is a problem with the account to which the AWS KMS key is attached.",
    ),
    "KMS.DisabledException": (
        "S3.KMS.DisabledException",
        "The AWS KMS key is disabled. Enable the key or use a different key.",
    ),
    "KMS.KMSInvalidStateException": (
        "S3.KMS.InvalidStateException",
        "The AWS KMS key is in an invalid state. Please use a different key.",
    ),
}


def line(stream_arn: str, version: str, destination: str, error: Exception) -> str:
    """The line AWS writes about a failed delivery to S3."""
    code, message = _words(error)
    return json.dumps(
        {
            "deliveryStreamARN": stream_arn,
            "destination": destination,
            "deliveryStreamVersionId": int(version),
            "message": message,
            "errorCode": code,
        }
    )


def report(stream: DeliveryStream, settings: dict[str, Any], error: Exception, url: str) -> None:
    """Write the line where ``CloudWatchLoggingOptions`` says, if it says so; a failure here is only logged."""
    options = settings.get("CloudWatchLoggingOptions") or {}
    if not options.get("Enabled"):
        return
    message = line(stream.delivery_stream_arn, stream.version_id, settings["BucketARN"], error)
    try:
        logs = sessions.as_firehose("logs", stream.delivery_stream_arn, settings["RoleARN"], url)
        logs.put_log_events(
            logGroupName=options["LogGroupName"],
            logStreamName=options["LogStreamName"],
            logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
        )
    except (ClientError, BotoCoreError, sessions.Refused) as unwritten:
        log.warning("delivery.error_log_failed", stream=stream.delivery_stream_arn, error=str(unwritten))


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, sessions.Refused):
        return ACCESS_DENIED
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return KNOWN.get(code, ("InternalError", str(error)))
