"""Recorders and channels AWS Config refuses are refused, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.sandbox.delivery.recorders import LINKED_ROLE, Recorder
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox, running_sandbox

_NUMBERS = count(1)
INSUFFICIENT = ("InsufficientDeliveryPolicyException", 400)
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of this module's own: an account has one recorder."""
    with running_sandbox(tmp_path_factory.mktemp("config")) as sandbox:
        sandbox.client("iam", PRODUCTION).create_service_linked_role(AWSServiceName="config.amazonaws.com")
        yield sandbox


@pytest.fixture
def recorder(own: Sandbox) -> Iterator[Recorder]:
    """A recorder without a channel, and a bucket name of its own."""
    made = Recorder(own, f"refusals-{next(_NUMBERS)}")
    made.put()
    yield made
    made.config.delete_configuration_recorder(ConfigurationRecorderName="default")
    for channel in made.config.describe_delivery_channels()["DeliveryChannels"]:
        made.config.delete_delivery_channel(DeliveryChannelName=channel["name"])


def test_a_bucket_must_be_there_and_let_the_service_in(recorder: Recorder) -> None:
    assert refusal(recorder.put_channel) == ("NoSuchBucketException", 400)
    recorder.make_bucket()
    assert refusal(recorder.put_channel) == INSUFFICIENT
    recorder.let_in(StringEquals={"AWS:SourceAccount": LOG})
    assert refusal(recorder.put_channel) == INSUFFICIENT
    recorder.let_in()
    assert refusal(lambda: recorder.put_channel(s3KeyPrefix="elsewhere")) == INSUFFICIENT
    assert recorder.config.describe_delivery_channels()["DeliveryChannels"] == []
    recorder.put_channel()
    assert recorder.config.describe_delivery_channels()["DeliveryChannels"] != []


def test_a_bucket_that_locks_its_objects_by_default_is_refused(recorder: Recorder) -> None:
    recorder.make_bucket(ObjectLockEnabledForBucket=True)
    recorder.let_in()
    s3 = recorder.client("s3", LOG)
    s3.put_object_lock_configuration(Bucket=recorder.bucket, ObjectLockConfiguration=LOCK)
    assert refusal(recorder.put_channel) == INSUFFICIENT
    s3.put_object_lock_configuration(
        Bucket=recorder.bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    recorder.put_channel()


def test_a_key_must_be_there(recorder: Recorder) -> None:
    recorder.make_bucket()
    recorder.let_in()
    missing = f"arn:aws:kms:{REGION}:{LOG}:key/11111111-2222-3333-4444-555555555555"
    assert refusal(lambda: recorder.put_channel(s3KmsKeyArn=missing)) == ("InvalidS3KmsKeyArnException", 400)


def test_a_recorder_needs_a_role_that_is_there(recorder: Recorder) -> None:
    for role in (f"{LINKED_ROLE}-ghost", ""):
        assert refusal(lambda role=role: recorder.put(role)) == ("InvalidRoleException", 400)


def test_an_account_and_region_has_one_recorder_and_one_channel(recorder: Recorder) -> None:
    second = refusal(lambda: recorder.put(name="second"))
    assert second == ("MaxNumberOfConfigurationRecordersExceededException", 400)
    recorder.make_bucket()
    recorder.let_in()
    recorder.put_channel()
    second = refusal(lambda: recorder.put_channel(name="second"))
    assert second == ("MaxNumberOfDeliveryChannelsExceededException", 400)


def test_the_order_is_recorder_then_channel_then_start(own: Sandbox) -> None:
    made = Recorder(own, f"refusals-{next(_NUMBERS)}")
    made.make_bucket()
    made.let_in()
    assert refusal(made.put_channel) == ("NoAvailableConfigurationRecorderException", 400)
    made.put()
    assert refusal(made.start) == ("NoAvailableDeliveryChannelException", 400)
    made.put_channel()
    snapshot = made.config.deliver_config_snapshot
    stopped = refusal(snapshot, deliveryChannelName="default")
    assert stopped == ("NoRunningConfigurationRecorderException", 400)
    assert refusal(snapshot, deliveryChannelName="other") == ("NoSuchDeliveryChannelException", 400)
    status = made.config.describe_delivery_channel_status
    assert refusal(status, DeliveryChannelNames=["other"]) == ("NoSuchDeliveryChannelException", 400)
    made.start()
    delete = made.config.delete_delivery_channel
    running = refusal(delete, DeliveryChannelName="default")
    assert running == ("LastDeliveryChannelDeleteFailedException", 400)
    made.config.stop_configuration_recorder(ConfigurationRecorderName="default")
    delete(DeliveryChannelName="default")
    made.config.delete_configuration_recorder(ConfigurationRecorderName="default")
