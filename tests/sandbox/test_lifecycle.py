"""Lifecycle rules come back as written, and S3's minimums hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import refusal
from tests.support.sandbox import LOG, REGION, Sandbox

NAME = "ages-1"

RULES: list[dict[str, Any]] = [
    {
        "ID": "age",
        "Status": "Enabled",
        "Filter": {
            "And": {
                "Prefix": "logs/",
                "ObjectSizeGreaterThan": 131072,
                "ObjectSizeLessThan": 10485760,
                "Tags": [{"Key": "a", "Value": "b"}],
            }
        },
        "Transitions": [
            {"Days": 30, "StorageClass": "STANDARD_IA"},
            {"Days": 90, "StorageClass": "GLACIER_IR"},
        ],
        "Expiration": {"Days": 400},
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 30, "StorageClass": "STANDARD_IA", "NewerNoncurrentVersions": 1}
        ],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
    {
        "ID": "markers",
        "Status": "Enabled",
        "Filter": {"ObjectSizeGreaterThan": 1},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {"ID": "all", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}},
]


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Any:
    """The owner of the bucket."""
    client = sandbox.client("s3", LOG)
    client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def put(s3: Any, rules: list[dict[str, Any]], **more: Any) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": rules}, **more)


def test_rules_come_back_as_they_were_written(s3: Any) -> None:
    put(s3, RULES, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    read = s3.get_bucket_lifecycle_configuration(Bucket=NAME)
    assert read["Rules"] == RULES
    assert read["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    put(s3, RULES[1:])
    read = s3.get_bucket_lifecycle_configuration(Bucket=NAME)
    assert read["Rules"] == RULES[1:]
    assert read["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


def test_a_rule_without_a_name_is_given_one(s3: Any) -> None:
    put(s3, [{"Status": "Enabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 3}}])
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert rule["ID"]


def test_deleted_rules_are_gone(s3: Any) -> None:
    put(s3, RULES)
    s3.delete_bucket_lifecycle(Bucket=NAME)
    assert refusal(s3.get_bucket_lifecycle_configuration, Bucket=NAME) == (
        "NoSuchLifecycleConfiguration",
        404,
    )


def transition(days: int, storage_class: str) -> dict[str, Any]:
    return {"Days": days, "StorageClass": storage_class}


@pytest.mark.parametrize(
    "actions",
    [
        {"Transitions": [transition(29, "STANDARD_IA")]},
        {"Transitions": [transition(5, "ONEZONE_IA")]},
        {"Transitions": [transition(40, "STANDARD_IA"), transition(50, "GLACIER")]},
        {"Transitions": [transition(90, "GLACIER")], "Expiration": {"Days": 30}},
        {"Transitions": [transition(90, "GLACIER")], "Expiration": {"Days": 90}},
        {"NoncurrentVersionTransitions": [{"NoncurrentDays": 3, "StorageClass": "STANDARD_IA"}]},
    ],
)
def test_rules_below_the_minimums_are_refused_and_change_nothing(s3: Any, actions: dict[str, Any]) -> None:
    put(s3, RULES)
    rule = {"ID": "bad", "Status": "Enabled", "Filter": {"Prefix": ""}, **actions}
    wrong = {"Rules": [rule]}
    call = s3.put_bucket_lifecycle_configuration
    assert refusal(call, Bucket=NAME, LifecycleConfiguration=wrong) == ("InvalidArgument", 400)
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"] == RULES


def test_rules_at_the_minimums_are_taken(s3: Any) -> None:
    rule = {
        "ID": "tight",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Transitions": [transition(30, "STANDARD_IA"), transition(60, "GLACIER")],
        "Expiration": {"Days": 61},
    }
    put(s3, [rule])
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"] == [rule]
