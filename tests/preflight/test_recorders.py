"""Check 9: AWS Config's role, and the one recorder of an account and region."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from programs.finding import Finding
from service.preflight import KINDS, recorders
from service.preflight.view import Check, View
from tests.preflight.scene import Scene
from tests.programs.aws_config.wishes import config_wish
from tests.sandbox.delivery.recorders import SERVICE, Recorder
from tests.support.sandbox import LOG, PRODUCTION


@pytest.fixture(scope="session")
def linked(scene: Scene) -> list[str]:
    """The service-linked role is made; what was said before it was there."""
    before = [one.code for one in recorders.role(look(scene))]
    scene.root("iam", PRODUCTION).create_service_linked_role(AWSServiceName=SERVICE)
    return before


@pytest.fixture
def theirs(scene: Scene, linked: list[str]) -> Iterator[Recorder]:
    """A recorder of somebody else, called `theirs`, without a channel; it is gone afterwards."""
    assert linked
    made = Recorder(scene.sandbox, f"preflight-{uuid.uuid4().hex[:8]}")
    made.make_bucket()
    made.let_in()
    made.put(name="theirs")
    yield made
    for channel in made.config.describe_delivery_channels()["DeliveryChannels"]:
        made.config.delete_delivery_channel(DeliveryChannelName=channel["name"])
    made.config.delete_configuration_recorder(ConfigurationRecorderName="theirs")


def look(scene: Scene, **spec: Any) -> View:
    """A view of a wish of a source that nobody else has."""
    return scene.view(config_wish(spec, source_id=str(uuid.uuid4())))


def said(check: Check, view: View) -> dict[str, Finding]:
    return {one.code: one for one in check(view)}


def test_the_role_is_made_once_by_somebody_who_may(scene: Scene, linked: list[str]) -> None:
    assert linked == ["config_role_missing"]
    assert said(recorders.role, look(scene)) == {}


def test_a_free_place_has_nothing_to_say(scene: Scene, linked: list[str]) -> None:
    assert linked
    assert said(recorders.taken, look(scene)) == {}
    assert said(recorders.taken, look(scene, adopt=True)).keys() == {"nothing_to_adopt"}


def test_a_recorder_of_somebody_else_is_refused_and_told(scene: Scene, theirs: Recorder) -> None:
    assert said(recorders.taken, look(scene))["singleton_taken"].severity == "ERROR"
    assert said(recorders.taken, look(scene, recorder_name="theirs"))["recorder_idle"].severity == "WARNING"
    theirs.put_channel(name="theirs")
    found = said(recorders.taken, look(scene, recorder_name="theirs"))
    assert found.keys() == {"singleton_taken"}
    assert theirs.bucket in found["singleton_taken"].message


def test_what_is_taken_over_must_be_called_as_it_is(scene: Scene, theirs: Recorder) -> None:
    theirs.put_channel(name="their-channel")
    found = list(recorders.taken(look(scene, adopt=True)))
    assert [(one.code, one.field) for one in found] == [
        ("named_otherwise", "/spec/recorder_name"),
        ("named_otherwise", "/spec/channel_name"),
    ]
    assert found[1].hint == "Set channel_name to their-channel."


def test_what_changes_for_it_is_told_before_it_is_changed(scene: Scene, theirs: Recorder) -> None:
    theirs.put_channel(name="theirs", configSnapshotDeliveryProperties={"deliveryFrequency": "One_Hour"})
    view = look(scene, adopt=True, recorder_name="theirs", channel_name="theirs", frequency="DAILY")
    message = said(recorders.taken, view)["recorder_turned"].message
    for change in (
        f"bucket {theirs.bucket}/logs becomes {view.names.bucket}/logs",
        "snapshots One_Hour becomes TwentyFour_Hours",
        "types ['AWS::S3::Bucket'] becomes ALL_SUPPORTED_RESOURCE_TYPES",
        "recording CONTINUOUS becomes DAILY",
    ):
        assert change in message
    assert "role" not in message


def test_our_own_recorder_stands_in_nobodys_way(scene: Scene, theirs: Recorder) -> None:
    view = look(scene)
    ours = Recorder(scene.sandbox, view.names.bucket)
    ours.make_bucket()
    ours.let_in()
    theirs.config.put_delivery_channel(
        DeliveryChannel={"name": "default", "s3BucketName": ours.bucket, "s3KeyPrefix": "logs"}
    )
    assert said(recorders.taken, view) == {}
    scene.root("s3", LOG).delete_bucket_policy(Bucket=ours.bucket)
    assert said(recorders.taken, look(scene)).keys() == {"singleton_taken"}


def test_a_type_that_nobody_knows_is_told(scene: Scene) -> None:
    found = list(recorders.types(look(scene, resource_types=["AWS::S3::Bucket", "AWS::S3::Bukket"])))
    assert [(one.severity, one.code, one.field) for one in found] == [
        ("WARNING", "unknown_type", "/spec/resource_types/1")
    ]


def test_each_check_is_asked_of_the_kind() -> None:
    assert KINDS["config"] == (recorders.role, recorders.taken, recorders.types)
