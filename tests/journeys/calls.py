"""Sources of the cloudtrail kind: asked for, and their objects read by a consumer under its role."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import unquote_plus

from tests.journeys.people import Person, person
from tests.support.aws import policy
from tests.support.deployment import REGION, SECURITY, Deployment, eventually

REPLICA_REGION = "eu-west-1"
Outputs = dict[str, Any]


def ask(running: Deployment, name: str, **spec: Any) -> dict[str, Any]:
    """Ask for a source of kind cloudtrail, of team payments."""
    body = {"name": name, "environment": "default", "kind": "cloudtrail", "team": "payments", "spec": spec}
    answer = running.api("POST", "/v1/sources", body)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def outputs_of(running: Deployment, source: dict[str, Any]) -> Outputs:
    """The outputs of a source that gets ready."""
    running.ready(source["id"])
    return dict(running.stack(source["id"])["outputs"])


def reader(running: Deployment, outputs: Outputs) -> Person:
    """Elastic, in the role that was made for it; a user of its own, who has two keys at most."""
    analyst = person(running, SECURITY, outputs["bucket"], policy(Effect="Allow", Action="*", Resource="*"))
    return analyst.as_role(outputs["consumers"]["elastic"]["role_arn"], "elastic-reads-logs")


def told(elastic: Person, outputs: Outputs) -> list[str]:
    """Keys that the consumer's queue announces, received and deleted by the consumer."""
    sqs, url = elastic.client("sqs"), outputs["consumers"]["elastic"]["queue_url"]
    keys: list[str] = []
    for _ in range(200):
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        if not received.get("Messages"):
            return keys
        for message in received["Messages"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            records = json.loads(message["Body"]).get("Records", [])
            keys += [unquote_plus(record["s3"]["object"]["key"]) for record in records]
    raise AssertionError("the queue does not run dry")


def documents(elastic: Person, bucket: str, keys: list[str]) -> list[dict[str, Any]]:
    """The JSON documents of objects, read by the consumer: one a line, or CloudTrail's records."""
    found: list[dict[str, Any]] = []
    for key in keys:
        body = elastic.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        for line in gzip.decompress(body).decode().splitlines():
            document = json.loads(line)
            found += document.get("Records", [document])
    return found


def keys_in(running: Deployment, bucket: str, account: str, prefix: str, region: str = REGION) -> set[str]:
    """Keys of a bucket under a prefix."""
    s3 = running.aws("s3", account, region)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


def arrived(running: Deployment, elastic: Person, outputs: Outputs, *names: str) -> list[dict[str, Any]]:
    """Wait until calls of each of these names have come; what was told by then, once each."""
    seen: list[dict[str, Any]] = []

    def there() -> list[dict[str, Any]] | None:
        running.flush()
        seen.extend(documents(elastic, outputs["bucket"], told(elastic, outputs)))
        return seen if set(names) <= {call_of(one)["eventName"] for one in seen} else None

    return eventually(there, f"{', '.join(names)} arrive in {outputs['bucket']}", 60)


def call_of(document: dict[str, Any]) -> dict[str, Any]:
    """CloudTrail's record, by itself or in EventBridge's event."""
    return dict(document.get("detail", document))


def named(documents: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The records of calls of this name."""
    return [call_of(one) for one in documents if call_of(one)["eventName"] == name]
