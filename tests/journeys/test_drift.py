"""Changes made behind the engine's back are found by property and mended; an untouched source gives no finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.delivered import queue
from tests.journeys.shared import a_change_by_hand_is_found_and_mended, remove_filter
from tests.support.deployment import LOG, Deployment

pytestmark = pytest.mark.engine


def delete_bucket_policy(running: Deployment, outputs: dict[str, Any]) -> None:
    running.aws("s3", LOG).delete_bucket_policy(Bucket=outputs["bucket"])


def change_lifecycle(running: Deployment, outputs: dict[str, Any]) -> None:
    s3 = running.aws("s3", LOG)
    rules = s3.get_bucket_lifecycle_configuration(Bucket=outputs["bucket"])["Rules"]
    for rule in rules:
        if "Days" in rule.get("Expiration", {}):
            rule["Expiration"]["Days"] = 3000
    s3.put_bucket_lifecycle_configuration(
        Bucket=outputs["bucket"],
        LifecycleConfiguration={"Rules": rules},
        TransitionDefaultMinimumObjectSize="all_storage_classes_128K",
    )


def stop_rotation(running: Deployment, outputs: dict[str, Any]) -> None:
    running.aws("kms", LOG).disable_key_rotation(KeyId=outputs["key_arn"])


def widen_queue(running: Deployment, outputs: dict[str, Any]) -> None:
    sqs = running.aws("sqs", LOG)
    policy = json.loads(
        sqs.get_queue_attributes(QueueUrl=queue(outputs), AttributeNames=["Policy"])["Attributes"]["Policy"]
    )
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sqs:ReceiveMessage",
            "Resource": outputs["consumers"]["elastic"]["queue_arn"],
        }
    )
    sqs.set_queue_attributes(QueueUrl=queue(outputs), Attributes={"Policy": json.dumps(policy)})


def stop_copying(running: Deployment, outputs: dict[str, Any]) -> None:
    s3 = running.aws("s3", LOG)
    written = s3.get_bucket_replication(Bucket=outputs["bucket"])["ReplicationConfiguration"]
    written["Rules"][0]["Status"] = "Disabled"
    s3.put_bucket_replication(Bucket=outputs["bucket"], ReplicationConfiguration=written)


def open_copy(running: Deployment, outputs: dict[str, Any]) -> None:
    running.aws("s3", LOG, "eu-west-1").delete_bucket_policy(Bucket=outputs["replica_bucket"])


CHANGES: list[tuple[str, Callable[[Any, dict[str, Any]], None], str, str, str | None]] = [
    ("policy", delete_bucket_policy, "delete", "bucket-policy", None),
    ("lifecycle", change_lifecycle, "update", "lifecycle", "expiration.days"),
    ("copies", stop_copying, "update", "replication", "status"),
    ("replica", open_copy, "delete", "replica-bucket-policy", None),
    ("rotation", stop_rotation, "update", "key", "enableKeyRotation"),
    ("filter", remove_filter, "delete", "filter:/aws/lambda/payments-drift-filter", None),
    ("queue", widen_queue, "update", "elastic-queue-policy", "policy"),
]


@pytest.mark.parametrize(("name", "by_hand", "op", "resource", "prop"), CHANGES, ids=[c[0] for c in CHANGES])
def test_a_change_by_hand_is_found_with_its_property_and_mended(
    running: Deployment,
    name: str,
    by_hand: Callable[[Any, dict[str, Any]], None],
    op: str,
    resource: str,
    prop: str | None,
) -> None:
    a_change_by_hand_is_found_and_mended(running, f"drift-{name}", by_hand, op, resource, prop)


def test_ten_checks_of_an_untouched_source_find_nothing(running: Deployment) -> None:
    """The sandbox reorders policies, collapses one-element lists and fills in defaults, as AWS does."""
    source = running.ready(running.request("untouched")["id"])
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    stored = running.aws("s3", LOG).get_bucket_policy(Bucket=bucket)["Policy"]
    assert stored != json.dumps(json.loads(stored), sort_keys=True, separators=(",", ":")), (
        "AWS's own form is in play"
    )
    for _ in range(10):
        check = running.operate(source["id"], "check")
        assert check["state"] == "succeeded", check["error"]
        drift = running.stack(source["id"])["drift"]
        assert (drift["drifted"], drift["changes"]) == (False, [])
