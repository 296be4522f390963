"""The store: its names are free or its own, its keys work, and nobody else has his hands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from programs.finding import Finding

from . import takeover
from .view import View, error, warning

_ABSENT = ("404", "NoSuchBucket", "NotFound", "NotFoundException", "NoSuchTagSet")
_KEY_PLACES = {"Disabled": "key_disabled", "PendingDeletion": "key_pending_deletion"}


def buckets(view: View) -> Iterator[Finding]:
    """Names of buckets are shared with the whole world: each is free, or the bucket there is this source's."""
    for name, s3 in _buckets(view):
        there = _head(s3, name, view.names.log_account)
        if name == view.names.adopted_bucket:
            ours = there == "ours"
            yield from takeover.bucket(s3, view, ours, _source_of(s3, view, name) if ours else None)
        elif there == "taken" or (there == "ours" and _source_of(s3, view, name) != view.wish.source_id):
            whose = "somebody else" if there == "taken" else "something else in the log account"
            yield error(
                "bucket_taken",
                "/name",
                f"The bucket {name} belongs to {whose}.",
                "Take another name for the source.",
            )
        elif there == "ours":
            yield from _as_left(s3, view, name)


def _buckets(view: View) -> Iterator[tuple[str, Any]]:
    yield view.names.bucket, view.log("s3")
    if view.names.replica_region is not None:
        yield view.names.replica, view.log("s3", view.names.replica_region)


def _head(s3: Any, name: str, owner: str) -> str:
    """ "free", "ours" or "taken". HeadBucket answers 403 for a bucket of another account (ExpectedBucketOwner)."""
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
    except ClientError as refused:
        code = refused.response["Error"]["Code"]
        if code in _ABSENT:
            return "free"
        if code == "403":
            return "taken"
        raise
    return "ours"


def _source_of(s3: Any, view: View, name: str) -> str | None:
    owner = view.names.log_account
    try:
        tags = s3.get_bucket_tagging(Bucket=name, ExpectedBucketOwner=owner)["TagSet"]
    except ClientError as refused:
        if refused.response["Error"]["Code"] in _ABSENT:
            return None
        raise
    return next((tag["Value"] for tag in tags if tag["Key"] == "logflume:source"), None)


def _as_left(s3: Any, view: View, name: str) -> Iterator[Finding]:
    """A bucket has one notification configuration and needs versions for its copy: both are put back by the apply."""
    owner = view.names.log_account
    told = s3.get_bucket_notification_configuration(Bucket=name, ExpectedBucketOwner=owner)
    topics = [
        each for each in told.get("TopicConfigurations", []) if each["TopicArn"] != view.names.topic_arn
    ]
    others = [
        *topics,
        *told.get("QueueConfigurations", []),
        *told.get("LambdaFunctionConfigurations", []),
    ]
    if others:
        yield warning(
            "foreign_notifications",
            "/name",
            f"Somebody has {len(others)} notifications of his own on {name}; the apply takes them away.",
            "Subscribe to the store's topic instead, or become a consumer of the environment.",
        )
    if s3.get_bucket_versioning(Bucket=name, ExpectedBucketOwner=owner).get("Status") != "Enabled":
        yield warning(
            "versioning_off",
            "/name",
            f"{name} keeps no versions any more, so nothing is copied; the apply switches them on again.",
            "Find out who switched them off: objects written meanwhile have no copy.",
        )


def keys(view: View) -> Iterator[Finding]:
    """A key that exists can be used, and its policy still lets in whoever needs it."""
    for region in dict.fromkeys((view.names.log_region, view.names.replica_region)):
        if region is not None:
            yield from _key(view.log("kms", region), view, region)


def _key(kms: Any, view: View, region: str) -> Iterator[Finding]:
    target = _aliased(kms, view.names.key_alias)
    if target is None:
        return
    key = kms.describe_key(KeyId=target)["KeyMetadata"]
    state = key["KeyState"]
    if state != "Enabled":
        yield error(
            _KEY_PLACES.get(state, "key_unusable"),
            "/name",
            f"The key {key['KeyId']} of the store in {region} is {state}: nothing can be written or read.",
            "Enable the key or cancel its deletion in the log account; logflume does neither by itself.",
        )
        return
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    if "LogAccount" not in [statement.get("Sid") for statement in policy["Statement"]]:
        yield warning(
            "key_policy_changed",
            "/name",
            f"The policy of the key in {region} was changed by hand.",
            "Look at who can use the key; the apply writes the policy again.",
        )


def _aliased(kms: Any, alias: str) -> str | None:
    """By the list: asking about an alias that does not exist may be refused instead of answered."""
    for page in kms.get_paginator("list_aliases").paginate():
        for each in page["Aliases"]:
            if each["AliasName"] == alias:
                return str(each["TargetKeyId"])
    return None
