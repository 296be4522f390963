"""A store that takes nothing any more is told of by an alarm, and nobody has to look for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.delivered import arrived, write
from tests.support.aws import policy
from tests.support.deployment import LOG, PRODUCTION, REGION, Deployment, eventually

pytestmark = pytest.mark.engine

GROUP = "/aws/lambda/payments-alarmed"


class Inbox:
    """A queue in production that is subscribed to a topic."""

    def __init__(self, running: Deployment, topic: str) -> None:
        self._sqs = running.aws("sqs", PRODUCTION)
        arn = f"arn:aws:sqs:{REGION}:{PRODUCTION}:alarm-inbox"
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
        }
        let_in = policy({**allowed, "Resource": arn})
        made = self._sqs.create_queue(QueueName="alarm-inbox", Attributes={"Policy": let_in})
        self._url = made["QueueUrl"]
        raw = {"RawMessageDelivery": "true"}
        running.aws("sns", PRODUCTION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)

    def told(self) -> list[dict[str, Any]]:
        """Every message there is, taken out."""
        got = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in got]


def _state(running: Deployment, name: str) -> str:
    found = running.aws("cloudwatch", PRODUCTION).describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found[0]["StateValue"])


def test_a_delivery_that_fails_raises_an_alarm_that_ends_when_it_is_repaired(running: Deployment) -> None:
    source = running.ready(running.request("alarmed")["id"])
    outputs = running.stack(source["id"])["outputs"]
    inbox = Inbox(running, outputs["delivery_alarm_topic_arn"])
    alarm = f"{outputs['stream']}-failing"

    s3 = running.aws("s3", LOG)
    nobody = {"Sid": "Shut", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    shut = policy({**nobody, "Resource": f"arn:aws:s3:::{outputs['bucket']}/*"})
    s3.put_bucket_policy(Bucket=outputs["bucket"], Policy=shut)
    write(running, GROUP, "s", ["while it is shut"])

    def raised() -> bool | None:
        running.flush()
        return _state(running, alarm) == "ALARM" or None

    eventually(raised, f"{alarm} goes off")
    message = eventually(
        lambda: next((m for m in inbox.told() if m["NewStateValue"] == "ALARM"), None), "the topic is told"
    )
    assert (message["AlarmName"], message["AWSAccountId"]) == (alarm, PRODUCTION)
    assert "could not write to the store" in message["AlarmDescription"]

    assert running.operate(source["id"], "repair")["state"] == "succeeded"
    assert arrived(running, outputs["bucket"], "while it is shut")

    def seen() -> str | None:
        return running.source(source["id"])["status"]["last_delivery_at"] or None

    eventually(seen, "the delivery is seen")
    scraped = running.api("GET", "/metrics", token="dev-viewer").text
    assert (
        'logflume_source_freshness_seconds{environment="default",kind="cloudwatch",source="alarmed"'
        in scraped
    )

    def over() -> bool | None:
        running.flush()
        return _state(running, alarm) == "OK" or None

    eventually(over, f"{alarm} ends")
    eventually(
        lambda: next((m for m in inbox.told() if m["NewStateValue"] == "OK"), None), "the topic is told so"
    )
