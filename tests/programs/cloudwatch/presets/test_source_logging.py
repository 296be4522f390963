"""The pipelines of the presets, as the engine sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from programs import program_for
from programs.names import names_of
from programs.wish import Wish
from tests.programs.cloudwatch.presets.specs import ALL, EKS, RDS, ROUTE53, preset_wish
from tests.programs.recording import Registered, run

GROUP = "log-group:/aws/route53/payments.example.com"
EXPORTS = ("log-group:/aws/rds/instance/payments/postgresql", "log-group:/aws/rds/instance/payments/upgrade")
SWITCHED = {"query-log", "source-found", "source-logging", "own-production", "source"}


def made(asked: Wish) -> dict[str, Registered]:
    """Every resource of the wish by its logical name."""
    return run(program_for(asked))[0]


def test_a_zone_is_logged_into_a_group_that_is_there_first() -> None:
    log = made(preset_wish(ROUTE53))["query-log"]
    assert log.type == "aws:route53/queryLog:QueryLog"
    arn = "arn:aws:logs:us-east-1:111111111111:log-group:/aws/route53/payments.example.com"
    assert log.inputs == {"zoneId": "Z0123", "cloudwatchLogGroupArn": arn}
    assert (log.provider, GROUP in log.depends_on) == ("production", True)


def test_the_senders_side_of_a_zone_lives_in_us_east_1_and_the_store_does_not() -> None:
    asked = preset_wish(ROUTE53)
    found, names = made(asked), names_of(asked)
    assert found["production"].inputs["region"] == "us-east-1"
    assert found["log"].inputs["region"] == "eu-west-3"
    assert names.stream_arn.startswith("arn:aws:firehose:us-east-1:")
    trust = json.loads(found["logs-role"].inputs["assumeRolePolicy"])["Statement"]
    assert "logs.us-east-1.amazonaws.com" in json.dumps(trust)
    permissions = found["firehose-permissions"].inputs["policy"]
    assert "s3.eu-west-3.amazonaws.com" in permissions, "the key is used through S3 where the bucket is"
    assert "arn:aws:logs:us-east-1:111111111111:log-group:/logflume/" in permissions


@pytest.mark.parametrize(
    ("spec", "token", "inputs"),
    [
        (
            RDS,
            "logflume:source:RdsLogExports",
            {"instance": "payments", "types": ["postgresql", "upgrade"]},
        ),
        (EKS, "logflume:source:EksControlPlaneLogging", {"cluster": "payments", "types": ["audit", "api"]}),
    ],
)
def test_what_was_found_is_noted_before_anything_is_switched(
    spec: dict[str, Any], token: str, inputs: dict[str, Any]
) -> None:
    found = made(preset_wish(spec))
    note, switches = found["source-found"], found["source-logging"]
    assert (note.type, switches.type) == (f"{token}Found", token)
    assert note.inputs == inputs
    assert {name: switches.inputs[name] for name in inputs} == inputs
    assert "source-found" in switches.depends_on
    assert {one.provider for one in (note, switches)} == {"own-production"}
    assert all(name in switches.depends_on for name in found if name.startswith("log-group:"))


def test_our_provider_is_as_strict_as_an_aws_provider() -> None:
    assert made(preset_wish(RDS))["own-production"].inputs == {
        "profile": "logflume-production",
        "region": "eu-west-3",
        "allowedAccountIds": '["111111111111"]',
    }


def test_each_export_is_shipped_from_a_group_of_its_own() -> None:
    found = made(preset_wish(RDS))
    for name in EXPORTS:
        assert found[name].retain, "the group is its owner's, and stays"
        assert name in found[name.replace("log-group:", "filter:")].depends_on


@pytest.mark.parametrize("preset", ALL)
def test_nothing_is_switched_or_made_where_logs_are_taken_as_they_are(preset: str) -> None:
    found = made(preset_wish({**ALL[preset], "enable_at_source": False}, "log_group"))
    assert not found.keys() & (SWITCHED - {"source"})
    assert not [name for name in found if name.startswith("log-group:")]
    assert [name for name in found if name.startswith("filter:")]


@pytest.mark.parametrize("preset", ALL)
@pytest.mark.parametrize("stage", ["draining", "retired"])
def test_a_source_goes_back_as_soon_as_nothing_new_is_taken_in(preset: str, stage: str) -> None:
    active, found = made(preset_wish(ALL[preset])), made(preset_wish(ALL[preset], stage=stage))
    assert not found.keys() & SWITCHED
    assert not [name for name in found if name.startswith("filter:")]
    kept = {name for name in active if name.startswith("log-group:")}
    assert kept <= found.keys()
