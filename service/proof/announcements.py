"""Our own queue of a store: what it tells of is held against the marks. A consumer's queue is never touched.

Nobody else reads it, so what it told of before is deleted as it is read. A message about a marked object stays (SQS ends it
after some hours): a worker that dies before it has written down what it heard has lost nothing.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from .state import Proof
from .store import Beat

MOST_BATCHES = 300
"""Of ten messages, in one look; the next goes on after them."""


def hear(sqs: Any, proof: Proof, beat: Beat) -> None:
    """Empty the queue, and note which marked objects it told of. Raises botocore.exceptions.ClientError."""
    url = sqs.get_queue_url(QueueName=proof.queue)["QueueUrl"]
    for _ in range(MOST_BATCHES):
        if all(m.announced for m in proof.marks):
            return
        beat()
        messages = _receive(sqs, url)
        if not messages:
            return
        old = [message for message in messages if not _tells(proof, message)]
        if old:
            entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(old)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Long polling asks every server of the queue ("Amazon SQS short and long polling", SQS Developer Guide)."""
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["SentTimestamp"]
    )
    return list(answer.get("Messages", []))


def _tells(proof: Proof, message: dict[str, Any]) -> bool:
    """Note which marked objects the message is about; whether there are any."""
    keys = _keys(message["Body"])
    told = [marked for marked in proof.marks if marked.key in keys]
    for marked in told:
        at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        marked.announced = marked.announced or at
    return bool(told)


def _keys(body: str) -> set[str]:
    """Of S3's event ("Event message structure", S3 User Guide), delivered raw. Keys are URL-encoded there."""
    records = json.loads(body).get("Records", [])
    return {unquote_plus(record["s3"]["object"]["key"]) for record in records}
