"""Firehose streams with an S3 destination (`extended_s3`). Calls and limits: the Amazon Data Firehose API reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.firehose_destination import (
    EXTENDED,
    as_update,
    encryption_shown,
    extended,
    extended_shown,
)
from service.sandbox.catalog.resource import Naming, Resource, present, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Unknown,
    Values,
    block,
    choice,
    flag,
    known_block,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "ResourceNotFoundException"
_ACTIVE_WITHIN = 600.0
"""Seconds a stream may take to become ACTIVE; the real provider allows 30 minutes."""


class DeliveryStream(Resource):
    """aws.kinesis.FirehoseDeliveryStream with destination `extended_s3` and direct put. Import by ARN."""

    token, title = (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "Kinesis Firehose Delivery Stream",
    )
    documented = "kinesis_firehose_delivery_stream"
    naming = Naming("name", None, 64)
    inputs = {
        "name": text(r"[a-zA-Z0-9_.-]{1,64}", replaces=True),
        "destination": choice("extended_s3", required=True, replaces=True),
        "extendedS3Configuration": block(EXTENDED, required=True),
        "serverSideEncryption": block(
            {
                "enabled": flag(default=False),
                "keyType": choice("AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK", default="AWS_OWNED_CMK"),
                "keyArn": text(r"arn:.+"),
            }
        ),
        "tags": TAGS,
        "region": REGION,
    }
    computed = ("arn", "destinationId", "versionId")
    moving = ("versionId",)

    def rules(self, inputs: Values) -> Iterator[Failure]:
        encryption = known_block(inputs.get("serverSideEncryption"))
        if encryption and not isinstance(encryption.get("keyType"), Unknown):
            managed = encryption.get("keyType") == "CUSTOMER_MANAGED_CMK"
            if managed != ("keyArn" in encryption):
                yield Failure(
                    "serverSideEncryption.keyArn",
                    "is required for keyType CUSTOMER_MANAGED_CMK, and for no other",
                )
        settings = known_block(inputs.get("extendedS3Configuration"))
        if settings.get("s3BackupMode") == "Enabled" and "s3BackupConfiguration" not in settings:
            yield Failure(
                "extendedS3Configuration.s3BackupConfiguration", "is required when s3BackupMode is Enabled"
            )

    def create(self, aws: Aws, inputs: Values) -> str:
        params: dict[str, Any] = {
            "DeliveryStreamName": inputs["name"],
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": extended(inputs["extendedS3Configuration"]),
            "Tags": tag_list(inputs.get("tags")),
        }
        return str(
            aws.retrying(lambda: aws.call("firehose", "CreateDeliveryStream", **params), _role_is_new)[
                "DeliveryStreamARN"
            ]
        )

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        aws.wait(f"{self.title} ({id}) create", lambda: _is_active(aws, id), _ACTIVE_WITHIN)
        wanted = inputs.get("serverSideEncryption") or {}
        if wanted.get("enabled"):
            _encrypt(aws, id, wanted)

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("firehose", "DescribeDeliveryStream", _GONE, DeliveryStreamName=_name(id))
        if found is None or found["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "DELETING":
            return None
        stream = found["DeliveryStreamDescription"]
        destination = stream["Destinations"][0]
        tags = aws.call("firehose", "ListTagsForDeliveryStream", DeliveryStreamName=_name(id)).get("Tags")
        return {
            "name": stream["DeliveryStreamName"],
            "arn": stream["DeliveryStreamARN"],
            "destination": "extended_s3",
            "destinationId": destination["DestinationId"],
            "versionId": stream["VersionId"],
            "extendedS3Configuration": extended_shown(destination["ExtendedS3DestinationDescription"]),
            "serverSideEncryption": _encryption(stream, known),
            "tags": tag_map(tags),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        name = _name(id)
        if "extendedS3Configuration" in changed:
            self._update_destination(aws, name, new["extendedS3Configuration"])
        if "serverSideEncryption" in changed:
            wanted = new.get("serverSideEncryption") or {}
            if wanted.get("enabled"):
                _encrypt(aws, id, wanted)
            else:
                aws.call("firehose", "StopDeliveryStreamEncryption", DeliveryStreamName=name)
                aws.wait(
                    f"{self.title} ({id}) encryption",
                    lambda: _encryption_is(aws, id, "DISABLED"),
                    _ACTIVE_WITHIN,
                )
        if "tags" in changed:
            gone, written = tag_changes(old, new)
            if gone:
                aws.call("firehose", "UntagDeliveryStream", DeliveryStreamName=name, TagKeys=gone)
            if written:
                aws.call("firehose", "TagDeliveryStream", DeliveryStreamName=name, Tags=tag_list(written))

    def _update_destination(self, aws: Aws, name: str, settings: Values) -> None:
        # The version is read at the last moment: Firehose refuses an update of any but the current one.
        stream = aws.call("firehose", "DescribeDeliveryStream", DeliveryStreamName=name)[
            "DeliveryStreamDescription"
        ]
        params = {
            "DeliveryStreamName": name,
            "CurrentDeliveryStreamVersionId": stream["VersionId"],
            "DestinationId": stream["Destinations"][0]["DestinationId"],
            "ExtendedS3DestinationUpdate": as_update(extended(settings)),
        }
        aws.retrying(lambda: aws.call("firehose", "UpdateDestination", **params), _role_is_new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if aws.find("firehose", "DeleteDeliveryStream", _GONE, DeliveryStreamName=_name(id)) is None:
            return
        aws.wait(f"{self.title} ({id}) delete", lambda: _status(aws, id) is None, _ACTIVE_WITHIN)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _status(aws: Aws, arn: str) -> dict[str, Any] | None:
    found = aws.find("firehose", "DescribeDeliveryStream", _GONE, DeliveryStreamName=_name(arn))
    return None if found is None else dict(found["DeliveryStreamDescription"])


def _is_active(aws: Aws, arn: str) -> bool:
    stream = _status(aws, arn)
    if stream is not None and stream["DeliveryStreamStatus"] == "CREATING_FAILED":
        raise ProviderError(
            f"unexpected state 'CREATING_FAILED': {stream.get('FailureDescription', {}).get('Details', '')}"
        )
    return stream is not None and stream["DeliveryStreamStatus"] == "ACTIVE"


def _encryption(stream: Values, known: Values) -> Values | None:
    """A stream that is not encrypted shows a block only where one was written: the provider suppresses the other difference."""
    shown = encryption_shown(stream.get("DeliveryStreamEncryptionConfiguration") or {})
    return shown if shown["enabled"] or known.get("serverSideEncryption") else None


def _encryption_is(aws: Aws, arn: str, status: str) -> bool:
    stream = _status(aws, arn) or {}
    return bool(
        (stream.get("DeliveryStreamEncryptionConfiguration") or {}).get("Status", "DISABLED") == status
    )


def _encrypt(aws: Aws, arn: str, wanted: Values) -> None:
    key = present(KeyType=wanted["keyType"], KeyARN=wanted.get("keyArn"))
    aws.call(
        "firehose",
        "StartDeliveryStreamEncryption",
        DeliveryStreamName=_name(arn),
        DeliveryStreamEncryptionConfigurationInput=key,
    )
    aws.wait(
        f"Kinesis Firehose Delivery Stream ({arn}) encryption",
        lambda: _encryption_is(aws, arn, "ENABLED"),
        _ACTIVE_WITHIN,
    )


def _role_is_new(error: AwsError) -> bool:
    """Firehose tries to assume its role at once; the role may not have spread yet. These are the texts it answers."""
    tells = (
        "is not authorized to perform",
        "Please make sure the role specified",
        "Firehose is unable to assume role",
    )
    return error.code in ("InvalidArgumentException", "AccessDeniedException") and any(
        tell in error.message for tell in tells
    )


RESOURCES: tuple[Resource, ...] = (DeliveryStream(),)
