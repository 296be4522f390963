"""What arrived in a store, seen with boto3 alone."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from tests.support.world import LOG, PRODUCTION, REGION, World, eventually


def write(deployment: World, group: str, stream: str, messages: list[str]) -> None:
    """Write log events as an application in production does."""
    logs = deployment.aws("logs", PRODUCTION)
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    at = int(time.time() * 1000)
    for begin in range(0, len(messages), 100):
        batch = [
            {"timestamp": at + n, "message": text} for n, text in enumerate(messages[begin : begin + 100])
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)


def objects(
    deployment: World, bucket: str, prefix: str = "logs/", region: str = REGION
) -> dict[str, dict[str, Any]]:
    """Objects under a prefix by key, as GetObject answers them, with `Lines` and their `Raw` bytes."""
    s3 = deployment.aws("s3", LOG, region)
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            got = s3.get_object(Bucket=bucket, Key=entry["Key"])
            body = got["Body"].read()
            text = gzip.decompress(body).decode() if entry["Key"].endswith(".gz") else body.decode()
            found[entry["Key"]] = got | {"Lines": text.splitlines(), "Raw": body}
    return found


def lines(deployment: World, bucket: str) -> list[str]:
    """Every delivered line."""
    return [line for got in objects(deployment, bucket).values() for line in got["Lines"]]


def arrived(deployment: World, bucket: str, message: str, seconds: float | None = None) -> bool:
    """Wait for a message in the store, whatever is buffered or waits for another try being delivered first."""

    def there() -> bool | None:
        deployment.flush()
        return message in lines(deployment, bucket) or None

    return eventually(there, f"{message} arrives in {bucket}", seconds or deployment.patience)


LEGS = ("sent", "bucket", "announced", "replica")


def proved(deployment: World, source_id: str) -> dict[str, Any]:
    """A proof of delivery that is good in every leg."""
    operation = deployment.operate(source_id, "verify")
    assert operation["state"] == "succeeded", operation
    legs = {leg["name"]: leg["state"] for leg in operation["proof"]["legs"]}
    assert legs == dict.fromkeys(LEGS, "passed"), operation
    return operation


def not_proved(deployment: World, source_id: str, leg: str) -> str:
    """What is said of a proof that ends broken in this leg."""
    operation = deployment.operate(source_id, "verify")
    assert operation["state"] == "failed", operation
    legs = {one["name"]: one["state"] for one in operation["proof"]["legs"]}
    assert legs[leg] == "broken", operation
    return str(operation["error"]["message"])


def queue(outputs: dict[str, Any], consumer: str = "elastic") -> str:
    """The URL of a consumer's queue; Elastic's messages are as S3 wrote them."""
    return str(outputs["consumers"][consumer]["queue_url"])


def announced(deployment: World, queue_url: str) -> list[str]:
    """Receive everything in the queue: the keys that its messages announce, test messages left out."""
    return [key for message in _received(deployment, queue_url) for key in _keys(json.loads(message["Body"]))]


def _received(deployment: World, queue_url: str) -> Iterator[dict[str, Any]]:
    sqs = deployment.aws("sqs", LOG)
    while messages := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
        "Messages"
    ):
        for message in messages:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield message


def _keys(body: dict[str, Any]) -> list[str]:
    return [unquote_plus(record["s3"]["object"]["key"]) for record in body.get("Records", [])]
