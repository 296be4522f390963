"""Topics, subscriptions and queues."""

from __future__ import annotations

import json

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values, grant
from tests.support.sandbox import LOG, REGION


def _queue(clients: Clients, name: str) -> Values:
    return {"name": name, "url": clients("sqs").create_queue(QueueName=name)["QueueUrl"]}


def _topic(clients: Clients, name: str) -> Values:
    return {"name": name, "topic": clients("sns").create_topic(Name=name)["TopicArn"]}


def _topic_and_queue(clients: Clients, name: str) -> Values:
    queue = f"arn:aws:sqs:{REGION}:{LOG}:{name}"
    return {**_topic(clients, name), **_queue(clients, name), "queue": queue}


def _set_queue(clients: Clients, url: str, **attributes: str) -> None:
    clients("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _redrive(*queues: str) -> str:
    return json.dumps(
        {
            "redrivePermission": "byQueue",
            "sourceQueueArns": [f"arn:aws:sqs:{REGION}:{LOG}:{q}" for q in queues],
        }
    )


CASES = (
    Case(
        "aws:sns/topic:Topic",
        inputs=lambda n: {
            "name": n["name"],
            "displayName": "Logs",
            "kmsMasterKeyId": "alias/aws/sns",
            "tags": TAGS,
        },
        change=lambda _: {"displayName": "All logs", "tags": {"team": "orders"}},
        changed=("displayName", "tags.team"),
        by_hand=lambda c, _, id: c("sns").set_topic_attributes(
            TopicArn=id, AttributeName="KmsMasterKeyId", AttributeValue=""
        ),
        drifted="kmsMasterKeyId",
        replace={"name": "another"},
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        needs=_topic,
        inputs=lambda n: {"arn": n["topic"], "policy": grant(n["topic"], "sns:Publish")},
        change=lambda n: {"policy": grant(n["topic"], "sns:Publish", "sns:Subscribe")},
        changed=("policy",),
        by_hand=lambda c, n, id: c("sns").set_topic_attributes(
            TopicArn=id, AttributeName="Policy", AttributeValue=grant(n["topic"], "sns:GetTopicAttributes")
        ),
        drifted="policy",
        replace={"arn": f"arn:aws:sns:{REGION}:{LOG}:another"},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        needs=_topic_and_queue,
        inputs=lambda n: {
            "topic": n["topic"],
            "protocol": "sqs",
            "endpoint": n["queue"],
            "rawMessageDelivery": True,
            "filterPolicy": '{"kind": ["a"]}',
        },
        change=lambda _: {"filterPolicy": '{"kind": ["b"]}'},
        changed=("filterPolicy",),
        by_hand=lambda c, _, id: c("sns").set_subscription_attributes(
            SubscriptionArn=id, AttributeName="RawMessageDelivery", AttributeValue="false"
        ),
        drifted="rawMessageDelivery",
        replace={"endpoint": f"arn:aws:sqs:{REGION}:{LOG}:another"},
    ),
    Case(
        "aws:sqs/queue:Queue",
        inputs=lambda n: {"name": n["name"], "messageRetentionSeconds": 1209600, "tags": TAGS},
        change=lambda _: {"visibilityTimeoutSeconds": 60, "tags": {"team": "orders"}},
        changed=("tags.team", "visibilityTimeoutSeconds"),
        by_hand=lambda c, _, id: _set_queue(c, id, DelaySeconds="5"),
        drifted="delaySeconds",
        replace={"name": "another"},
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        needs=_queue,
        inputs=lambda n: {"queueUrl": n["url"], "policy": grant("*", "sqs:SendMessage")},
        change=lambda _: {"policy": grant("*", "sqs:SendMessage", "sqs:ReceiveMessage")},
        changed=("policy",),
        by_hand=lambda c, _, id: _set_queue(c, id, Policy=grant("*", "sqs:*")),
        drifted="policy",
        replace={"queueUrl": "http://127.0.0.1/222222222222/another"},
    ),
    Case(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        needs=_queue,
        inputs=lambda n: {"queueUrl": n["url"], "redriveAllowPolicy": _redrive("one")},
        change=lambda _: {"redriveAllowPolicy": _redrive("one", "two")},
        changed=("redriveAllowPolicy",),
        by_hand=lambda c, _, id: _set_queue(c, id, RedriveAllowPolicy='{"redrivePermission": "denyAll"}'),
        drifted="redriveAllowPolicy",
        replace={"queueUrl": "http://127.0.0.1/222222222222/another"},
    ),
)
