"""Queues keep their policy, and waiting for a message holds up nobody."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from tests.support.aws import policy
from tests.support.sandbox import LOG, Sandbox


def test_setting_one_attribute_of_a_queue_keeps_its_policy(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", LOG)
    allow = policy(Effect="Allow", Principal={"AWS": LOG}, Action="sqs:*", Resource="*")
    url = sqs.create_queue(QueueName="keeps", Attributes={"Policy": allow})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert kept["VisibilityTimeout"] == "77"
    assert json.loads(kept["Policy"])["Statement"][0]["Action"] == "sqs:*"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]).get(
        "Attributes", {}
    )


def test_waiting_for_a_message_does_not_hold_up_anybody(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", LOG)
    url = sqs.create_queue(QueueName="patient")["QueueUrl"]
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    )
    started = time.monotonic()
    waiting.start()
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    sqs.send_message(QueueUrl=url, MessageBody="here")
    waiting.join(timeout=15)
    assert [message["Body"] for message in found[0]["Messages"]] == ["here"]
    assert time.monotonic() - started < 10


def test_a_queue_with_nothing_in_it_answers_when_the_wait_is_over(sandbox: Sandbox) -> None:
    sqs = sandbox.client("sqs", LOG)
    url = sqs.create_queue(QueueName="silent", Attributes={"ReceiveMessageWaitTimeSeconds": "1"})["QueueUrl"]
    started = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert 0.9 < time.monotonic() - started < 5
