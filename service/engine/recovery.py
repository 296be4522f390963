"""Clean up after an attempt that did not end well: what it began but did not record is found and adopted.

An attempt can die between AWS's answer and the checkpoint, or an answer can be lost. Physical names are
deterministic, so a preview of the next run tells what it would create, and this module asks AWS which of that is
there already. Those are imported instead of created. Types whose creation overwrites (bucket policies, filters,
subscriptions, …) need no adoption: doing it again makes the same thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from .aws import Accounts
from .outcome import Step

Finder = Callable[[Any, dict[str, Any]], str | None]
"""(client, planned inputs) -> the id to import, or None when nothing is there."""

_ABSENT = {
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "NoSuchEntityException",
}


def prune(checkpoint: bytes | None) -> bytes | None:
    """The checkpoint of a dead attempt without its pending operations.

    A pending create is adopted or made again; a pending update or delete is done again, its resource being
    in the state still. Returns None for a checkpoint that was cut off in the middle.
    """
    if checkpoint is None:
        return None
    try:
        document = json.loads(checkpoint)
        latest = document["checkpoint"]["latest"] or {}
    except (ValueError, KeyError, TypeError):
        return None
    latest.pop("pending_operations", None)
    return json.dumps(document).encode()


def unprotect(checkpoint: bytes) -> bytes:
    """The checkpoint with its guards taken off, for an approved purge: nothing protected, buckets emptied on delete."""
    document = json.loads(checkpoint)
    for resource in (document["checkpoint"]["latest"] or {}).get("resources", []):
        resource.pop("protect", None)
        if resource["type"] == "aws:s3/bucket:Bucket":
            resource["inputs"]["forceDestroy"] = True
            resource["outputs"]["forceDestroy"] = True
    return json.dumps(document).encode()


def unrecorded(
    steps: Iterable[Step], accounts: Accounts, place_of: Callable[[Step], tuple[str, str]]
) -> dict[str, str]:
    """Which of the planned creates are in AWS already: "type::name" -> id to import. `place_of`: profile and region of a step.

    Raises:
        botocore.exceptions.ClientError: AWS refused to say (no permission, throttled).
    """
    found: dict[str, str] = {}
    for step in steps:
        if step.op != "create" or step.type not in FINDERS:
            continue
        service, find = FINDERS[step.type]
        profile, region = place_of(step)
        existing = _ask(find, accounts.client(profile, service, region), step.inputs)
        if existing is not None:
            found[f"{step.type}::{step.name}"] = existing
    return found


def _ask(find: Finder, client: Any, inputs: dict[str, Any]) -> str | None:
    try:
        return find(client, inputs)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def _bucket(s3: Any, inputs: dict[str, Any]) -> str | None:
    s3.head_bucket(Bucket=inputs["bucket"])
    return str(inputs["bucket"])


def _key(kms: Any, inputs: dict[str, Any]) -> str | None:
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


def _alias(kms: Any, inputs: dict[str, Any]) -> str | None:
    for page in kms.get_paginator("list_aliases").paginate():
        if any(alias["AliasName"] == inputs["name"] for alias in page["Aliases"]):
            return str(inputs["name"])
    return None


def _role(iam: Any, inputs: dict[str, Any]) -> str | None:
    """Found by its path: of a role that is not there IAM knows no path, and GetRole under a policy for one path is refused."""
    for page in iam.get_paginator("list_roles").paginate(PathPrefix=inputs.get("path") or "/"):
        for role in page["Roles"]:
            if role["RoleName"] == inputs["name"]:
                return str(role["RoleName"])
    return None


def _queue(sqs: Any, inputs: dict[str, Any]) -> str | None:
    return str(sqs.get_queue_url(QueueName=inputs["name"])["QueueUrl"])


def _topic(sns: Any, inputs: dict[str, Any]) -> str | None:
    for page in sns.get_paginator("list_topics").paginate():
        for topic in page["Topics"]:
            if topic["TopicArn"].rpartition(":")[2] == inputs["name"]:
                return str(topic["TopicArn"])
    return None


def _stream(firehose: Any, inputs: dict[str, Any]) -> str | None:
    described = firehose.describe_delivery_stream(DeliveryStreamName=inputs["name"])
    return str(described["DeliveryStreamDescription"]["DeliveryStreamARN"])


def _log_group(logs: Any, inputs: dict[str, Any]) -> str | None:
    groups = logs.describe_log_groups(logGroupNamePrefix=inputs["name"])["logGroups"]
    return next(
        (str(group["logGroupName"]) for group in groups if group["logGroupName"] == inputs["name"]), None
    )


def _log_stream(logs: Any, inputs: dict[str, Any]) -> str | None:
    group, name = inputs["logGroupName"], inputs["name"]
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
    return next((f"{group}:{name}" for stream in streams if stream["logStreamName"] == name), None)


FINDERS: dict[str, tuple[str, Finder]] = {
    "aws:s3/bucket:Bucket": ("s3", _bucket),
    "aws:kms/key:Key": ("kms", _key),
    "aws:kms/alias:Alias": ("kms", _alias),
    "aws:iam/role:Role": ("iam", _role),
    "aws:sqs/queue:Queue": ("sqs", _queue),
    "aws:sns/topic:Topic": ("sns", _topic),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("firehose", _stream),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", _log_group),
    "aws:cloudwatch/logStream:LogStream": ("logs", _log_stream),
}
