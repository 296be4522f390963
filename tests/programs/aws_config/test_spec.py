"""What a config source can be asked for, and what is said about it at once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from programs.aws_config.spec import ConfigSpec
from programs.findings import check
from tests.programs.aws_config.wishes import config_wish

LOCK = {"mode": "GOVERNANCE", "days": 10}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"resource_types": ["AWS::S3::Bucket"], "global_types": True}, "goes with all types"),
        ({"resource_types": ["AWS::S3::Bucket"] * 2}, "more than once"),
        ({"resource_types": ["S3Bucket"]}, "String should match"),
        ({"resource_types": ["AWS::Config::ConfigurationRecorder"], "frequency": "DAILY"}, "recorded daily"),
        ({"snapshot_frequency": "Weekly"}, "One_Hour"),
        ({"recorder_name": ""}, "String should match"),
    ],
)
def test_what_aws_config_cannot_do_is_refused(spec: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ConfigSpec.model_validate(spec)


def test_nothing_has_to_be_said() -> None:
    spec = ConfigSpec()
    assert (spec.resource_types, spec.frequency, spec.adopt, spec.drain_seconds) == (
        (),
        "CONTINUOUS",
        False,
        0,
    )
    assert [finding.code for finding in check(config_wish())] == []


@pytest.mark.parametrize(
    ("spec", "severity", "code", "field"),
    [
        ({"object_lock": LOCK}, "ERROR", "object_lock_unsupported", "/spec/object_lock"),
        (
            {"resource_types": ["AWS::S3::Bucket", "AWS::IAM::Role"]},
            "SUGGESTION",
            "global_type",
            "/spec/resource_types/1",
        ),
        ({"recorder_name": "mine"}, "WARNING", "unusual_name", "/spec/recorder_name"),
    ],
)
def test_what_is_unwise_is_said(spec: dict[str, Any], severity: str, code: str, field: str) -> None:
    found = {finding.code: finding for finding in check(config_wish(spec))}
    assert (found[code].severity, found[code].field) == (severity, field)


def test_a_recorder_that_is_taken_over_may_be_called_anything() -> None:
    spec = {"adopt": True, "recorder_name": "aws-controltower-recorder"}
    assert "unusual_name" not in {finding.code for finding in check(config_wish(spec))}
