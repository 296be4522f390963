"""The pipeline of a config source, as the engine sees it."""

from __future__ import annotations

import json

import pytest

from programs import program_for
from programs.names import names_of
from programs.wish import Wish
from tests.programs.aws_config.wishes import config_wish
from tests.programs.recording import Registered, run
from tests.programs.wishes import KEY_ARN, PRODUCTION

NAMES = names_of(config_wish())
RECORDER, CHANNEL, STATUS = "recorder", "channel", "status"


def made(asked: Wish) -> dict[str, Registered]:
    """Every resource of the wish by its logical name."""
    return run(program_for(asked))[0]


def test_the_recorder_is_followed_by_its_channel_and_then_started() -> None:
    found = made(config_wish())
    assert {found[name].provider for name in (RECORDER, CHANNEL, STATUS)} == {"production"}
    assert RECORDER in found[CHANNEL].depends_on
    assert found[CHANNEL].depends_on >= {"bucket-policy", "replication"}
    assert CHANNEL in found[STATUS].depends_on
    assert (found[RECORDER].parent, found[STATUS].parent) == ("recording", RECORDER)


def test_everything_is_recorded_and_delivered_under_the_key_of_the_store() -> None:
    found = made(config_wish({"global_types": True, "snapshot_frequency": "One_Hour"}))
    assert found[RECORDER].inputs == {
        "name": "default",
        "roleArn": f"arn:aws:iam::{PRODUCTION}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True, "resourceTypes": []},
        "recordingMode": {"recordingFrequency": "CONTINUOUS"},
    }
    assert found[CHANNEL].inputs == {
        "name": "default",
        "s3BucketName": NAMES.bucket,
        "s3KeyPrefix": "logs",
        "s3KmsKeyArn": KEY_ARN,
        "snapshotDeliveryProperties": {"deliveryFrequency": "One_Hour"},
    }


def test_some_types_are_recorded_daily() -> None:
    types = ["AWS::S3::Bucket", "AWS::EC2::SecurityGroup"]
    recorder = made(config_wish({"resource_types": types, "frequency": "DAILY"}))[RECORDER].inputs
    assert recorder["recordingGroup"] == {
        "allSupported": False,
        "includeGlobalResourceTypes": False,
        "resourceTypes": types,
    }
    assert recorder["recordingMode"] == {"recordingFrequency": "DAILY"}


@pytest.mark.parametrize(
    ("adopt", "stage", "records", "guarded"),
    [
        (False, "active", True, True),
        (False, "draining", False, False),
        (True, "active", True, True),
        (True, "draining", True, False),
    ],
)
def test_a_recorder_of_ours_stops_to_drain_and_one_that_was_there_goes_on(
    adopt: bool, stage: str, records: bool, guarded: bool
) -> None:
    found = made(config_wish({"adopt": adopt}, stage=stage))
    assert found[STATUS].inputs["isEnabled"] is records
    assert {found[name].protect for name in (RECORDER, CHANNEL)} == {guarded}
    assert {found[name].retain for name in (RECORDER, CHANNEL, STATUS)} == {adopt}


def test_a_recorder_that_is_taken_over_is_noted_first() -> None:
    found = made(config_wish({"adopt": True, "recorder_name": "theirs"}))
    assert found["recorder-found"].inputs == {"recorder": "theirs", "channel": "default"}
    assert found["own-production"].inputs["allowedAccountIds"] == f'["{PRODUCTION}"]'
    assert found[RECORDER].depends_on == {"recorder-found"}
    assert "recorder-found" not in made(config_wish())
    assert "recorder-found" not in made(config_wish({"adopt": True}, stage="retired"))


def test_a_retired_source_is_its_store_alone() -> None:
    found = made(config_wish(stage="retired"))
    assert not {RECORDER, CHANNEL, STATUS} & found.keys()
    assert "config.amazonaws.com" not in json.dumps(found["bucket-policy"].inputs["policy"])
    assert "topic" not in found
