"""Firehose streams with an S3 destination (`extended_s3`). Calls and limits: the Amazon Data Firehose API reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError, ProviderError
from service.sandbox.catalog.resource import Naming, Resource, present, tag_changes, tag_list, tag_map
from service.sandbox.catalog.schema import (
    REGION,
    TAGS,
    Prop,
    Values,
    block,
    choice,
    flag,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_GONE = "ResourceNotFoundException"
_ACTIVE_WITHIN = 600.0
"""Seconds a stream may take to become ACTIVE; the real provider allows 30 minutes."""

_LOGGING = block(
    {"enabled": flag(default=False), "logGroupName": text(), "logStreamName": text()}, computed=True
)
_S3 = {
    "bucketArn": text(r"arn:.+", required=True),
    "roleArn": text(r"arn:.+", required=True),
    "bufferingInterval": number(0, 900, default=300),
    "bufferingSize": number(1, 128, default=5),
    "cloudwatchLoggingOptions": _LOGGING,
    "compressionFormat": choice(
        "UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY", default="UNCOMPRESSED"
    ),
    "errorOutputPrefix": text(longest=1024),
    "kmsKeyArn": text(r"arn:.+"),
    "prefix": text(longest=1024),
}
_PROCESSORS = (
    "RecordDeAggregation",
    "Decompression",
    "CloudWatchLogProcessing",
    "Lambda",
    "MetadataExtraction",
    "AppendDelimiterToRecord",
)
_PARAMETERS = (
    "LambdaArn", "NumberOfRetries", "MetadataExtractionQuery", "JsonParsingEngine", "RoleArn", "BufferSizeInMBs",
    "BufferIntervalInSeconds", "SubRecordType", "Delimiter", "CompressionFormat", "DataMessageExtraction",
)  # fmt: skip
_PROCESSOR = {
    "type": choice(*_PROCESSORS, required=True),
    "parameters": set_of(
        block(
            {
                "parameterName": choice(*_PARAMETERS, required=True),
                "parameterValue": text(required=True, shortest=1, longest=5120),
            }
        )
    ),
}
_EXTENDED = {
    **_S3,
    "customTimeZone": text(default="UTC"),
    "dynamicPartitioningConfiguration": block(
        {"enabled": flag(default=False, replaces=True), "retryDuration": number(0, 7200, default=300)}
    ),
    "fileExtension": text(r"(\.[0-9a-z!\-_.*'()]+)?", longest=128),
    "processingConfiguration": block({"enabled": flag(), "processors": set_of(block(_PROCESSOR))}),
    "s3BackupConfiguration": block(_S3),
    "s3BackupMode": choice("Disabled", "Enabled", default="Disabled"),
}


class DeliveryStream(Resource):
    """aws.kinesis.FirehoseDeliveryStream with destination `extended_s3` and direct put. Import by ARN."""

    token, title = (
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "Kinesis Firehose Delivery Stream",
    )
    naming = Naming("name", None, 64)
    inputs = {
        "name": text(r"[a-zA-Z0-9_.-]{1,64}", replaces=True),
        "destination": choice("extended_s3", required=True, replaces=True),
        "extendedS3Configuration": block(_EXTENDED, required=True),
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
        encryption = inputs.get("serverSideEncryption")
        if isinstance(encryption, dict):
            managed = encryption.get("keyType") == "CUSTOMER_MANAGED_CMK"
            if managed != ("keyArn" in encryption):
                yield Failure(
                    "serverSideEncryption.keyArn",
                    "is required for keyType CUSTOMER_MANAGED_CMK, and for no other",
                )
        settings = inputs.get("extendedS3Configuration")
        if (
            isinstance(settings, dict)
            and settings.get("s3BackupMode") == "Enabled"
            and "s3BackupConfiguration" not in settings
        ):
            yield Failure(
                "extendedS3Configuration.s3BackupConfiguration", "is required when s3BackupMode is Enabled"
            )

    def create(self, aws: Aws, inputs: Values) -> str:
        params: dict[str, Any] = {
            "DeliveryStreamName": inputs["name"],
            "DeliveryStreamType": "DirectPut",
            "ExtendedS3DestinationConfiguration": _extended(inputs["extendedS3Configuration"]),
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
            "extendedS3Configuration": _extended_shown(destination["ExtendedS3DestinationDescription"]),
            "serverSideEncryption": _encryption_shown(
                stream.get("DeliveryStreamEncryptionConfiguration") or {}
            ),
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
            "ExtendedS3DestinationUpdate": _as_update(_extended(settings)),
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


def _s3(settings: Values) -> dict[str, Any]:
    logging = settings.get("cloudwatchLoggingOptions")
    key = settings.get("kmsKeyArn")
    return present(
        BucketARN=settings["bucketArn"],
        RoleARN=settings["roleArn"],
        BufferingHints={
            "IntervalInSeconds": settings["bufferingInterval"],
            "SizeInMBs": settings["bufferingSize"],
        },
        CloudWatchLoggingOptions=_logging(logging) if logging else None,
        CompressionFormat=settings["compressionFormat"],
        EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}
        if key
        else {"NoEncryptionConfig": "NoEncryption"},
        ErrorOutputPrefix=settings.get("errorOutputPrefix"),
        Prefix=settings.get("prefix"),
    )


def _logging(options: Values) -> dict[str, Any]:
    if not options.get("enabled"):
        return {"Enabled": False}
    return present(
        Enabled=True, LogGroupName=options.get("logGroupName"), LogStreamName=options.get("logStreamName")
    )


def _extended(settings: Values) -> dict[str, Any]:
    processing = settings.get("processingConfiguration")
    partitioning = settings.get("dynamicPartitioningConfiguration") or {}
    backup = settings.get("s3BackupConfiguration")
    return _s3(settings) | present(
        CustomTimeZone=settings.get("customTimeZone"),
        DynamicPartitioningConfiguration=_partitioning(partitioning) if partitioning.get("enabled") else None,
        FileExtension=settings.get("fileExtension"),
        ProcessingConfiguration=_processing(processing or {}),
        S3BackupMode=settings.get("s3BackupMode"),
        S3BackupConfiguration=_s3(backup) if backup else None,
    )


def _as_update(configuration: dict[str, Any]) -> dict[str, Any]:
    """A creation's destination as an update's: the backup has another name there."""
    update = {name: value for name, value in configuration.items() if name != "S3BackupConfiguration"}
    return update | present(S3BackupUpdate=configuration.get("S3BackupConfiguration"))


def _partitioning(settings: Values) -> dict[str, Any]:
    return {"Enabled": True, "RetryOptions": {"DurationInSeconds": settings["retryDuration"]}}


def _processing(settings: Values) -> dict[str, Any]:
    processors = [
        {"Type": processor["type"], "Parameters": _parameters(processor.get("parameters") or [])}
        for processor in settings.get("processors") or []
    ]
    return {"Enabled": bool(settings.get("enabled")), "Processors": processors}


def _parameters(parameters: list[Values]) -> list[dict[str, str]]:
    return [
        {"ParameterName": one["parameterName"], "ParameterValue": one["parameterValue"]} for one in parameters
    ]


def _s3_shown(description: dict[str, Any], fields: Mapping[str, Prop] = _S3) -> Values:
    hints = description.get("BufferingHints") or {}
    logging = description.get("CloudWatchLoggingOptions") or {}
    key = (
        (description.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN")
    )
    return present(
        bucketArn=description["BucketARN"],
        roleArn=description["RoleARN"],
        bufferingInterval=hints.get("IntervalInSeconds", fields["bufferingInterval"].default),
        bufferingSize=hints.get("SizeInMBs", fields["bufferingSize"].default),
        cloudwatchLoggingOptions=present(
            enabled=bool(logging.get("Enabled")),
            logGroupName=logging.get("LogGroupName"),
            logStreamName=logging.get("LogStreamName"),
        ),
        compressionFormat=description.get("CompressionFormat") or "UNCOMPRESSED",
        errorOutputPrefix=description.get("ErrorOutputPrefix"),
        kmsKeyArn=key,
        prefix=description.get("Prefix"),
    )


def _extended_shown(description: dict[str, Any]) -> Values:
    partitioning = description.get("DynamicPartitioningConfiguration") or {}
    retry = partitioning.get("RetryOptions") or {}
    backup = description.get("S3BackupDescription")
    return _s3_shown(description) | present(
        customTimeZone=description.get("CustomTimeZone") or "UTC",
        dynamicPartitioningConfiguration=present(
            enabled=partitioning.get("Enabled"), retryDuration=retry.get("DurationInSeconds")
        )
        if partitioning.get("Enabled")
        else None,
        fileExtension=description.get("FileExtension"),
        processingConfiguration=_processing_shown(description.get("ProcessingConfiguration") or {}),
        s3BackupMode=description.get("S3BackupMode") or "Disabled",
        s3BackupConfiguration=_s3_shown(backup) if backup else None,
    )


def _processing_shown(configuration: dict[str, Any]) -> Values | None:
    if not configuration.get("Enabled") and not configuration.get("Processors"):
        return None
    processors = [
        {"type": processor["Type"], "parameters": _parameters_shown(processor.get("Parameters") or [])}
        for processor in configuration.get("Processors") or []
    ]
    return {"enabled": bool(configuration.get("Enabled")), "processors": processors}


def _parameters_shown(parameters: list[dict[str, str]]) -> list[Values]:
    return [
        {"parameterName": one["ParameterName"], "parameterValue": one["ParameterValue"]} for one in parameters
    ]


def _encryption_shown(encryption: dict[str, Any]) -> Values:
    if encryption.get("Status", "DISABLED") not in ("ENABLED", "ENABLING"):
        return {"enabled": False, "keyType": "AWS_OWNED_CMK"}
    return present(
        enabled=True, keyType=encryption.get("KeyType", "AWS_OWNED_CMK"), keyArn=encryption.get("KeyARN")
    )


RESOURCES: tuple[Resource, ...] = (DeliveryStream(),)
