"""Delivery streams for tests of the sandbox."""

from __future__ import annotations

from typing import Any


def destination(writer: str, **changes: Any) -> dict[str, Any]:
    """An S3 destination as the programs write it, with changes."""
    return {
        "RoleARN": writer,
        "BucketARN": "arn:aws:s3:::fixes-log",
        "Prefix": "logs/!{timestamp:yyyy}/",
        "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
        "CompressionFormat": "GZIP",
        **changes,
    }


def described(firehose: Any, name: str) -> tuple[str, dict[str, Any]]:
    """Version and extended S3 destination of a stream."""
    stream = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return stream["VersionId"], stream["Destinations"][0]["ExtendedS3DestinationDescription"]
