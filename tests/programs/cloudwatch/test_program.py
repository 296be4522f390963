"""The pipeline of a cloudwatch source, as the engine sees it: every stage, every resource in its account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from programs import program_for
from programs.names import names_of
from programs.wish import Wish
from tests.programs.recording import Registered, run
from tests.programs.wishes import KEY_ARN, wish

STAGES = ("active", "draining", "retired")
NAMES = names_of(wish())
TAGGED = ("Bucket", "Key", "Topic", "Queue", "Role", "FirehoseDeliveryStream")


def made(asked: Wish) -> dict[str, Registered]:
    """Every resource of the wish by its logical name."""
    return run(program_for(asked))[0]


def aws(found: dict[str, Registered]) -> list[Registered]:
    """The resources that are something in AWS."""
    return [one for one in found.values() if one.type.startswith("aws:")]


@pytest.mark.parametrize("stage", STAGES)
def test_each_resource_has_a_parent_and_the_provider_of_its_account(stage: str) -> None:
    found = made(wish({"create_log_group": True}, stage=stage))
    for one in aws(found):
        assert found[one.parent].type != "pulumi:pulumi:Stack", one.name
        assert one.provider == side(one), one.name


LOG_ROLES = {"replication", "splunk", "elastic"}


def side(one: Registered) -> str:
    """Which provider a resource belongs to, by what it is."""
    if one.name.startswith("replica-"):
        return "replica"
    if "alarms" in one.parent or "alarm-topic" in one.name:
        return "production" if "production" in one.parent + one.name else "log"
    service = one.type.split(":")[1].split("/")[0]
    in_production = service in ("iam", "cloudwatch", "kinesis") and one.name.split("-")[0] not in LOG_ROLES
    return "production" if in_production else "log"


def test_providers_have_constant_inputs_and_refuse_other_accounts() -> None:
    found = made(wish())
    assert found["production"].inputs["profile"] == "logflume-production"
    assert json.loads(found["production"].inputs["allowedAccountIds"]) == ["111111111111"]
    assert json.loads(found["log"].inputs["allowedAccountIds"]) == ["222222222222"]


@pytest.mark.parametrize("stage", STAGES)
def test_only_buckets_and_keys_are_guarded(stage: str) -> None:
    guarded = {one.name for one in made(wish(stage=stage)).values() if one.protect}
    assert guarded == {"bucket", "key", "replica-bucket", "replica-key"}


def test_everything_that_can_carry_tags_says_whose_it_is() -> None:
    for one in aws(made(wish())):
        if one.type.rsplit(":", 1)[-1] in TAGGED:
            assert one.inputs["tags"]["managed-by"] == "logflume"
            assert one.inputs["tags"]["logflume:source"] == wish().source_id
            assert one.inputs["tags"]["logflume:resource"] == one.name


def test_nothing_is_let_in_before_the_bucket_is_closed_and_encrypted() -> None:
    found = made(wish())
    assert {"public-access", "encryption", "firehose-role"} <= found["bucket-policy"].depends_on
    assert "bucket-policy" in found["stream"].depends_on
    assert found["filter:/aws/lambda/payments"].parent == "stream"


def test_bucket_policy_and_role_name_the_key_and_the_writer() -> None:
    found = made(wish())
    assert NAMES.firehose_role_arn in found["bucket-policy"].inputs["policy"]
    assert KEY_ARN in found["bucket-policy"].inputs["policy"]
    assert KEY_ARN in found["firehose-permissions"].inputs["policy"]


def test_roles_carry_the_boundary_under_our_path() -> None:
    found = made(wish())
    for name in ("logs-role", "firehose-role"):
        assert found[name].inputs["path"] == "/logflume/"
        assert found[name].inputs["permissionsBoundary"] == wish().production.boundary_arn


@pytest.mark.parametrize(
    ("log_format", "types"),
    [
        ("lines", ["Decompression", "CloudWatchLogProcessing", "AppendDelimiterToRecord"]),
        ("envelope", ["Decompression", "AppendDelimiterToRecord"]),
    ],
)
def test_objects_are_unpacked_once_and_hold_one_record_a_line(log_format: str, types: list[str]) -> None:
    settings = stream(wish({"format": log_format, "buffer_seconds": 120, "buffer_mib": 7}))
    assert [one["type"] for one in settings["processingConfiguration"]["processors"]] == types
    assert settings["compressionFormat"] == "GZIP"
    assert settings["fileExtension"] == ".gz"
    assert settings["bufferingInterval"] == 120
    assert settings["bufferingSize"] == 7
    assert settings["prefix"].startswith("logs/!{timestamp:")
    assert "!{firehose:error-output-type}" in settings["errorOutputPrefix"]


def stream(asked: Wish) -> dict[str, Any]:
    """The S3 settings of the wish's stream."""
    found: dict[str, Any] = made(asked)["stream"].inputs["extendedS3Configuration"]
    return found


def test_each_log_group_has_a_filter_of_its_own() -> None:
    groups = ["/b", "/a"]
    found = made(wish({"log_groups": groups, "filter_pattern": "ERROR"}))
    filters = [found[f"filter:{group}"].inputs for group in groups]
    assert [one["logGroup"] for one in filters] == groups
    assert {one["filterPattern"] for one in filters} == {"ERROR"}
    assert "log-group:/a" not in found


@pytest.mark.parametrize("stage", STAGES)
def test_a_log_group_that_was_made_stays_in_the_stack_and_is_never_deleted(stage: str) -> None:
    found = made(wish({"create_log_group": True}, stage=stage))
    assert found["log-group:/aws/lambda/payments"].retain


def test_draining_takes_away_the_filters_and_nothing_else() -> None:
    active, draining = made(wish()), made(wish(stage="draining"))
    assert active.keys() - draining.keys() == {"filter:/aws/lambda/payments"}
    assert draining.keys() <= active.keys()
    assert all(draining[name] == active[name] for name in draining)


def test_a_retired_source_is_its_store_without_writer_topic_and_queues() -> None:
    found = made(wish(stage="retired"))
    vault = {
        "bucket", "bucket-policy", "encryption", "key", "key-alias", "lifecycle", "ownership", "public-access", "versioning",
    }  # fmt: skip
    copying = {"replication-role", "replication-permissions", "replication"}
    assert {one.name for one in aws(found)} == vault | {f"replica-{name}" for name in vault} | copying
    assert NAMES.firehose_role_arn not in found["bucket-policy"].inputs["policy"]
    assert NAMES.firehose_role_arn not in found["key"].inputs["policy"]


def test_retiring_leaves_what_stays_as_it_was() -> None:
    active, retired = made(wish()), made(wish(stage="retired"))
    for name in retired.keys() - {"bucket-policy", "key"}:
        assert retired[name] == active[name]


def test_another_retention_changes_the_lifecycle_on_both_sides_alone() -> None:
    before, after = made(wish()), made(wish({"retention_days": 30}))
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {"lifecycle", "replica-lifecycle"}
    for name in ("lifecycle", "replica-lifecycle"):
        assert after[name].inputs["rules"][0]["expiration"] == {"days": 30}


def test_only_delivered_objects_are_announced_and_lost_messages_are_kept() -> None:
    found = made(wish())
    (topic,) = found["notification"].inputs["topics"]
    assert topic["filterPrefix"] == "logs/"
    assert "topic-policy" in found["notification"].depends_on
    for name in ("splunk", "elastic"):
        queue = found[f"{name}-queue"].inputs
        dead_letters = NAMES.consumer(name).dead_letters_arn
        assert json.loads(queue["redrivePolicy"]) == {
            "deadLetterTargetArn": dead_letters,
            "maxReceiveCount": 5,
        }
        assert queue["sqsManagedSseEnabled"] is True


def test_outputs_say_where_the_logs_are() -> None:
    active = run(program_for(wish()))[1]
    retired = run(program_for(wish(stage="retired")))[1]
    store = {
        "bucket",
        "key_arn",
        "replica_bucket",
        "replica_key_arn",
        "prefix",
        "log_groups",
        "account",
        "region",
    }
    assert retired.keys() == store
    assert active.keys() == store | {
        "topic_arn", "proof_queue_url", "consumers", "stream", "writer_role_arn",
            "alarm_topic_arn", "delivery_alarm_topic_arn",
    }  # fmt: skip
    assert active["consumers"].keys() == {"splunk", "elastic"}
