"""AWS Config: recording modes, how deliveries went, snapshots on demand, and the name of its service-linked role.

https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingMode.html,
https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeDeliveryChannelStatus.html,
https://docs.aws.amazon.com/config/latest/APIReference/API_DeliverConfigSnapshot.html,
https://docs.aws.amazon.com/config/latest/developerguide/using-service-linked-roles.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.config.models import ConfigBackend, ConfigRecorder
from moto.iam.models import SERVICE_NAME_CONVERSION

from service.sandbox.fixes import replaces

CONTINUOUS: dict[str, Any] = {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []}


def frequency_of(recorder: ConfigRecorder) -> str:
    """``CONTINUOUS`` or ``DAILY``."""
    return str(recorder.recording_mode["recordingFrequency"])  # type: ignore[attr-defined]  # set below


@replaces(ConfigBackend, "put_configuration_recorder")
def _put_configuration_recorder(
    original: Callable[..., None], self: ConfigBackend, config_recorder: dict[str, Any]
) -> None:
    """moto forgets the mode; and calls the recorder of who names none not valid, where AWS calls it "default"."""
    given = {**config_recorder, "name": config_recorder.get("name", "default")}
    original(self, given)
    self.recorders[given["name"]].recording_mode = given.get("recordingMode") or CONTINUOUS  # type: ignore[attr-defined]  # ours


SERVICE_NAME_CONVERSION.setdefault("config", "Config")
