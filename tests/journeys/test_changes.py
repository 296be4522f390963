"""A wish that changes, is taken back, and comes again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.journeys.delivered import arrived, lines, queue, write
from tests.support.deployment import LOG, PRODUCTION, REGION, REPLICA_REGION, Deployment, eventually

pytestmark = pytest.mark.engine


def put(deployment: Deployment, source: dict[str, Any], spec: dict[str, Any]) -> httpx.Response:
    body = {key: source[key] for key in ("name", "environment", "kind", "team")} | {"spec": spec}
    return deployment.api("PUT", f"/v1/sources/{source['id']}", body, If_Match="*")


def last_operation(deployment: Deployment, source_id: str) -> dict[str, object]:
    return dict(deployment.api("GET", f"/v1/operations?source={source_id}").json()["items"][0])


def steps(deployment: Deployment, operation_id: object) -> list[tuple[str, str]]:
    events = deployment.api("GET", f"/v1/operations/{operation_id}/events", Accept="application/json").json()
    found = events["items"] if isinstance(events, dict) else events
    return [(e["data"]["op"], e["data"]["urn"].split("::")[-1]) for e in found if e["name"] == "resource"]


def test_another_retention_updates_the_lifecycle_on_both_sides_and_nothing_else(running: Deployment) -> None:
    source = running.ready(running.request("retention", retention_days=400)["id"])
    answer = put(running, source, {**source["spec"], "retention_days": 500, "tiers": None})
    assert answer.status_code == 202, answer.text
    changed = running.ready(source["id"])
    operation = last_operation(running, source["id"])
    assert sorted(steps(running, operation["id"])) == [
        ("update", "lifecycle"),
        ("update", "replica-lifecycle"),
    ]
    assert changed["status"]["observed_generation"] == 2
    outputs = running.stack(source["id"])["outputs"]
    for bucket in (outputs["bucket"], outputs["replica_bucket"]):
        rules = running.aws("s3", LOG).get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert 500 in [rule.get("Expiration", {}).get("Days") for rule in rules]


def test_the_same_wish_again_runs_nothing(running: Deployment) -> None:
    source = running.ready(running.request("same")["id"])
    answer = put(running, source, source["spec"])
    assert answer.status_code == 200
    assert len(running.api("GET", f"/v1/operations?source={source['id']}").json()["items"]) == 1


def test_retiring_keeps_the_store_without_its_writer_and_restoring_sends_again_into_the_same(
    running: Deployment,
) -> None:
    group = "/aws/lambda/payments-comes-back"
    source = running.ready(running.request("comes-back")["id"])
    outputs = running.stack(source["id"])["outputs"]
    bucket = outputs["bucket"]
    write(running, group, "s", ["before"])
    arrived(running, bucket, "before")
    s3 = running.aws("s3", LOG)
    before = [
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        s3.get_bucket_encryption(Bucket=bucket),
    ]

    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    retired = running.settled(source["id"])
    assert retired["status"]["phase"] == "retired", retired["status"]
    after = [
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        s3.get_bucket_encryption(Bucket=bucket),
    ]
    assert [a["ServerSideEncryptionConfiguration"] if isinstance(a, dict) else a for a in after] == [
        b["ServerSideEncryptionConfiguration"] if isinstance(b, dict) else b for b in before
    ]
    assert lines(running, bucket) == ["before"]
    assert (
        running.aws("kms", LOG).describe_key(KeyId=outputs["key_arn"])["KeyMetadata"]["KeyState"] == "Enabled"
    )
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert "DenyPlainHttp" in policy
    assert outputs["writer_role_arn"] not in policy
    assert (
        running.aws("logs", PRODUCTION).describe_subscription_filters(logGroupName=group)[
            "subscriptionFilters"
        ]
        == []
    )
    for client, call, gone in (
        ("firehose", "describe_delivery_stream", {"DeliveryStreamName": outputs["stream"]}),
        ("iam", "get_role", {"RoleName": outputs["writer_role_arn"].rpartition("/")[2]}),
    ):
        with pytest.raises(ClientError):
            getattr(running.aws(client, PRODUCTION), call)(**gone)
    with pytest.raises(ClientError):
        running.aws("sqs", LOG).get_queue_attributes(QueueUrl=queue(outputs))

    taken = running.api(
        "POST", "/v1/sources", {k: source[k] for k in ("name", "environment", "kind", "team", "spec")}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")

    assert running.api("POST", f"/v1/sources/{source['id']}/restore").status_code == 202
    running.ready(source["id"])
    assert running.stack(source["id"])["outputs"]["bucket"] == bucket
    assert running.stack(source["id"])["outputs"]["key_arn"] == outputs["key_arn"]
    write(running, group, "s", ["after"])
    arrived(running, bucket, "after")
    assert sorted(lines(running, bucket)) == ["after", "before"]


def test_what_was_refused_half_way_is_made_whole_by_a_corrected_wish_with_no_orphan(
    running: Deployment,
) -> None:
    """AWS takes one filter pattern for another: the refusal comes when most of the pipeline stands."""
    asked = running.request("half-way", filter_pattern="{ $.level = ")
    stalled = running.settled(asked["id"])
    operation = last_operation(running, asked["id"])
    assert (operation["state"], stalled["status"]["phase"]) == ("failed", "stalled")
    error = operation["error"]
    assert isinstance(error, dict)
    assert error["code"] == "aws_invalid"
    assert error["hint"]
    assert "filter" in error["message"].lower()
    condition = next(c for c in stalled["status"]["conditions"] if c["type"] == "Stalled")
    assert (condition["status"], condition["reason"]) == ("True", "AwsInvalid")

    assert put(running, stalled, {**stalled["spec"], "filter_pattern": "ERROR"}).status_code == 202
    running.ready(asked["id"])
    recorded = {r["arn"] for r in running.stack(asked["id"])["resources"] if r["arn"]}
    assert tagged(running, asked["id"]) <= recorded, (
        "nothing that carries the source's tag is unknown to its stack"
    )


def tagged(deployment: Deployment, source_id: str) -> set[str]:
    """ARNs of everything in both accounts that carries a source's tag; keys on their way out left out."""
    found = set()
    for account, region in ((PRODUCTION, REGION), (LOG, REGION), (LOG, REPLICA_REGION)):
        tagging = deployment.aws("resourcegroupstaggingapi", account, region)
        for page in tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": "logflume:source", "Values": [source_id]}]
        ):
            found |= {item["ResourceARN"] for item in page["ResourceTagMappingList"]}
    return found


def test_a_restore_in_the_middle_of_a_retire_leaves_a_whole_pipeline(running: Deployment) -> None:
    source = running.ready(running.request("there-and-back")["id"])
    path = f"/v1/sources/{source['id']}"
    assert running.api("DELETE", path, If_Match="*").status_code == 202
    eventually(
        lambda: running.source(source["id"])["status"]["phase"] == "retiring" or None, "the retire has begun"
    )
    assert running.api("POST", f"{path}/restore").status_code == 202
    running.ready(source["id"])
    outputs = running.stack(source["id"])["outputs"]
    write(running, "/aws/lambda/payments-there-and-back", "s", ["still here"])
    arrived(running, outputs["bucket"], "still here")
