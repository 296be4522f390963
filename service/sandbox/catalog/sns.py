"""SNS topics and their policies. Calls and attributes: the SNS API reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Prop,
    Values,
    flag,
    json_text,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

GONE = ("NotFound", "NotFoundException")


def attribute_text(value: Any) -> str:
    """A property as SNS and SQS write attributes: always a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def attribute_value(prop: Prop, value: str | None) -> Any:
    """An attribute as the property it is; None where AWS has none."""
    if value is None or value == "":
        return None
    if prop.kind == "flag":
        return value.lower() == "true"
    return int(value) if prop.kind == "number" else value


class Topic(Resource):
    """aws.sns.Topic, without delivery-status feedback and what moto does not keep (signature version, tracing). Import by ARN.

    Creating one that exists with the same attributes gives that one (CreateTopic).
    """

    token, title = "aws:sns/topic:Topic", "SNS Topic"
    documented = "sns_topic"
    naming = Naming("name", "namePrefix", 256)
    ATTRIBUTES: Mapping[str, str] = {
        "displayName": "DisplayName",
        "policy": "Policy",
        "deliveryPolicy": "DeliveryPolicy",
        "kmsMasterKeyId": "KmsMasterKeyId",
        "fifoTopic": "FifoTopic",
        "contentBasedDeduplication": "ContentBasedDeduplication",
    }
    inputs = {
        "name": text(r"[A-Za-z0-9_-]{1,256}(\.fifo)?", longest=256, replaces=True),
        "namePrefix": text(r"[A-Za-z0-9_-]+", replaces=True),
        "displayName": text(longest=100),
        "policy": json_text(computed=True),
        "deliveryPolicy": json_text(),
        "kmsMasterKeyId": text(),
        "fifoTopic": flag(default=False, replaces=True),
        "contentBasedDeduplication": flag(default=False),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "owner")

    def rules(self, inputs: Values) -> Iterator[Failure]:
        name, fifo = inputs.get("name"), inputs.get("fifoTopic")
        if isinstance(name, str) and bool(fifo) != name.endswith(".fifo"):
            yield Failure("name", "must end in .fifo for a FIFO topic, and for no other")
        if inputs.get("contentBasedDeduplication") and not fifo:
            yield Failure("contentBasedDeduplication", "can only be set for FIFO topics")

    def create(self, aws: Aws, inputs: Values) -> str:
        written = {
            attribute: attribute_text(inputs[name])
            for name, attribute in self.ATTRIBUTES.items()
            if name in inputs and name != "policy" and inputs[name] not in (False, "")
        }
        made = aws.call(
            "sns", "CreateTopic", Name=inputs["name"], Attributes=written, Tags=tag_list(inputs.get("tags"))
        )
        return str(made["TopicArn"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        # Afterwards, because a policy may name a role that has not spread yet, and the topic must not be lost over that.
        if inputs.get("policy"):
            put_policy(aws, id, inputs["policy"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("sns", "GetTopicAttributes", *GONE, TopicArn=id)
        if found is None:
            return None
        attributes = found["Attributes"]
        tags = aws.call("sns", "ListTagsForResource", ResourceArn=id).get("Tags")
        live = {
            name: attribute_value(self.inputs[name], attributes.get(wire))
            for name, wire in self.ATTRIBUTES.items()
        }
        return {
            "name": id.rpartition(":")[2],
            "arn": id,
            "owner": attributes.get("Owner"),
            **live,
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        for name in sorted(changed & self.ATTRIBUTES.keys()):
            if name == "policy":
                put_policy(aws, id, new["policy"])
            else:
                value = attribute_text(new.get(name, ""))
                aws.call(
                    "sns",
                    "SetTopicAttributes",
                    TopicArn=id,
                    AttributeName=self.ATTRIBUTES[name],
                    AttributeValue=value,
                )
        if "tags" in changed:
            gone, written = tag_changes(old, new)
            if gone:
                aws.call("sns", "UntagResource", ResourceArn=id, TagKeys=gone)
            if written:
                aws.call("sns", "TagResource", ResourceArn=id, Tags=tag_list(written))

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("sns", "DeleteTopic", *GONE, TopicArn=id)


def put_policy(aws: Aws, topic: str, policy: str) -> None:
    """Write a topic's policy; a role made a moment ago is an invalid principal until it has spread."""

    def put() -> dict[str, Any]:
        return aws.call(
            "sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy
        )

    aws.retrying(put, _principal_is_new)


def _principal_is_new(error: AwsError) -> bool:
    return (
        error.code in ("InvalidParameter", "InvalidParameterValue") and "PrincipalNotFound" in error.message
    )


class TopicPolicy(Resource):
    """aws.sns.TopicPolicy. Import by topic ARN. Deleting writes the policy that AWS gives a new topic."""

    token, title = "aws:sns/topicPolicy:TopicPolicy", "SNS Topic Policy"
    documented = "sns_topic_policy"
    inputs = {
        "arn": text(r"arn:aws[\w-]*:sns:.+", required=True, replaces=True),
        "policy": json_text(required=True, longest=30720),
        "region": REGION,
    }
    computed = ("owner",)

    def create(self, aws: Aws, inputs: Values) -> str:
        put_policy(aws, inputs["arn"], inputs["policy"])
        return str(inputs["arn"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("sns", "GetTopicAttributes", *GONE, TopicArn=id)
        policy = found and found["Attributes"].get("Policy")
        return (
            {"arn": id, "policy": policy, "owner": found["Attributes"].get("Owner")}
            if found and policy
            else None
        )

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        put_policy(aws, id, new["policy"])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        policy = json.dumps(default_topic_policy(id))
        aws.find(
            "sns", "SetTopicAttributes", *GONE, TopicArn=id, AttributeName="Policy", AttributeValue=policy
        )


def default_topic_policy(arn: str) -> dict[str, Any]:
    """What a topic has before anybody writes a policy ("Access policy" of the SNS developer guide)."""
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in actions],
                "Resource": arn,
                "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
            }
        ],
    }


RESOURCES: tuple[Resource, ...] = (Topic(), TopicPolicy())
