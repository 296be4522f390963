"""Lifecycle rules come back as they were written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import Sandbox

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
    },
    {
        "ID": "markers",
        "Status": "Enabled",
        "Filter": {"ObjectSizeGreaterThan": 1},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {
        "ID": "all",
        "Status": "Disabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 1},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
]


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Any:
    """The owner of the bucket."""
    return bucket(sandbox, NAME)


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
