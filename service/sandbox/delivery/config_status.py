"""AWS Config: how deliveries went, and snapshots on demand, in the place of what moto does not play.

https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeDeliveryChannelStatus.html,
https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigurationRecorderStatus.html,
https://docs.aws.amazon.com/config/latest/APIReference/API_DeliverConfigSnapshot.html. States are written as the examples
of "Delivering configuration snapshots to an Amazon S3 bucket" show them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.config.exceptions import NoAvailableConfigurationRecorderException, NoSuchDeliveryChannelException
from moto.config.models import ConfigBackend
from moto.config.responses import ConfigResponse
from moto.core.exceptions import JsonRESTError
from moto.moto_api._internal import mock_random

from service.sandbox.delivery import plane
from service.sandbox.delivery.aws_config import ask_for_snapshot
from service.sandbox.fixes import adds, replaces

NO_STREAM = {"lastStatus": "NOT_APPLICABLE"}
"""Notifications are not played, so there is nothing to tell about them."""


class NoRunningConfigurationRecorder(JsonRESTError):
    """There is a recorder, and it is stopped."""

    code = 400

    def __init__(self) -> None:
        super().__init__(
            "NoRunningConfigurationRecorderException", "There is no configuration recorder running."
        )


def status_of(backend: ConfigBackend, name: str) -> dict[str, Any]:
    """One DeliveryChannelStatus."""
    recording = plane.current().recordings.of(backend.account_id, backend.region_name)
    return {
        "name": name,
        "configSnapshotDeliveryInfo": recording.snapshot,
        "configHistoryDeliveryInfo": recording.history,
        "configStreamDeliveryInfo": NO_STREAM,
    }


@replaces(ConfigResponse, "describe_delivery_channel_status")
def _describe_delivery_channel_status(_original: Callable[..., str], self: ConfigResponse) -> str:
    channels = self.config_backend.delivery_channels
    names: list[str] = self._get_param("DeliveryChannelNames") or list(channels)
    for name in names:
        if name not in channels:
            raise NoSuchDeliveryChannelException(name)
    statuses = [status_of(self.config_backend, name) for name in names]
    return json.dumps({"DeliveryChannelsStatus": statuses})


@adds(ConfigResponse, "deliver_config_snapshot")
def _deliver_config_snapshot(self: ConfigResponse) -> str:
    backend, name = self.config_backend, self._get_param("deliveryChannelName")
    if name not in backend.delivery_channels:
        raise NoSuchDeliveryChannelException(name)
    if not backend.recorders:
        raise NoAvailableConfigurationRecorderException
    if not any(recorder.status.recording for recorder in backend.recorders.values()):
        raise NoRunningConfigurationRecorder
    id = str(mock_random.uuid4())
    ask_for_snapshot(backend, id)
    return json.dumps({"configSnapshotId": id})


@replaces(ConfigBackend, "describe_configuration_recorder_status")
def _describe_configuration_recorder_status(
    original: Callable[..., list[dict[str, Any]]], self: ConfigBackend, recorder_names: list[str]
) -> list[dict[str, Any]]:
    """moto's recorders are pending for ever; here they have begun at once, and failed where the last history did."""
    statuses = original(self, recorder_names)
    history = plane.current().recordings.of(self.account_id, self.region_name).history
    told: dict[str, Any] = {
        name: history[name] for name in ("lastErrorCode", "lastErrorMessage") if name in history
    }
    last = {"lastStatus": history.get("lastStatus", "SUCCESS"), **told}
    return [status | last if "lastStartTime" in status else status for status in statuses]
