"""A bucket that is taken over: it is there, and what of its own settings is replaced while it is a store is said before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from programs.finding import Finding
from programs.wish import Wish

from .view import View, error, warning

_BUCKET = "aws:s3/bucket:Bucket"
_REPLACED = {
    "policy": ("get_bucket_policy", ("Policy",)),
    "lifecycle rules": ("get_bucket_lifecycle_configuration", ("Rules",)),
    "replication": ("get_bucket_replication", ("ReplicationConfiguration",)),
    "notifications": (
        "get_bucket_notification_configuration",
        ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"),
    ),
}
"""What a bucket has one of: ours takes its place."""
_NONE = (
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "ReplicationConfigurationNotFoundError",
)


def adoptable(wish: Wish, known: bytes) -> dict[str, str]:
    """The bucket to import, "type::name" -> id, while the stack does not know it."""
    bucket = wish.spec.adopt_bucket
    if bucket is None or wish.stage != "active" or f'{_BUCKET}::bucket"'.encode() in known:
        return {}
    return {f"{_BUCKET}::bucket": bucket}


def bucket(s3: Any, view: View, there: bool, source: str | None) -> Iterator[Finding]:
    """Whether it is there, nobody's store and in the right region, and what will be replaced; nothing once it is taken over.

    `source` is the source whose store it is, by its tags.
    """
    name, place = str(view.names.adopted_bucket), "/spec/adopt_bucket"
    if not there:
        yield error(
            "bucket_missing",
            place,
            f"The log account has no bucket {name}, or none that its deploy role may use.",
            "Correct the name, or leave it out to have a bucket made.",
        )
        return
    if source not in (None, view.wish.source_id):
        yield error(
            "bucket_taken",
            place,
            f"The bucket {name} is the store of another source.",
            "Name another bucket.",
        )
        return
    whose = {"Bucket": name, "ExpectedBucketOwner": view.names.log_account}
    region = s3.get_bucket_location(**whose)["LocationConstraint"] or "us-east-1"
    if region != view.names.log_region:
        yield error(
            "bucket_region",
            place,
            f"The bucket {name} is in {region}, and the stores of this environment are in {view.names.log_region}.",
            "Name a bucket of that region: a bucket cannot be moved.",
        )
        return
    replaced = [what for what in _REPLACED if _has(s3, whose, what)]
    if replaced and not _ours(s3, whose, view):
        yield warning(
            "bucket_taken_over",
            place,
            f"While {name} is the store, its own {', '.join(replaced)} are replaced.",
            "They are written back when the source is retired. Whoever relies on them meanwhile should know.",
        )


def _has(s3: Any, whose: dict[str, str], what: str) -> bool:
    call, members = _REPLACED[what]
    try:
        answer = getattr(s3, call)(**whose)
    except ClientError as refused:
        if refused.response["Error"]["Code"] in _NONE:
            return False
        raise
    return any(answer.get(member) for member in members)


def _ours(s3: Any, whose: dict[str, str], view: View) -> bool:
    """Whether it is this source's store already: then it tells our topic."""
    told = s3.get_bucket_notification_configuration(**whose).get("TopicConfigurations", [])
    return any(each["TopicArn"] == view.names.topic_arn for each in told)
