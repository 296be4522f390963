"""The pipelines of the cloudtrail kind, as the engine sees them."""

from __future__ import annotations

import json

import pytest

from programs import program_for
from programs.names import names_of
from programs.wish import Wish
from tests.programs.cloudtrail.wishes import calls_wish, trail_wish
from tests.programs.recording import Registered, run
from tests.programs.wishes import KEY_ARN, PRODUCTION

STAGES = ("active", "draining", "retired")
NAMES = names_of(trail_wish())
PRODUCTION_SIDE = {"trail", "rule", "target", "stream", "events-role", "events-permissions", "firehose-role"}


def made(asked: Wish) -> dict[str, Registered]:
    """Every resource of the wish by its logical name."""
    return run(program_for(asked))[0]


def aws(found: dict[str, Registered]) -> list[Registered]:
    """The resources that are something in AWS."""
    return [one for one in found.values() if one.type.startswith("aws:")]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("asked", [trail_wish, calls_wish])
def test_each_resource_has_a_parent_and_the_provider_of_its_account(asked: object, stage: str) -> None:
    found = made(asked(stage=stage))  # type: ignore[operator]  # One of the two functions above.
    for one in aws(found):
        assert found[one.parent].type != "pulumi:pulumi:Stack", one.name
        if one.name in PRODUCTION_SIDE:
            assert one.provider == "production", one.name


def test_the_trail_is_of_all_regions_validated_encrypted_and_logs_into_the_store() -> None:
    trail = made(trail_wish())["trail"]
    assert trail.inputs["name"] == NAMES.trail
    assert trail.inputs["s3BucketName"] == NAMES.bucket
    assert trail.inputs["s3KeyPrefix"] == "logs"
    assert trail.inputs["kmsKeyId"] == KEY_ARN
    for name in (
        "isMultiRegionTrail",
        "enableLogFileValidation",
        "enableLogging",
        "includeGlobalServiceEvents",
    ):
        assert trail.inputs[name] is True
    assert trail.inputs["tags"]["logflume:resource"] == "trail"
    assert {"bucket-policy", "replication"} <= trail.depends_on


def test_what_is_logged_is_written_down() -> None:
    function = f"arn:aws:lambda:eu-west-3:{PRODUCTION}:function:pay"
    spec = {
        "s3_objects": ["arn:aws:s3:::invoices/"],
        "lambda_functions": [function],
        "exclude": ["kms.amazonaws.com"],
    }
    plain = made(trail_wish())["trail"].inputs["advancedEventSelectors"]
    assert [one["fieldSelectors"] for one in plain] == [
        [{"field": "eventCategory", "equals": ["Management"]}]
    ]
    management, objects, functions = made(trail_wish(spec))["trail"].inputs["advancedEventSelectors"]
    assert {"field": "eventSource", "notEquals": ["kms.amazonaws.com"]} in management["fieldSelectors"]
    assert {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::invoices/"]} in objects["fieldSelectors"]
    assert {"field": "resources.ARN", "equals": [function]} in functions["fieldSelectors"]


def test_the_trail_is_guarded_until_it_has_stopped() -> None:
    active, draining = made(trail_wish()), made(trail_wish(stage="draining"))
    assert active["trail"].protect
    assert not draining["trail"].protect
    assert draining["trail"].inputs == active["trail"].inputs | {"enableLogging": False}
    assert draining.keys() == active.keys()
    for name in draining.keys() - {"trail"}:
        assert draining[name] == active[name]


@pytest.mark.parametrize("asked", [trail_wish, calls_wish])
def test_a_retired_source_is_its_store_alone(asked: object) -> None:
    found = made(asked(stage="retired"))  # type: ignore[operator]  # One of the two functions above.
    assert not {"trail", "rule", "target", "stream", "topic"} & found.keys()
    policy = found["bucket-policy"].inputs["policy"]
    assert "cloudtrail.amazonaws.com" not in policy
    assert NAMES.firehose_role_arn not in policy
    assert "cloudtrail.amazonaws.com" not in found["key"].inputs["policy"]


def test_consumers_are_told_of_log_files_and_not_of_digests() -> None:
    (topic,) = made(trail_wish())["notification"].inputs["topics"]
    assert topic["filterPrefix"] == f"logs/AWSLogs/{PRODUCTION}/CloudTrail/"
    (topic,) = made(calls_wish())["notification"].inputs["topics"]
    assert topic["filterPrefix"] == "logs/"


@pytest.mark.parametrize(
    ("preset", "sources"), [("ecr", ["aws.ecr"]), ("elasticsearch", ["aws.es", "aws.opensearchservice"])]
)
def test_a_rule_sends_the_calls_of_the_service_to_the_stream(preset: str, sources: list[str]) -> None:
    found = made(calls_wish(preset))
    rule, target = found["rule"].inputs, found["target"]
    assert json.loads(rule["eventPattern"]) == {
        "source": sources,
        "detail-type": ["AWS API Call via CloudTrail"],
    }
    assert (rule["name"], rule["state"]) == (NAMES.rule, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    assert target.inputs["retryPolicy"] == {"maximumEventAgeInSeconds": 86400, "maximumRetryAttempts": 185}
    assert "events-permissions" in target.depends_on
    types = [one["type"] for one in stream(found)["processingConfiguration"]["processors"]]
    assert types == ["AppendDelimiterToRecord"]


def stream(found: dict[str, Registered]) -> dict[str, dict[str, list[dict[str, str]]]]:
    """The S3 settings of the stream."""
    settings: dict[str, dict[str, list[dict[str, str]]]] = found["stream"].inputs["extendedS3Configuration"]
    return settings


def test_without_reads_the_rule_hears_of_changes_alone() -> None:
    assert made(calls_wish(spec={"reads": False}))["rule"].inputs["state"] == "ENABLED"


def test_draining_takes_the_rule_away_and_nothing_else() -> None:
    active, draining = made(calls_wish()), made(calls_wish(stage="draining"))
    assert active.keys() - draining.keys() == {"rule", "target"}
    assert all(draining[name] == active[name] for name in draining)


def test_outputs_say_where_the_logs_are() -> None:
    trail, calls = run(program_for(trail_wish()))[1], run(program_for(calls_wish()))[1]
    assert {"bucket", "prefix", "consumers", "trail_arn"} <= trail.keys()
    assert {"bucket", "prefix", "consumers", "stream", "writer_role_arn", "rule"} <= calls.keys()


ADOPT = {"adopt": "management-events"}


def test_a_trail_that_is_taken_over_is_turned_after_it_was_noted_and_the_store_lets_it_in() -> None:
    found = made(trail_wish(ADOPT))
    assert "trail" not in found
    note, destination = found["trail-found"], found["trail-destination"]
    assert (note.type, note.provider) == ("logflume:trail:TrailFound", "own-production")
    assert {"trail-found", "bucket-policy"} <= destination.depends_on
    assert destination.inputs == {
        "trail": "management-events",
        "bucket": NAMES.bucket,
        "prefix": "logs",
        "key": KEY_ARN,
    }
    policy = found["bucket-policy"].inputs["policy"]
    assert NAMES.trail_arn_of("management-events") in policy
    assert NAMES.trail_arn not in policy


def test_it_is_turned_back_while_the_store_still_lets_it_in() -> None:
    active, draining = made(trail_wish(ADOPT)), made(trail_wish(ADOPT, stage="draining"))
    gone = {"adopted-trail", "own-production", "trail-found", "trail-destination"}
    assert active.keys() - draining.keys() == gone
    assert all(draining[name] == active[name] for name in draining)
