"""CloudWatch Logs: groups, streams and subscription filters. Calls and limits: the CloudWatch Logs API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, present, tag_changes
from service.sandbox.catalog.schema import REGION, TAGS, Values, choice, flag, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "ResourceNotFoundException"
_GROUP = r"[.\-_/#A-Za-z0-9]+"
_TOKENS = ("nextToken", "nextToken")
RETENTIONS = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""Days that PutRetentionPolicy takes; 0 is the provider's word for "never expire"."""


class LogGroup(Resource):
    """aws.cloudwatch.LogGroup. Import by name."""

    token, title = "aws:cloudwatch/logGroup:LogGroup", "CloudWatch Logs Log Group"
    documented = "cloudwatch_log_group"
    naming = Naming("name", "namePrefix", 512)
    inputs = {
        "name": text(_GROUP, longest=512, replaces=True),
        "namePrefix": text(_GROUP, longest=486, replaces=True),
        "retentionInDays": choice(*RETENTIONS, default=0),
        "kmsKeyId": text(r"arn:.+"),
        # moto keeps no class, and the others cannot be subscribed to.
        "logGroupClass": choice("STANDARD", computed=True, replaces=True),
        "skipDestroy": flag(default=False, local=True),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn",)

    def create(self, aws: Aws, inputs: Values) -> str:
        aws.call(
            "logs",
            "CreateLogGroup",
            logGroupName=inputs["name"],
            kmsKeyId=inputs.get("kmsKeyId") or None,
            logGroupClass=inputs.get("logGroupClass"),
            tags=inputs.get("tags") or None,
        )
        return str(inputs["name"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        if inputs.get("retentionInDays"):
            _put_retention(aws, id, inputs["retentionInDays"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        groups = aws.pages("logs", "DescribeLogGroups", "logGroups", _TOKENS, logGroupNamePrefix=id)
        group = next((group for group in groups if group["logGroupName"] == id), None)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        tags = aws.call("logs", "ListTagsForResource", resourceArn=arn).get("tags") or {}
        return {
            "name": id,
            "arn": arn,
            "retentionInDays": group.get("retentionInDays") or 0,
            "kmsKeyId": group.get("kmsKeyId", ""),
            "logGroupClass": group.get("logGroupClass") or "STANDARD",
            "tags": tags,
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if "retentionInDays" in changed:
            _put_retention(aws, id, new.get("retentionInDays") or 0)
        if "kmsKeyId" in changed:
            key = new.get("kmsKeyId")
            if key:
                aws.call("logs", "AssociateKmsKey", logGroupName=id, kmsKeyId=key)
            else:
                aws.call("logs", "DisassociateKmsKey", logGroupName=id)
        if "tags" in changed:
            arn = f"arn:aws:logs:{aws.region}:{aws.account_id}:log-group:{id}"
            gone, written = tag_changes(old, new)
            if gone:
                aws.call("logs", "UntagResource", resourceArn=arn, tagKeys=gone)
            if written:
                aws.call("logs", "TagResource", resourceArn=arn, tags=written)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if not known.get("skipDestroy"):
            aws.find("logs", "DeleteLogGroup", _GONE, logGroupName=id)


def _put_retention(aws: Aws, name: str, days: int) -> None:
    if days:
        aws.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=days)
    else:
        aws.call("logs", "DeleteRetentionPolicy", logGroupName=name)


class LogStream(Resource):
    """aws.cloudwatch.LogStream. Import by `group:stream`; its id is the stream's name."""

    token, title = "aws:cloudwatch/logStream:LogStream", "CloudWatch Logs Log Stream"
    documented = "cloudwatch_log_stream"
    naming = Naming("name", None, 512)
    inputs = {
        "logGroupName": text(_GROUP, required=True, longest=512, replaces=True),
        "name": text(r"[^:*]+", longest=512, replaces=True),
        "region": REGION,
    }
    computed = ("arn",)

    def create(self, aws: Aws, inputs: Values) -> str:
        aws.call("logs", "CreateLogStream", logGroupName=inputs["logGroupName"], logStreamName=inputs["name"])
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        group, name = (known["logGroupName"], id) if known.get("logGroupName") else id.rsplit(":", 1)
        found = aws.find("logs", "DescribeLogStreams", _GONE, logGroupName=group, logStreamNamePrefix=name)
        stream = next(
            (stream for stream in (found or {}).get("logStreams", []) if stream["logStreamName"] == name),
            None,
        )
        return stream and {"logGroupName": group, "name": name, "arn": stream["arn"]}

    def identity(self, id: str, live: Values) -> str:
        return str(live["name"])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("logs", "DeleteLogStream", _GONE, logGroupName=known["logGroupName"], logStreamName=id)


class LogSubscriptionFilter(Resource):
    """aws.cloudwatch.LogSubscriptionFilter, without what moto does not keep. Import by `group|filter`, which is its id here too.

    Writing a filter of a name that exists overwrites it (PutSubscriptionFilter).
    """

    token, title = (
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "CloudWatch Logs Subscription Filter",
    )
    documented = "cloudwatch_log_subscription_filter"
    naming = Naming("name", None, 512)
    inputs = {
        "logGroup": text(_GROUP, required=True, longest=512, replaces=True),
        "name": text(r"[^:*]+", longest=512, replaces=True),
        "filterPattern": text(required=True, longest=1024),
        "destinationArn": text(r"arn:.+", required=True, replaces=True),
        "roleArn": text(r"arn:.+", computed=True),
        # moto keeps no other, and it counts for Kinesis streams only.
        "distribution": choice("ByLogStream", default="ByLogStream"),
        "region": REGION,
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return f"{inputs['logGroup']}|{inputs['name']}"

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        group, _, name = id.partition("|")
        found = aws.find(
            "logs", "DescribeSubscriptionFilters", _GONE, logGroupName=group, filterNamePrefix=name
        )
        live = next(
            (one for one in (found or {}).get("subscriptionFilters", []) if one["filterName"] == name), None
        )
        return live and {
            "logGroup": group,
            "name": name,
            "filterPattern": live.get("filterPattern", ""),
            "destinationArn": live["destinationArn"],
            "roleArn": live.get("roleArn"),
            "distribution": live.get("distribution") or "ByLogStream",
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def _put(self, aws: Aws, inputs: Values) -> None:
        params = present(
            logGroupName=inputs["logGroup"],
            filterName=inputs["name"],
            filterPattern=inputs["filterPattern"],
            destinationArn=inputs["destinationArn"],
            roleArn=inputs.get("roleArn"),
            distribution=inputs.get("distribution"),
        )

        def put() -> dict[str, Any]:
            return aws.call("logs", "PutSubscriptionFilter", **params)

        aws.retrying(put, _role_is_new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        group, _, name = id.partition("|")
        aws.find("logs", "DeleteSubscriptionFilter", _GONE, logGroupName=group, filterName=name)


def _role_is_new(error: AwsError) -> bool:
    """CloudWatch Logs tries the destination at once, with a role that may not have spread yet; these are the texts it answers."""
    tells = (
        "Could not deliver test message to specified",
        "Could not execute the lambda function",
        "Make sure you have given",
    )
    return error.code in ("InvalidParameterException", "OperationAbortedException") and any(
        tell in error.message for tell in tells
    )


RESOURCES: tuple[Resource, ...] = (LogGroup(), LogStream(), LogSubscriptionFilter())
