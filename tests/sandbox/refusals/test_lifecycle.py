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
