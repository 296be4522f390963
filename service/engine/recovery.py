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
from .finders import FINDERS, Finder, Place
from .outcome import Step
from .server_finders import SERVER_FINDERS

ALL_FINDERS = FINDERS | SERVER_FINDERS

_ABSENT = {
    "404",
    "LoadBalancerNotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchHostedZone",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "TargetGroupNotFound",
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
    steps: Iterable[Step], accounts: Accounts, place_of: Callable[[Step], Place]
) -> dict[str, str]:
    """Which of the planned creates are in AWS already: "type::name" -> id to import.

    Raises:
        botocore.exceptions.ClientError: AWS refused to say (no permission, throttled).
    """
    found: dict[str, str] = {}
    for step in steps:
        if step.op != "create" or step.type not in ALL_FINDERS:
            continue
        service, find = ALL_FINDERS[step.type]
        place = place_of(step)
        client = accounts.client(place.profile, service, place.region)
        existing = _ask(find, client, step.inputs, place)
        if existing is not None:
            found[f"{step.type}::{step.name}"] = existing
    return found


def _ask(find: Finder, client: Any, inputs: dict[str, Any], place: Place) -> str | None:
    try:
        return find(client, inputs, place)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise
