"""What a bucket was like when it was taken over, so that it can be left as it was found.

The resource changes nothing while it stands. The AWS provider's resources are laid over the bucket after it and taken away
before it; then its deletion writes back every setting that was there. A bucket without versions cannot become one again
(PutBucketVersioning, S3 API reference): it is left suspended.

Input: `bucket`. Output beside it: `found`, the settings as the S3 API words them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from service.plugin.server import PluginError, Seen
from service.plugin.values import UNKNOWN, Unknown, Values
from service.provider.aws import Aws, code_of, told

TOKEN = "logflume:store:BucketFound"  # noqa: S105 - a type's name, no secret.


@dataclass(frozen=True)
class Setting:
    """One setting of a bucket: how it is asked for, what of the answer it is, and how it is written back."""

    ask: str
    part: Callable[[dict[str, Any]], Any]
    write: str
    member: str


def _members(*names: str) -> Callable[[dict[str, Any]], Any]:
    """Those members of an answer that are there; None where none is."""
    return lambda answer: {name: answer[name] for name in names if name in answer} or None


def _member(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda answer: answer.get(name)


SETTINGS: dict[str, Setting] = {
    "ownership": Setting(
        "get_bucket_ownership_controls",
        _member("OwnershipControls"),
        "put_bucket_ownership_controls",
        "OwnershipControls",
    ),
    "publicAccess": Setting(
        "get_public_access_block",
        _member("PublicAccessBlockConfiguration"),
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
    ),
    "encryption": Setting(
        "get_bucket_encryption",
        _member("ServerSideEncryptionConfiguration"),
        "put_bucket_encryption",
        "ServerSideEncryptionConfiguration",
    ),
    "versioning": Setting(
        "get_bucket_versioning", _members("Status"), "put_bucket_versioning", "VersioningConfiguration"
    ),
    "lifecycle": Setting(
        "get_bucket_lifecycle_configuration",
        _members("Rules"),
        "put_bucket_lifecycle_configuration",
        "LifecycleConfiguration",
    ),
    "policy": Setting("get_bucket_policy", _member("Policy"), "put_bucket_policy", "Policy"),
    "replication": Setting(
        "get_bucket_replication",
        _member("ReplicationConfiguration"),
        "put_bucket_replication",
        "ReplicationConfiguration",
    ),
    "notification": Setting(
        "get_bucket_notification_configuration",
        _members(
            "TopicConfigurations",
            "QueueConfigurations",
            "LambdaFunctionConfigurations",
            "EventBridgeConfiguration",
        ),
        "put_bucket_notification_configuration",
        "NotificationConfiguration",
    ),
}
"""In the order in which they are written back: what the next one needs comes first."""

_NONE = {
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}
"""How the S3 API says that a setting is not there (Error responses, S3 API reference)."""


class BucketFound:
    """The resource type."""

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What is wrong with the inputs."""
        for name in sorted(inputs.keys() - {"bucket"}):
            yield name, f"is not a property of {TOKEN}"
        if not isinstance(inputs.get("bucket"), str | Unknown) or not inputs["bucket"]:
            yield "bucket", "must name a bucket"

    def diff(self, old: Values, new: Values) -> dict[str, bool]:
        """Another bucket is another resource."""
        return {"bucket": True} if old.get("bucket") != new.get("bucket") else {}

    def id(self, inputs: Values) -> str:
        """The bucket's name."""
        return str(inputs["bucket"])

    def planned(self, known: Values, inputs: Values) -> Values:
        """Outputs of a creation that has not happened."""
        return {**inputs, "found": known.get("found", UNKNOWN)}

    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, with the settings as they are now."""
        bucket = str(inputs["bucket"])
        with told(f"looking at bucket {bucket}"):
            return {**inputs, "found": look(aws, bucket)}

    def update(self, aws: Aws, known: Values, new: Values) -> Values:  # noqa: ARG002 - each type is asked alike.
        """Nothing can change but the bucket, which makes another resource."""
        return {**new, "found": known["found"]}

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:
        """The note as it was made; None where the bucket is gone or nothing is known of it."""
        if not known or not _exists(aws, id):
            return None
        return Seen(id, known, {"bucket": known["bucket"]})

    def delete(self, aws: Aws, known: Values) -> None:
        """Write back what was found; a bucket that is gone is left alone."""
        bucket = str(known["bucket"])
        if _exists(aws, bucket):
            with told(f"leaving bucket {bucket} as it was found"):
                write_back(aws, bucket, known["found"])


def look(aws: Aws, bucket: str) -> Values:
    """Every setting that is there, by its name in SETTINGS; plain JSON."""
    return {
        name: value
        for name, setting in SETTINGS.items()
        if (value := _asked(aws, bucket, setting)) is not None
    }


def write_back(aws: Aws, bucket: str, found: Values) -> None:
    """Make the bucket's settings those of `found`; one that was not there has gone with what was laid over it."""
    s3, whose = aws.client("s3"), {"Bucket": bucket, "ExpectedBucketOwner": aws.config.account_id}
    for name, setting in SETTINGS.items():
        if name in found:
            getattr(s3, setting.write)(**whose, **{setting.member: found[name]})


def _asked(aws: Aws, bucket: str, setting: Setting) -> Any:
    from botocore.exceptions import ClientError

    ask = getattr(aws.client("s3"), setting.ask)
    try:
        answer = ask(Bucket=bucket, ExpectedBucketOwner=aws.config.account_id)
    except ClientError as error:
        if code_of(error) in _NONE:
            return None
        raise
    # Dates of lifecycle rules become text, which is what the engine's state holds and the API takes.
    return json.loads(json.dumps(setting.part(answer), default=str))


def _exists(aws: Aws, bucket: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        aws.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=aws.config.account_id)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchBucket"):
            return False
        raise PluginError(f"looking at bucket {bucket}: {error}") from error
    return True
