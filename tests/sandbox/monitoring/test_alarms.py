"""An alarm goes off when what it watches goes wrong, says so to its topic, and is quiet again afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, REGION, Sandbox, running_sandbox, start_sandbox

SECONDS = 20.0


class Scene:
    """A queue that an alarm watches, and an inbox at the alarm's topic."""

    def __init__(self, sandbox: Sandbox, name: str, *, may_publish: bool = True) -> None:
        self.sandbox, self.name = sandbox, name
        self.sqs, self.sns = sandbox.client("sqs", LOG), sandbox.client("sns", LOG)
        self.cloudwatch = sandbox.client("cloudwatch", LOG)
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.inbox = self.sqs.create_queue(QueueName=f"{name}-inbox")["QueueUrl"]
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self._connect(may_publish)
        self.put()

    def _connect(self, may_publish: bool) -> None:
        arn = f"arn:aws:sqs:{REGION}:{LOG}:{self.name}-inbox"
        let_in = policy(
            Effect="Allow", Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage", Resource=arn
        )
        self.sqs.set_queue_attributes(QueueUrl=self.inbox, Attributes={"Policy": let_in})
        self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
        if may_publish:
            alarms = f"arn:aws:cloudwatch:{REGION}:{LOG}:alarm:{self.name}*"
            let_in = policy(
                Effect="Allow",
                Principal={"Service": "cloudwatch.amazonaws.com"},
                Action="sns:Publish",
                Resource=self.topic,
                Condition={"ArnLike": {"aws:SourceArn": alarms}, "StringEquals": {"aws:SourceAccount": LOG}},
            )
            self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=let_in)

    def put(self, **more: Any) -> None:
        """Write the alarm: more than no message in a minute."""
        rule: dict[str, Any] = {
            "AlarmName": self.name,
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": self.name}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [self.topic],
            "OKActions": [self.topic],
        }
        self.cloudwatch.put_metric_alarm(**rule | more)

    def state(self) -> str:
        [alarm] = self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return str(alarm["StateValue"])

    def told(self) -> list[tuple[str, str]]:
        """Old and new state of each message in the inbox."""
        messages = self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [json.loads(message["Body"]) for message in messages]
        return [(body["OldStateValue"], body["NewStateValue"]) for body in bodies]

    def reaches(self, state: str) -> None:
        """Look until the alarm is in that state; periods pass by themselves."""

        def there() -> bool:
            self.sandbox.flush()
            return self.state() == state

        _until(there, state)


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)  # A period of the metric has to pass; there is nothing to wait on.


def test_an_alarm_begins_without_data_goes_off_and_is_quiet_again(sandbox: Sandbox) -> None:
    scene = Scene(sandbox, "alarm-life")
    assert scene.state() == "INSUFFICIENT_DATA"
    scene.reaches("OK")
    assert scene.told() == [("INSUFFICIENT_DATA", "OK")]
    scene.sqs.send_message(QueueUrl=scene.queue, MessageBody="a letter")
    scene.reaches("ALARM")
    assert scene.told() == [("OK", "ALARM")]
    scene.sqs.purge_queue(QueueUrl=scene.queue)
    scene.reaches("OK")
    assert ("ALARM", "OK") in scene.told()


def test_a_topic_that_does_not_let_cloudwatch_in_is_not_told(sandbox: Sandbox) -> None:
    scene = Scene(sandbox, "alarm-refused", may_publish=False)
    scene.reaches("OK")
    assert scene.told() == []


def test_a_state_set_by_hand_acts_as_if_it_had_come_by_itself(sandbox: Sandbox) -> None:
    scene = Scene(sandbox, "alarm-by-hand")
    scene.cloudwatch.set_alarm_state(AlarmName=scene.name, StateValue="ALARM", StateReason="a drill")
    assert ("INSUFFICIENT_DATA", "ALARM") in scene.told()


def test_an_alarm_that_is_written_again_keeps_its_state(sandbox: Sandbox) -> None:
    scene = Scene(sandbox, "alarm-again")
    scene.reaches("OK")
    scene.put(Threshold=5)
    assert scene.state() == "OK"


def test_a_topic_without_messages_is_silence_once_the_alarm_is_warm(sandbox: Sandbox) -> None:
    scene = Scene(sandbox, "alarm-silence")
    scene.put(
        Namespace="AWS/SNS",
        MetricName="NumberOfMessagesPublished",
        Dimensions=[{"Name": "TopicName", "Value": "objects"}],
        Statistic="Sum",
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 2},
    )
    sandbox.flush()
    assert scene.state() == "INSUFFICIENT_DATA"
    scene.reaches("ALARM")
    topic = scene.sns.create_topic(Name="objects")["TopicArn"]
    scene.sns.publish(TopicArn=topic, Message="an object")
    scene.reaches("OK")


def test_states_and_metrics_survive_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        scene = Scene(first, "alarm-kept")
        scene.sqs.send_message(QueueUrl=scene.queue, MessageBody="a letter")
        scene.reaches("ALARM")
        first.kill()
    again = start_sandbox(tmp_path)
    try:
        cloudwatch = again.client("cloudwatch", LOG)
        [alarm] = cloudwatch.describe_alarms(AlarmNames=["alarm-kept"])["MetricAlarms"]
        assert (alarm["StateValue"], alarm["AlarmActions"]) == ("ALARM", [scene.topic])
    finally:
        again.stop()


def test_an_alarm_that_is_not_there_has_no_state(sandbox: Sandbox) -> None:
    cloudwatch = sandbox.client("cloudwatch", LOG)
    assert refusal(
        cloudwatch.set_alarm_state, AlarmName="nobody", StateValue="OK", StateReason="-", StateReasonData="{}"
    ) == ("ResourceNotFound", 404)
