"""A recorder that is taken over is left as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import grpc
import pytest

from service.plugin.values import Unknown
from service.provider.recorders import TOKEN
from tests.sandbox.delivery.recorders import LINKED_ROLE, Recorder
from tests.support.aws import trust
from tests.support.plugin import Live, Plugin
from tests.support.sandbox import LOG, Sandbox

_NUMBERS = count(1)
NAMES = {"recorder": "default", "channel": "default"}


@pytest.fixture
def theirs(sandbox: Sandbox) -> Iterator[Recorder]:
    """Names and a bucket for a recorder of somebody else; nothing is there before and after."""
    made = Recorder(sandbox, f"their-history-{next(_NUMBERS)}")
    if not any(role["Arn"] == LINKED_ROLE for role in made.client("iam").list_roles()["Roles"]):
        made.make_role()
    made.make_bucket()
    made.let_in()
    yield made
    state = whole(made)
    for recorder in state["recorders"]:
        made.config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    for channel in state["channels"]:
        made.config.delete_delivery_channel(DeliveryChannelName=channel["name"])
    for recorder in state["recorders"]:
        made.config.delete_configuration_recorder(ConfigurationRecorderName=recorder["name"])


def whole(recorder: Recorder) -> dict[str, Any]:
    """All that AWS Config has in the account."""
    config = recorder.config
    statuses = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    return {
        "recorders": config.describe_configuration_recorders()["ConfigurationRecorders"],
        "channels": config.describe_delivery_channels()["DeliveryChannels"],
        "recording": [status["recording"] for status in statuses],
    }


def note(plugin: Plugin) -> Live:
    id, outputs = plugin.create(TOKEN, plugin.checked(TOKEN, NAMES))
    return Live(id, outputs, NAMES)


def lay_ours_over(recorder: Recorder) -> None:
    """What the AWS provider does after the note was made."""
    recorder.put(recordingGroup={"allSupported": True, "includeGlobalResourceTypes": True})
    recorder.put_channel(configSnapshotDeliveryProperties={"deliveryFrequency": "One_Hour"})
    recorder.start()


@pytest.mark.parametrize("recording", [True, False])
def test_recorder_channel_and_whether_it_recorded_are_there_again(
    theirs: Recorder, plugin: Plugin, recording: bool
) -> None:
    role = f"recorder-{str(recording).lower()}"
    arn = theirs.client("iam").create_role(
        RoleName=role, AssumeRolePolicyDocument=trust(Service="config.amazonaws.com")
    )["Role"]["Arn"]
    theirs.put(arn, recordingMode={"recordingFrequency": "DAILY"})
    theirs.put_channel()
    if recording:
        theirs.start()
    before = whole(theirs)
    found = note(plugin)
    assert whole(theirs) == before
    lay_ours_over(theirs)
    assert whole(theirs) != before
    plugin.delete(TOKEN, found)
    assert whole(theirs) == before


def test_where_nothing_was_nothing_is_left(theirs: Recorder, plugin: Plugin) -> None:
    found = note(plugin)
    assert found.outputs["found"] == {}
    lay_ours_over(theirs)
    plugin.delete(TOKEN, found)
    assert whole(theirs) == {"recorders": [], "channels": [], "recording": []}
    plugin.delete(TOKEN, found)


def test_a_recorder_without_a_channel_loses_ours(theirs: Recorder, plugin: Plugin) -> None:
    theirs.put()
    before = whole(theirs)
    found = note(plugin)
    lay_ours_over(theirs)
    plugin.delete(TOKEN, found)
    assert whole(theirs) == before


def test_what_cannot_be_written_back_is_told(theirs: Recorder, plugin: Plugin) -> None:
    theirs.put()
    theirs.put_channel(s3KeyPrefix="logs")
    found = note(plugin)
    theirs.client("s3", LOG).delete_bucket_policy(Bucket=theirs.bucket)
    with pytest.raises(
        grpc.RpcError, match=r"leaving AWS Config as it was found: .*InsufficientDeliveryPolicy"
    ):
        plugin.delete(TOKEN, found)


def test_a_note_outlives_a_preview_a_refresh_and_other_names(theirs: Recorder, plugin: Plugin) -> None:
    _, planned = plugin.create(TOKEN, NAMES, preview=True)
    assert isinstance(planned["found"], Unknown)
    theirs.put()
    found = note(plugin)
    theirs.put(recordingMode={"recordingFrequency": "DAILY"})
    again = plugin.read(TOKEN, found.id, found)
    assert again is not None
    assert (again.outputs, again.inputs) == (found.outputs, NAMES)
    [change] = plugin.diff(TOKEN, found, {**NAMES, "channel": "another"})
    assert (change.path, change.replaces) == ("channel", False)
    updated = plugin.update(TOKEN, found, {**NAMES, "channel": "another"})
    assert updated["found"] == found.outputs["found"]
    assert plugin.check(TOKEN, {"recorder": "", "colour": "red"})[1].keys() == {
        "recorder",
        "channel",
        "colour",
    }
