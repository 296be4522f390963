"""The S3 destination of a Firehose stream: its inputs, and their form in the API. Limits: ExtendedS3DestinationConfiguration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.sandbox.catalog.resource import present
from service.sandbox.catalog.schema import Prop, Values, block, choice, flag, number, set_of, text

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
EXTENDED = {
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


def extended(settings: Values) -> dict[str, Any]:
    """A destination as CreateDeliveryStream takes it."""
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


def as_update(configuration: dict[str, Any]) -> dict[str, Any]:
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


def extended_shown(description: dict[str, Any]) -> Values:
    """A destination that DescribeDeliveryStream answered, in the form of the inputs."""
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


def encryption_shown(encryption: dict[str, Any]) -> Values:
    """The encryption that DescribeDeliveryStream answered, in the form of the inputs."""
    if encryption.get("Status", "DISABLED") not in ("ENABLED", "ENABLING"):
        return {"enabled": False, "keyType": "AWS_OWNED_CMK"}
    return present(
        enabled=True, keyType=encryption.get("KeyType", "AWS_OWNED_CMK"), keyArn=encryption.get("KeyARN")
    )
