"""The process of the sandbox: how it ends, and what it does when its port is taken."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import HTTPClientError

from service.sandbox.server import serve
from tests.sandbox.buckets import bucket
from tests.support.sandbox import LOG, Sandbox, start_sandbox


def test_a_client_that_waits_does_not_keep_the_sandbox_from_stopping(tmp_path: Path) -> None:
    sandbox = start_sandbox(tmp_path)
    try:
        sqs = sandbox.client("sqs", LOG)
        queue = sqs.create_queue(QueueName="waiting")["QueueUrl"]
        ended: list[str] = []

        def wait() -> None:
            try:
                sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
            except HTTPClientError as error:
                ended.append(type(error).__name__)

        waiting = threading.Thread(target=wait)
        waiting.start()
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        started = time.monotonic()
        sandbox.process.terminate()
        assert sandbox.process.wait(timeout=10) == 0
        assert time.monotonic() - started < 10
        waiting.join(timeout=10)
        assert ended == ["ConnectionClosedError"]
    finally:
        sandbox.stop()


def test_a_taken_port_ends_the_start_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    port = int(sandbox.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        serve(port, tmp_path, 1.0)


def test_an_empty_object_is_taken_at_once(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "empty-object")
    started = time.monotonic()
    s3.put_object(Bucket="empty-object", Key="nothing", Body=b"")
    assert time.monotonic() - started < 10
    assert s3.head_object(Bucket="empty-object", Key="nothing")["ContentLength"] == 0
