"""Delivery streams and subscription filters AWS does not take.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html,
https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html,
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
"""

from __future__ import annotations

from typing import Any

from moto.firehose.models import firehose_backends

from service.sandbox.call import Call, Denial
from service.sandbox.policy_text import principal_exists

RETENTION_DAYS = {
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}  # fmt: skip
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
SECONDS = range(0, 901)
MEBIBYTES = range(1, 129)


def bad_new_stream(call: Call) -> Denial | None:
    """What CreateDeliveryStream checks of its S3 destination."""
    for member in ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"):
        if member in call.params:
            return _bad_destination(call.params[member], call.params[member])
    return None


def bad_update(call: Call) -> Denial | None:
    """What UpdateDestination checks, of the destination as it would become."""
    update = call.params.get("ExtendedS3DestinationUpdate") or call.params.get("S3DestinationUpdate")
    stream = firehose_backends[call.account][call.region].delivery_streams.get(
        call.params["DeliveryStreamName"]
    )
    if update is None or stream is None:
        return None
    present = stream.destinations[0].get("ExtendedS3") or stream.destinations[0].get("S3") or {}
    return _bad_destination(update, present | update)


def bad_filter_role(call: Call) -> Denial | None:
    """The role of a subscription filter exists."""
    role = call.params.get("roleArn")
    if role is None or principal_exists(role):
        return None
    message = f"Could not deliver test message to specified destination. Check that role {role} exists."
    return Denial("InvalidParameterException", message, 400)


def bad_retention(call: Call) -> Denial | None:
    """PutRetentionPolicy takes only some numbers of days."""
    if call.params.get("retentionInDays") in RETENTION_DAYS:
        return None
    message = "Value at 'retentionInDays' failed to satisfy constraint: it must be one of the allowed numbers of days"
    return Denial("InvalidParameterException", message, 400)


def _bad_destination(given: dict[str, Any], whole: dict[str, Any]) -> Denial | None:
    role = given.get("RoleARN")
    if role is not None and not principal_exists(role):
        return _invalid(f"Firehose is unable to assume role {role}. Please check the role provided.")
    hints = given.get("BufferingHints") or {}
    if hints.get("IntervalInSeconds", 0) not in SECONDS:
        return _invalid("BufferingHints.IntervalInSeconds must be between 0 and 900")
    if hints.get("SizeInMBs", 1) not in MEBIBYTES:
        return _invalid("BufferingHints.SizeInMBs must be between 1 and 128")
    if "!{" in (whole.get("Prefix") or "") and not whole.get("ErrorOutputPrefix"):
        return _invalid("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.")
    if (
        "!{" in (whole.get("ErrorOutputPrefix") or "")
        and "error-output-type" not in whole["ErrorOutputPrefix"]
    ):
        return _invalid("ErrorOutputPrefix with expressions has to contain !{firehose:error-output-type}.")
    return None


def _invalid(message: str) -> Denial:
    return Denial("InvalidArgumentException", message, 400)


REFUSALS = [
    (("firehose", "CreateDeliveryStream"), bad_new_stream),
    (("firehose", "UpdateDestination"), bad_update),
    (("logs", "PutRetentionPolicy"), bad_retention),
    (("logs", "PutSubscriptionFilter"), bad_filter_role),
]
