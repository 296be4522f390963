"""What a topic says of itself."""

from __future__ import annotations

import json

from tests.support.sandbox import LOG, REGION, Sandbox


def test_a_topic_counts_its_subscriptions_and_names_the_protocol_of_its_delivery_policy(
    sandbox: Sandbox,
) -> None:
    sns = sandbox.client("sns", LOG)
    topic = sns.create_topic(Name="counted")["TopicArn"]
    sandbox.client("sqs", LOG).create_queue(QueueName="counted")
    queue = f"arn:aws:sqs:{REGION}:{LOG}:counted"
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)
    told = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (told["SubscriptionsConfirmed"], told["SubscriptionsPending"]) == ("1", "0")
    assert "defaultHealthyRetryPolicy" in json.loads(told["EffectiveDeliveryPolicy"])["http"]
    sns.unsubscribe(SubscriptionArn=made["SubscriptionArn"])
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "0"
