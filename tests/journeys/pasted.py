"""A product that reads a store as its configuration says: its queue, in its role, each version that is announced."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from tests.journeys.people import Person
from tests.support.deployment import Deployment


def text_for(running: Deployment, source_id: str, consumer: str) -> str:
    """The text for a consumer, by name or by type."""
    answer = running.api("GET", f"/v1/sources/{source_id}/consumers/{consumer}")
    assert answer.status_code == 200, answer.text
    return answer.text


def read_once(reader: Person, queue_url: str) -> dict[str, str]:
    """What each announced object holds, by key: downloaded by version, the message deleted after it. A key comes once."""
    sqs, found = reader.client("sqs"), dict[str, str]()
    for _ in range(200):
        messages = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages", [])
        if not messages:
            return found
        for message in messages:
            for key, body in _objects(reader, json.loads(message["Body"])):
                assert key not in found, f"{key} is announced twice"
                found[key] = body
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    raise AssertionError("the queue does not run dry")


def _objects(reader: Person, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    s3 = reader.client("s3")
    for record in (json.loads(body["Message"]) if "Message" in body else body).get("Records", []):
        bucket, thing = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(thing["key"])
        got = s3.get_object(Bucket=bucket, Key=key, VersionId=thing["versionId"])
        yield key, gzip.decompress(got["Body"].read()).decode()


def lines(found: dict[str, str]) -> list[str]:
    """Every line of what was read."""
    return [line for body in found.values() for line in body.splitlines()]
