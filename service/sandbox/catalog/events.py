"""EventBridge rules and their targets. Calls and limits: the EventBridge API reference; inputs and outputs: the provider's
documentation of aws.cloudwatch.EventRule and aws.cloudwatch.EventTarget (of the targets what a Firehose stream needs)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, present, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import REGION, TAGS, Values, block, choice, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "ResourceNotFoundException"
_NAME = r"[.\-_A-Za-z0-9]+"
DEFAULT_BUS = "default"


def _same_pattern(pattern: Any) -> Any:
    """Patterns are compared by meaning, as the provider does."""
    try:
        return json.loads(pattern)
    except (TypeError, ValueError):
        return pattern


class EventRule(Resource):
    """aws.cloudwatch.EventRule on a pattern; schedules are not played.

    Import by `bus/rule`; on the default bus its id is its name.
    """

    token, title = "aws:cloudwatch/eventRule:EventRule", "EventBridge Rule"
    documented = "cloudwatch_event_rule"
    naming = Naming("name", "namePrefix", 64)
    inputs = {
        "name": text(_NAME, longest=64, replaces=True),
        "namePrefix": text(_NAME, longest=38, replaces=True),
        "description": text(longest=512),
        "eventBusName": choice(DEFAULT_BUS, default=DEFAULT_BUS, replaces=True),
        "eventPattern": text(required=True, longest=4096, alike=_same_pattern),
        "state": choice(
            "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", default="ENABLED"
        ),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn",)

    def rules(self, inputs: Values) -> Iterator[Failure]:
        pattern = inputs.get("eventPattern")
        if isinstance(pattern, str) and not isinstance(_same_pattern(pattern), dict):
            yield Failure("eventPattern", "contains an invalid JSON")

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs, Tags=tag_list(inputs.get("tags")))
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        name = id.rpartition("/")[2]
        rule = aws.find("events", "DescribeRule", _GONE, Name=name)
        if rule is None:
            return None
        tags = aws.call("events", "ListTagsForResource", ResourceARN=rule["Arn"]).get("Tags")
        return {
            "name": name,
            "arn": rule["Arn"],
            "description": rule.get("Description"),
            "eventBusName": rule.get("EventBusName", DEFAULT_BUS),
            "eventPattern": rule.get("EventPattern"),
            "state": rule["State"],
            "tags": tag_map(tags),
        }

    def identity(self, id: str, live: Values) -> str:
        return str(live["name"])

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags"}:
            self._put(aws, new)
        if "tags" in changed:
            arn = f"arn:aws:events:{aws.region}:{aws.account_id}:rule/{id}"
            gone, written = tag_changes(old, new)
            if gone:
                aws.call("events", "UntagResource", ResourceARN=arn, TagKeys=gone)
            if written:
                aws.call("events", "TagResource", ResourceARN=arn, Tags=tag_list(written))

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("events", "DeleteRule", _GONE, Name=id)

    def _put(self, aws: Aws, inputs: Values, **more: Any) -> None:
        aws.call(
            "events",
            "PutRule",
            Name=inputs["name"],
            Description=inputs.get("description"),
            EventPattern=inputs["eventPattern"],
            State=inputs["state"],
            **more,
        )


class EventTarget(Resource):
    """aws.cloudwatch.EventTarget. Its id is `rule-target`; import by `bus/rule/target`. Putting one that exists overwrites it."""

    token, title = "aws:cloudwatch/eventTarget:EventTarget", "EventBridge Target"
    documented = "cloudwatch_event_target"
    naming = Naming("targetId", None, 64)
    inputs = {
        "rule": text(_NAME, required=True, longest=64, replaces=True),
        "eventBusName": choice(DEFAULT_BUS, default=DEFAULT_BUS, replaces=True),
        "targetId": text(_NAME, longest=64, replaces=True),
        "arn": text(r"arn:.+", required=True),
        "roleArn": text(r"arn:.+"),
        "retryPolicy": block(
            {"maximumEventAgeInSeconds": number(60, 86400), "maximumRetryAttempts": number(0, 185)}
        ),
        "deadLetterConfig": block({"arn": text(r"arn:.+")}),
        "region": REGION,
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return f"{inputs['rule']}-{inputs['targetId']}"

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        rule, target_id = (known["rule"], known["targetId"]) if known.get("rule") else id.split("/")[-2:]
        found = aws.find("events", "ListTargetsByRule", _GONE, Rule=rule)
        live = next((one for one in (found or {}).get("Targets", []) if one["Id"] == target_id), None)
        if live is None:
            return None
        retries, letters = live.get("RetryPolicy"), live.get("DeadLetterConfig")
        return {
            "rule": rule,
            "eventBusName": DEFAULT_BUS,
            "targetId": target_id,
            "arn": live["Arn"],
            "roleArn": live.get("RoleArn"),
            "retryPolicy": retries and _blocks(retries, "maximumEventAgeInSeconds", "maximumRetryAttempts"),
            "deadLetterConfig": letters and {"arn": letters["Arn"]},
        }

    def identity(self, id: str, live: Values) -> str:
        return f"{live['rule']}-{live['targetId']}"

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("events", "RemoveTargets", _GONE, Rule=known["rule"], Ids=[known["targetId"]])

    def _put(self, aws: Aws, inputs: Values) -> None:
        retries, letters = inputs.get("retryPolicy"), inputs.get("deadLetterConfig")
        target = present(
            Id=inputs["targetId"],
            Arn=inputs["arn"],
            RoleArn=inputs.get("roleArn"),
            RetryPolicy=retries and {_wire(name): value for name, value in retries.items()},
            DeadLetterConfig=letters and {"Arn": letters["arn"]},
        )

        def put() -> dict[str, Any]:
            return aws.call("events", "PutTargets", Rule=inputs["rule"], Targets=[target])

        aws.retrying(put, _role_is_new)


def _blocks(live: dict[str, Any], *names: str) -> Values:
    return {name: live[_wire(name)] for name in names if live.get(_wire(name)) is not None}


def _wire(name: str) -> str:
    return name[0].upper() + name[1:]


def _role_is_new(error: AwsError) -> bool:
    """PutTargets tries the role at once, which may not have spread yet."""
    return error.code == "ValidationException" and "cannot be assumed by principal" in error.message


RESOURCES: tuple[Resource, ...] = (EventRule(), EventTarget())
