"""The minimums of lifecycle rules hold, and what is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import Sandbox

NAME = "ages-2"

RULES = [{"ID": "kept", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Any:
    """The owner of the bucket."""
    return bucket(sandbox, NAME)


def put(s3: Any, rules: list[dict[str, Any]], **more: Any) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket=NAME, LifecycleConfiguration={"Rules": rules}, **more)


def transition(days: int, storage_class: str) -> dict[str, Any]:
    return {"Days": days, "StorageClass": storage_class}


@pytest.mark.parametrize(
    "actions",
    [
        {"Transitions": [transition(29, "STANDARD_IA")]},
        {"Transitions": [transition(5, "ONEZONE_IA")]},
        {"Transitions": [transition(40, "STANDARD_IA"), transition(50, "GLACIER")]},
        {"Transitions": [transition(40, "GLACIER"), transition(80, "STANDARD_IA")]},
        {"Transitions": [transition(40, "GLACIER"), transition(80, "GLACIER")]},
        {"Expiration": {"Days": 0}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
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


NO_ACTION: dict[str, Any] = {"ID": "bad", "Status": "Enabled", "Filter": {"Prefix": ""}}
BAD = NO_ACTION | {"Expiration": {"Days": 9}}
TAG = {"Tag": {"Key": "a", "Value": "b"}}
MARKER = {"ExpiredObjectDeleteMarker": True}


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([NO_ACTION], "InvalidRequest"),
        ([BAD, BAD], "InvalidArgument"),
        ([BAD | {"ID": "x" * 256}], "InvalidArgument"),
        ([BAD | {"Filter": {"Prefix": "a", "ObjectSizeLessThan": 5}}], "MalformedXML"),
        ([BAD | {"Prefix": "a"}], "MalformedXML"),
        ([{"ID": "bad", "Status": "Enabled", "Expiration": {"Days": 9}}], "MalformedXML"),
        ([BAD | {"Expiration": {"Days": 9} | MARKER}], "MalformedXML"),
        ([BAD | {"Filter": TAG, "Expiration": MARKER}], "InvalidRequest"),
        (
            [BAD | {"Filter": TAG, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}],
            "InvalidRequest",
        ),
        (
            [BAD | {"Filter": {"And": {"ObjectSizeGreaterThan": 9, "ObjectSizeLessThan": 9}}}],
            "InvalidRequest",
        ),
        (
            [
                {
                    "ID": "bad",
                    "Status": "Enabled",
                    "Prefix": "a",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
                }
            ],
            "InvalidRequest",
        ),
        (
            [BAD | {"Transitions": [{"Date": "2030-01-01T00:00:00Z", "StorageClass": "GLACIER"}]}],
            "InvalidRequest",
        ),
    ],
)
def test_rules_whose_elements_do_not_go_together_are_refused(
    s3: Any, rules: list[dict[str, Any]], code: str
) -> None:
    put(s3, RULES)
    call = s3.put_bucket_lifecycle_configuration
    assert refusal(call, Bucket=NAME, LifecycleConfiguration={"Rules": rules}) == (code, 400)
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"] == RULES
