"""What AWS Config was like when its recorder was taken over, so that it can be left as it was found.

The resource changes nothing while it stands. Putting a recorder or a channel of a name that is there overwrites it
(PutConfigurationRecorder, PutDeliveryChannel), which is how the AWS provider takes them over; they stay when they leave the
stack. After that the deletion of this note writes back what was there, or takes away what was not.

Inputs: `recorder` and `channel`, the names that are used. Output beside them: `found`, as the API words it; empty where there
was nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from service.plugin.server import Seen
from service.plugin.values import UNKNOWN, Unknown, Values
from service.provider.aws import Aws, code_of, told

TOKEN = "logflume:config:RecorderFound"  # noqa: S105 - a type's name, no secret.
NAMES = ("recorder", "channel")
_RECORDER = ("name", "roleARN", "recordingGroup", "recordingMode")
"""What PutConfigurationRecorder takes of what DescribeConfigurationRecorders answers."""
_GONE = ("NoSuchConfigurationRecorderException", "NoSuchDeliveryChannelException")


class RecorderFound:
    """The resource type; an account has one a region."""

    def check(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What is wrong with the inputs."""
        for name in sorted(inputs.keys() - set(NAMES)):
            yield name, f"is not a property of {TOKEN}"
        for name in NAMES:
            if not isinstance(inputs.get(name), str | Unknown) or not inputs[name]:
                yield name, "must be a name"

    def diff(self, old: Values, new: Values) -> dict[str, bool]:
        """What was found stays what was found, whatever is used now."""
        return {name: False for name in NAMES if old.get(name) != new.get(name)}

    def id(self, inputs: Values) -> str:
        """The recorder's name."""
        return str(inputs["recorder"])

    def planned(self, known: Values, inputs: Values) -> Values:
        """Outputs of a creation or an update that has not happened."""
        return {**inputs, "found": known.get("found", UNKNOWN)}

    def make(self, aws: Aws, inputs: Values) -> Values:
        """Outputs, with what is there now."""
        with told("looking at AWS Config"):
            return {**inputs, "found": look(aws)}

    def update(self, aws: Aws, known: Values, new: Values) -> Values:  # noqa: ARG002 - each type is asked alike.
        """Other names, and the same note."""
        return {**new, "found": known["found"]}

    def read(self, aws: Aws, id: str, known: Values) -> Seen | None:  # noqa: ARG002 - each type is asked alike.
        """The note as it was made."""
        return Seen(id, known, {name: known[name] for name in NAMES}) if known else None

    def delete(self, aws: Aws, known: Values) -> None:
        """Write back what was found."""
        with told("leaving AWS Config as it was found"):
            write_back(aws, known)


def look(aws: Aws) -> Values:
    """The recorder, its channel and whether it records, without recorders that belong to AWS services."""
    config = aws.client("config")
    recorders = config.describe_configuration_recorders()["ConfigurationRecorders"]
    own = next((recorder for recorder in recorders if not recorder.get("servicePrincipal")), None)
    channel = next(iter(config.describe_delivery_channels()["DeliveryChannels"]), None)
    found: Values = {"channel": channel} if channel else {}
    if own is not None:
        name = own["name"]
        [status] = config.describe_configuration_recorder_status(ConfigurationRecorderNames=[name])[
            "ConfigurationRecordersStatus"
        ]
        found["recorder"] = {member: own[member] for member in _RECORDER if member in own}
        found["recording"] = bool(status["recording"])
    return found


def write_back(aws: Aws, known: Values) -> None:
    """In the order that AWS Config asks for: a recorder before its channel, and no channel taken from one that records."""
    config, found = aws.client("config"), known["found"]
    recorder, channel = found.get("recorder"), found.get("channel")
    if recorder is not None:
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
    if channel is not None and recorder is not None:
        config.put_delivery_channel(DeliveryChannel=channel)
    if found.get("recording"):
        config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    else:
        _unless_gone(config.stop_configuration_recorder, ConfigurationRecorderName=known["recorder"])
    if channel is None:
        _unless_gone(config.delete_delivery_channel, DeliveryChannelName=known["channel"])
    if recorder is None:
        _unless_gone(config.delete_configuration_recorder, ConfigurationRecorderName=known["recorder"])


def _unless_gone(call: Callable[..., Any], **names: str) -> None:
    from botocore.exceptions import ClientError

    try:
        call(**names)
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
