"""AWS Config: the recorder, its delivery channel, and whether it records. Calls and limits: the AWS Config API reference.

Inputs, defaults and what replaces: the documentation of aws.cfg.Recorder, aws.cfg.DeliveryChannel and
aws.cfg.RecorderStatus. Each is the only one of its kind in an account and region; its id is its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.check import Failure
from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, present
from service.sandbox.catalog.schema import (
    REGION,
    Values,
    block,
    choice,
    flag,
    known_block,
    known_list,
    list_of,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_NO_RECORDER = "NoSuchConfigurationRecorderException"
_NO_CHANNEL = "NoSuchDeliveryChannelException"
_NAME = text(default="default", longest=256, replaces=True)
_TYPE = text(r"AWS::\w+::\w+")
_TYPES = set_of(_TYPE)
FREQUENCIES = ("CONTINUOUS", "DAILY")
STRATEGIES = ("ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES")
SNAPSHOT_FREQUENCIES = ("One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours")


class Recorder(Resource):
    """aws.cfg.Recorder. Import by name. Creating one of a name that exists overwrites it (PutConfigurationRecorder)."""

    token, title = "aws:cfg/recorder:Recorder", "ConfigService Configuration Recorder"
    documented = "config_configuration_recorder"
    inputs = {
        "name": _NAME,
        "roleArn": text(r"arn:.+", required=True),
        "recordingGroup": block(
            {
                "allSupported": flag(default=True),
                "includeGlobalResourceTypes": flag(),
                "resourceTypes": _TYPES,
                "exclusionByResourceTypes": list_of(block({"resourceTypes": _TYPES})),
                "recordingStrategies": list_of(block({"useOnly": choice(*STRATEGIES)}), computed=True),
            },
            computed=True,
        ),
        "recordingMode": block(
            {
                "recordingFrequency": choice(*FREQUENCIES, default="CONTINUOUS"),
                "recordingModeOverride": block(
                    {
                        "description": text(),
                        "recordingFrequency": choice(*FREQUENCIES, required=True),
                        "resourceTypes": set_of(_TYPE, required=True),
                    }
                ),
            },
            computed=True,
        ),
        "region": REGION,
    }

    def rules(self, inputs: Values) -> Iterator[Failure]:
        group = known_block(inputs.get("recordingGroup"))
        if group.get("allSupported") is True and known_list(group.get("resourceTypes")):
            yield Failure("recordingGroup.resourceTypes", "conflicts with allSupported")
        if group.get("allSupported") is False and group.get("includeGlobalResourceTypes") is True:
            yield Failure("recordingGroup.includeGlobalResourceTypes", "requires allSupported")

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find(
            "config", "DescribeConfigurationRecorders", _NO_RECORDER, ConfigurationRecorderNames=[id]
        )
        if found is None:
            return None
        recorder = found["ConfigurationRecorders"][0]
        return {
            "name": recorder["name"],
            "roleArn": recorder["roleARN"],
            "recordingGroup": _group_read(recorder.get("recordingGroup") or {}),
            "recordingMode": _mode_read(recorder.get("recordingMode") or {}),
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("config", "DeleteConfigurationRecorder", _NO_RECORDER, ConfigurationRecorderName=id)

    def _put(self, aws: Aws, inputs: Values) -> None:
        recorder = present(
            name=inputs["name"],
            roleARN=inputs["roleArn"],
            recordingGroup=_group_written(inputs.get("recordingGroup")),
            recordingMode=_mode_written(inputs.get("recordingMode")),
        )
        aws.call("config", "PutConfigurationRecorder", ConfigurationRecorder=recorder)


def _group_written(group: Values | None) -> Values | None:
    if group is None:
        return None
    exclusions = group.get("exclusionByResourceTypes") or []
    strategies = group.get("recordingStrategies") or []
    return present(
        allSupported=group.get("allSupported"),
        includeGlobalResourceTypes=group.get("includeGlobalResourceTypes"),
        resourceTypes=group.get("resourceTypes") or None,
        exclusionByResourceTypes=exclusions[0] if exclusions else None,
        recordingStrategy=strategies[0] if strategies else None,
    )


def _group_read(group: Values) -> Values:
    excluded = (group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or []
    strategy = group.get("recordingStrategy")
    return {
        "allSupported": bool(group.get("allSupported")),
        "includeGlobalResourceTypes": bool(group.get("includeGlobalResourceTypes")),
        "resourceTypes": group.get("resourceTypes") or [],
        "exclusionByResourceTypes": [{"resourceTypes": excluded}] if excluded else [],
        "recordingStrategies": [{"useOnly": strategy["useOnly"]}] if strategy else [],
    }


def _mode_written(mode: Values | None) -> Values | None:
    if mode is None:
        return None
    override = mode.get("recordingModeOverride")
    return {
        "recordingFrequency": mode["recordingFrequency"],
        "recordingModeOverrides": [override] if override else [],
    }


def _mode_read(mode: Values) -> Values:
    overrides = mode.get("recordingModeOverrides") or []
    read = {"recordingFrequency": mode.get("recordingFrequency") or "CONTINUOUS"}
    return read | ({"recordingModeOverride": overrides[0]} if overrides else {})


class DeliveryChannel(Resource):
    """aws.cfg.DeliveryChannel. Import by name. Creating one of a name that exists overwrites it (PutDeliveryChannel)."""

    token, title = "aws:cfg/deliveryChannel:DeliveryChannel", "ConfigService Delivery Channel"
    documented = "config_delivery_channel"
    inputs = {
        "name": _NAME,
        "s3BucketName": text(required=True),
        "s3KeyPrefix": text(),
        "s3KmsKeyArn": text(r"arn:.+"),
        "snsTopicArn": text(r"arn:.+"),
        "snapshotDeliveryProperties": block({"deliveryFrequency": choice(*SNAPSHOT_FREQUENCIES)}),
        "region": REGION,
    }
    WIRE = {
        "s3BucketName": "s3BucketName",
        "s3KeyPrefix": "s3KeyPrefix",
        "s3KmsKeyArn": "s3KmsKeyArn",
        "snsTopicArn": "snsTopicARN",
        "snapshotDeliveryProperties": "configSnapshotDeliveryProperties",
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find("config", "DescribeDeliveryChannels", _NO_CHANNEL, DeliveryChannelNames=[id])
        if found is None:
            return None
        channel = found["DeliveryChannels"][0]
        return {"name": channel["name"]} | {name: channel.get(wire) for name, wire in self.WIRE.items()}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        def remove() -> dict[str, Any]:
            return aws.find("config", "DeleteDeliveryChannel", _NO_CHANNEL, DeliveryChannelName=id) or {}

        # The recorder was told to stop a moment ago, as the real provider expects too.
        aws.retrying(remove, lambda error: error.code == "LastDeliveryChannelDeleteFailedException")

    def _put(self, aws: Aws, inputs: Values) -> None:
        written = {wire: inputs.get(name) or None for name, wire in self.WIRE.items()}
        channel = present(name=inputs["name"], **written)

        def put() -> dict[str, Any]:
            return aws.call("config", "PutDeliveryChannel", DeliveryChannel=channel)

        aws.retrying(put, _policy_is_new)


def _policy_is_new(error: AwsError) -> bool:
    """AWS Config tries the bucket at once, under a policy that may not have spread yet; the real provider waits too."""
    return error.code == "InsufficientDeliveryPolicyException"


class RecorderStatus(Resource):
    """aws.cfg.RecorderStatus: whether a recorder records. Import by the recorder's name; deleting it stops the recorder."""

    token, title = "aws:cfg/recorderStatus:RecorderStatus", "ConfigService Configuration Recorder Status"
    documented = "config_configuration_recorder_status"
    naming = Naming("name", None, 256)
    inputs = {
        "name": text(longest=256, replaces=True),
        "isEnabled": flag(required=True),
        "region": REGION,
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs["name"], inputs["isEnabled"])
        return str(inputs["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        found = aws.find(
            "config", "DescribeConfigurationRecorderStatus", _NO_RECORDER, ConfigurationRecorderNames=[id]
        )
        if found is None:
            return None
        status = found["ConfigurationRecordersStatus"][0]
        return {"name": status["name"], "isEnabled": bool(status.get("recording"))}

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, id, new["isEnabled"])

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        aws.find("config", "StopConfigurationRecorder", _NO_RECORDER, ConfigurationRecorderName=id)

    def _put(self, aws: Aws, name: str, enabled: bool) -> None:
        operation = "StartConfigurationRecorder" if enabled else "StopConfigurationRecorder"
        aws.call("config", operation, ConfigurationRecorderName=name)


RESOURCES: tuple[Resource, ...] = (Recorder(), DeliveryChannel(), RecorderStatus())
