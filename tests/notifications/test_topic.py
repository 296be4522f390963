"""A topic hears of it under the role that the subscription names, and under no other."""

from __future__ import annotations

import configparser
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.notifications.payloads import payload
from service.notifications.posting import Reach
from service.notifications.sending import send
from service.notifications.undelivered import Undelivered
from service.settings import Settings
from service.subscriptions import Sns
from tests.notifications.conftest import START, notice
from tests.preflight.scene import Scene
from tests.support.sandbox import SECURITY

TRUST = "a-secret-between-topic-and-us"


@dataclass
class Bus:
    """A topic with a queue behind it, and a role that may publish there."""

    settings: Settings
    subscription: Sns
    queue: Any
    queue_url: str

    def heard(self) -> list[dict[str, Any]]:
        got = self.queue.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in got.get("Messages", [])]


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture(scope="module")
def bus(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Bus:
    sns, sqs, iam = (scene.root(service, SECURITY) for service in ("sns", "sqs", "iam"))
    topic = sns.create_topic(Name="notifications-bus")["TopicArn"]
    url = sqs.create_queue(QueueName="notifications-ears")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = _document(Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage", Resource=arn)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    trust = _document(
        Principal={"AWS": f"arn:aws:iam::{SECURITY}:user/logflume"},
        Action="sts:AssumeRole",
        Condition={"StringEquals": {"sts:ExternalId": TRUST}},
    )
    role = iam.create_role(RoleName="notifications-publisher", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = _document(Action="sns:Publish", Resource=topic)
    iam.put_role_policy(RoleName="notifications-publisher", PolicyName="publish", PolicyDocument=allowed)
    home = tmp_path_factory.mktemp("notifications")
    _identity(home, scene)
    port = int(scene.sandbox.url.rpartition(":")[2])
    subscription = Sns(name="bus", type="sns", topic_arn=topic, role_arn=role, external_id=TRUST)
    return Bus(Settings(home=home, sandbox_port=port), subscription, sqs, url)


def _identity(home: Path, scene: Scene) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser["logflume"] = scene.identity
    with (home / "service-credentials.ini").open("w") as file:
        parser.write(file)


def test_the_payload_is_published_with_what_can_be_filtered_by(bus: Bus) -> None:
    send(bus.subscription, notice(), START, bus.settings, Reach())
    (heard,) = bus.heard()
    assert heard["Message"] == payload(notice()).decode()
    assert {name: value["Value"] for name, value in heard["MessageAttributes"].items()} == {
        "event": "source.stalled",
        "environment": "default",
        "team": "payments",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": "guessed"},
        {"external_id": None},
        {"topic_arn": f"arn:aws:sns:eu-west-3:{SECURITY}:notifications-other"},
        {"role_arn": f"arn:aws:iam::{SECURITY}:role/notifications-nobody"},
    ],
)
def test_without_the_role_the_trust_or_the_right_nothing_is_published(
    bus: Bus, change: dict[str, Any]
) -> None:
    with pytest.raises(Undelivered, match="AWS did not take it") as refused:
        send(bus.subscription.model_copy(update=change), notice(), START, bus.settings, Reach())
    assert TRUST not in str(refused.value)
    assert bus.heard() == []


def test_a_worker_without_identity_says_so(bus: Bus, tmp_path: Path) -> None:
    alone = bus.settings.model_copy(update={"home": tmp_path})
    alone.__dict__.pop("home_path", None)  # It was computed for the other folder.
    with pytest.raises(Undelivered, match="no AWS identity"):
        send(bus.subscription, notice(), START, alone, Reach())
