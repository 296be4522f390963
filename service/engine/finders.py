"""How to ask AWS whether a planned resource is there already, by its deterministic name or its tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Place:
    """Where a resource is: the account, the profile that reaches it, the region."""

    account_id: str
    profile: str
    region: str


Finder = Callable[[Any, dict[str, Any], Place], str | None]
"""(client, planned inputs, place) -> the id to import, or None when nothing is there."""


def _bucket(s3: Any, inputs: dict[str, Any], place: Place) -> str | None:
    """Bucket names belong to the whole world: one that somebody else has is refused, and so not taken for ours."""
    s3.head_bucket(Bucket=inputs["bucket"], ExpectedBucketOwner=place.account_id)
    return str(inputs["bucket"])


def _key(kms: Any, inputs: dict[str, Any], _: Place) -> str | None:
    """A key has no name: the one with exactly our tags, and not on its way out, is ours."""
    wanted = set((inputs.get("tags") or {}).items())
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            if wanted and wanted <= _key_tags(kms, key["KeyId"]) and _key_lives(kms, key["KeyId"]):
                return str(key["KeyId"])
    return None


def _key_tags(kms: Any, key_id: str) -> set[tuple[str, str]]:
    try:
        tags = kms.list_resource_tags(KeyId=key_id)["Tags"]
    except ClientError:  # A key of somebody else: its policy does not let us look, so it is not ours.
        return set()
    return {(tag["TagKey"], tag["TagValue"]) for tag in tags}


def _key_lives(kms: Any, key_id: str) -> bool:
    return str(kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]) not in (
        "PendingDeletion",
        "PendingReplicaDeletion",
    )


def _alias(kms: Any, inputs: dict[str, Any], _: Place) -> str | None:
    for page in kms.get_paginator("list_aliases").paginate():
        if any(alias["AliasName"] == inputs["name"] for alias in page["Aliases"]):
            return str(inputs["name"])
    return None


def _role(iam: Any, inputs: dict[str, Any], _: Place) -> str | None:
    """Found by its path: of a role that is not there IAM knows no path, and GetRole under a policy for one path is refused."""
    for page in iam.get_paginator("list_roles").paginate(PathPrefix=inputs.get("path") or "/"):
        for role in page["Roles"]:
            if role["RoleName"] == inputs["name"]:
                return str(role["RoleName"])
    return None


def _queue(sqs: Any, inputs: dict[str, Any], _: Place) -> str | None:
    return str(sqs.get_queue_url(QueueName=inputs["name"])["QueueUrl"])


def _topic(sns: Any, inputs: dict[str, Any], _: Place) -> str | None:
    for page in sns.get_paginator("list_topics").paginate():
        for topic in page["Topics"]:
            if topic["TopicArn"].rpartition(":")[2] == inputs["name"]:
                return str(topic["TopicArn"])
    return None


def _stream(firehose: Any, inputs: dict[str, Any], _: Place) -> str | None:
    described = firehose.describe_delivery_stream(DeliveryStreamName=inputs["name"])
    return str(described["DeliveryStreamDescription"]["DeliveryStreamARN"])


def _log_group(logs: Any, inputs: dict[str, Any], _: Place) -> str | None:
    groups = logs.describe_log_groups(logGroupNamePrefix=inputs["name"])["logGroups"]
    return next(
        (str(group["logGroupName"]) for group in groups if group["logGroupName"] == inputs["name"]), None
    )


def _log_stream(logs: Any, inputs: dict[str, Any], _: Place) -> str | None:
    group, name = inputs["logGroupName"], inputs["name"]
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
    return next((f"{group}:{name}" for stream in streams if stream["logStreamName"] == name), None)


def _trail(cloudtrail: Any, inputs: dict[str, Any], _place: Place) -> str | None:
    trails = cloudtrail.describe_trails(includeShadowTrails=False)["trailList"]
    return next((str(trail["TrailARN"]) for trail in trails if trail["Name"] == inputs["name"]), None)


def _query_log(route53: Any, inputs: dict[str, Any], _place: Place) -> str | None:
    """A zone has one at most; it is ours where it leads into the group that we asked for."""
    for config in route53.list_query_logging_configs(HostedZoneId=inputs["zoneId"])["QueryLoggingConfigs"]:
        if config["CloudWatchLogsLogGroupArn"].removesuffix(":*") == inputs["cloudwatchLogGroupArn"]:
            return str(config["Id"])
    return None


FINDERS: dict[str, tuple[str, Finder]] = {
    "aws:s3/bucket:Bucket": ("s3", _bucket),
    "aws:kms/key:Key": ("kms", _key),
    "aws:kms/alias:Alias": ("kms", _alias),
    "aws:iam/role:Role": ("iam", _role),
    "aws:sqs/queue:Queue": ("sqs", _queue),
    "aws:sns/topic:Topic": ("sns", _topic),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("firehose", _stream),
    "aws:cloudtrail/trail:Trail": ("cloudtrail", _trail),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", _log_group),
    "aws:cloudwatch/logStream:LogStream": ("logs", _log_stream),
    "aws:route53/queryLog:QueryLog": ("route53", _query_log),
}
