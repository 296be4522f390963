"""SNS subscriptions. Calls and attributes: the SNS API reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.resource import Resource, present
from service.sandbox.catalog.schema import REGION, Unknown, Values, choice, flag, json_text, number, text
from service.sandbox.catalog.sns import GONE, attribute_text, attribute_value

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class TopicSubscription(Resource):
    """aws.sns.TopicSubscription. Import by subscription ARN."""

    token, title = "aws:sns/topicSubscription:TopicSubscription", "SNS Topic Subscription"
    documented = "sns_topic_subscription"
    ATTRIBUTES: Mapping[str, str] = {
        "rawMessageDelivery": "RawMessageDelivery",
        "filterPolicy": "FilterPolicy",
        "filterPolicyScope": "FilterPolicyScope",
        "redrivePolicy": "RedrivePolicy",
        "deliveryPolicy": "DeliveryPolicy",
        "subscriptionRoleArn": "SubscriptionRoleArn",
    }
    PROTOCOLS = ("sqs", "sms", "lambda", "firehose", "application", "email", "email-json", "http", "https")
    inputs = {
        "topic": text(r"arn:aws[\w-]*:sns:.+", required=True, replaces=True),
        "protocol": choice(*PROTOCOLS, required=True, replaces=True),
        "endpoint": text(required=True, replaces=True),
        "endpointAutoConfirms": flag(default=False, local=True),
        "confirmationTimeoutInMinutes": number(1, default=1, local=True),
        "rawMessageDelivery": flag(default=False),
        "filterPolicy": json_text(),
        "filterPolicyScope": choice("MessageAttributes", "MessageBody", computed=True),
        "redrivePolicy": json_text(),
        "deliveryPolicy": json_text(),
        "subscriptionRoleArn": text(r"arn:.+"),
        "region": REGION,
    }
    computed = ("arn", "ownerId", "pendingConfirmation", "confirmationWasAuthenticated")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        protocol = inputs.get("protocol")
        if not isinstance(protocol, Unknown) and ("subscriptionRoleArn" in inputs) != (
            protocol == "firehose"
        ):
            yield Failure("subscriptionRoleArn", "is required for protocol firehose, and for no other")
        if "filterPolicyScope" in inputs and not inputs.get("filterPolicy"):
            yield Failure("filterPolicyScope", "needs filterPolicy")

    def create(self, aws: Aws, inputs: Values) -> str:
        written = {
            wire: attribute_text(inputs[name])
            for name, wire in self.ATTRIBUTES.items()
            if name in inputs and inputs[name] not in (False, "")
        }
        made = aws.call(
            "sns",
            "Subscribe",
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes=written or None,
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("sns", "GetSubscriptionAttributes", *GONE, SubscriptionArn=id)
        if found is None:
            return None
        attributes = found["Attributes"]
        live = {
            name: attribute_value(self.inputs[name], attributes.get(wire))
            for name, wire in self.ATTRIBUTES.items()
        }
        return {
            "arn": id,
            "topic": attributes["TopicArn"],
            "protocol": attributes["Protocol"],
            "endpoint": attributes["Endpoint"],
            "ownerId": attributes.get("Owner"),
            "pendingConfirmation": attributes.get("PendingConfirmation") == "true",
            "confirmationWasAuthenticated": attributes.get("ConfirmationWasAuthenticated") == "true",
            **live,
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        for name in sorted(changed & self.ATTRIBUTES.keys()):
            # An empty JSON object takes a policy away (SetSubscriptionAttributes).
            empty = "{}" if self.inputs[name].kind == "json" else ""
            value = attribute_text(new.get(name) if new.get(name) is not None else empty)
            call = present(SubscriptionArn=id, AttributeName=self.ATTRIBUTES[name], AttributeValue=value)
            aws.call("sns", "SetSubscriptionAttributes", **call)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("sns", "Unsubscribe", *GONE, SubscriptionArn=id)


RESOURCES: tuple[Resource, ...] = (TopicSubscription(),)
