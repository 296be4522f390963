"""The main job, with HTTP and boto3 alone: ask, write in production, find in the log account."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from tests.journeys.delivered import lines, objects, write
from tests.journeys.shared import every_line_is_found_in_the_other_account
from tests.support.deployment import LOG, PRODUCTION, Deployment, eventually

pytestmark = pytest.mark.engine


def test_each_of_500_events_over_three_streams_is_found_once_in_the_other_account(
    running: Deployment,
) -> None:
    outputs, told = every_line_is_found_in_the_other_account(running, "main-job", 500)
    assert Counter(lines(running, outputs["bucket"])) == Counter(json.dumps({"n": n}) for n in range(500))
    assert len(told) == len(set(told)), "each object is announced once"


def test_an_object_cannot_be_read_without_its_key(running: Deployment) -> None:
    source = running.ready(running.request("needs-key")["id"])
    outputs = running.stack(source["id"])["outputs"]
    write(running, "/aws/lambda/payments-needs-key", "s", ["secret"])
    running.flush()
    (key,) = eventually(lambda: list(objects(running, outputs["bucket"])) or None, "the object arrives")
    kms, s3 = running.aws("kms", LOG), running.aws("s3", LOG)
    kms.disable_key(KeyId=outputs["key_arn"])
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=outputs["bucket"], Key=key)
    assert refused.value.response["Error"]["Code"] in ("KMS.DisabledException", "AccessDenied")
    kms.enable_key(KeyId=outputs["key_arn"])
    assert s3.get_object(Bucket=outputs["bucket"], Key=key)["Body"].read()


def test_envelopes_keep_where_each_event_came_from(running: Deployment) -> None:
    group = "/aws/lambda/payments-envelope"
    source = running.ready(running.request("envelope", format="envelope")["id"])
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    write(running, group, "a", ["one", "two"])
    running.flush()
    (record,) = eventually(
        lambda: (
            [r for r in map(json.loads, lines(running, bucket)) if r["messageType"] == "DATA_MESSAGE"] or None
        ),
        "the envelope arrives",
    )
    assert (record["logGroup"], record["logStream"], record["owner"]) == (group, "a", PRODUCTION)
    assert [event["message"] for event in record["logEvents"]] == ["one", "two"]


def test_several_groups_share_a_store_and_a_missing_one_is_named_before_anything_is_made(
    running: Deployment,
) -> None:
    groups = ["/aws/lambda/payments-several-a", "/aws/lambda/payments-several-b"]
    source = running.ready(running.request("several", log_groups=groups)["id"])
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    for group in groups:
        write(running, group, "s", [f"from {group}"])
    running.flush()
    eventually(lambda: len(lines(running, bucket)) >= 2 or None, "both arrive")
    assert sorted(lines(running, bucket)) == [f"from {group}" for group in groups]

    body = {
        "name": "missing-group",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_group": "/aws/lambda/payments-not-there"},
    }
    missing = running.settled(running.api("POST", "/v1/sources", body).json()["id"])
    operation = running.api("GET", f"/v1/operations?source={missing['id']}").json()["items"][0]
    assert (missing["status"]["phase"], operation["error"]["code"]) == ("stalled", "log_group_missing")
    assert "/aws/lambda/payments-not-there" in operation["error"]["message"]
    names = [b["Name"] for b in running.aws("s3", LOG).list_buckets()["Buckets"]]
    assert not [name for name in names if "missing-group" in name]


def test_a_group_is_made_when_asked_for_and_taken_as_it_is_when_it_exists(running: Deployment) -> None:
    logs = running.aws("logs", PRODUCTION)
    there, made = "/payments/there-already", "/payments/made-for-you"
    running.make_group(there)
    logs.put_retention_policy(logGroupName=there, retentionInDays=7)
    body = {
        "name": "made-groups",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_groups": [there, made], "create_log_group": True},
    }
    source = running.ready(running.api("POST", "/v1/sources", body).json()["id"])
    found = {
        g["logGroupName"]: g for g in logs.describe_log_groups(logGroupNamePrefix="/payments/")["logGroups"]
    }
    assert found[there]["retentionInDays"] == 7
    assert made in found
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    for group in (there, made):
        write(running, group, "s", [group])
    running.flush()
    eventually(lambda: len(lines(running, bucket)) >= 2 or None, "both arrive")
