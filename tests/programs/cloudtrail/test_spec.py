"""What may be asked of CloudTrail, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from programs.cloudtrail.spec import CloudTrailSpec, EcrSpec, ElasticsearchSpec
from programs.findings import check
from programs.kinds import KINDS
from tests.programs.cloudtrail.wishes import calls_wish, trail_wish

FUNCTION = "arn:aws:lambda:eu-west-3:111111111111:function:pay"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"s3_objects": ["arn:aws:s3:::invoices/", "arn:aws:s3:::invoices/2026/"]},
        {"lambda_functions": [FUNCTION], "exclude": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]},
        {"adopt": "management-events"},
    ],
)
def test_these_can_be_asked_for(spec: dict[str, Any]) -> None:
    CloudTrailSpec.model_validate(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {"s3_objects": ["arn:aws:s3:::invoices"]},
        {"s3_objects": ["arn:aws:s3:::invoices/*"]},
        {"s3_objects": ["invoices"]},
        {"s3_objects": ["arn:aws:s3:::b-1/"] * 201},
        {"lambda_functions": [FUNCTION + ":*"]},
        {"exclude": ["ecr.amazonaws.com"]},
        {"adopt": "two--dashes"},
        {"adopt": "mine", "s3_objects": ["arn:aws:s3:::invoices/"]},
    ],
)
def test_these_cannot(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CloudTrailSpec.model_validate(spec)


def test_the_preset_chooses_the_spec() -> None:
    kind = KINDS["cloudtrail"]
    assert kind.model_for({}) is CloudTrailSpec
    assert kind.model_for({"preset": "ecr"}) is EcrSpec
    assert kind.model_for({"preset": "elasticsearch"}) is ElasticsearchSpec


def test_every_example_is_a_spec() -> None:
    kind = KINDS["cloudtrail"]
    for offer in (kind, *kind.presets.values()):
        offer.spec_model.model_validate(offer.example)


def codes(wish: Any) -> set[tuple[str, str, str]]:
    """Severity, code and field of each finding."""
    return {(one.severity, one.code, one.field) for one in check(wish)}


def test_plain_wishes_have_nothing_to_say() -> None:
    assert codes(trail_wish()) == codes(calls_wish()) == set()


def test_a_store_of_ours_is_not_watched() -> None:
    found = codes(trail_wish({"s3_objects": ["arn:aws:s3:::invoices/", "arn:aws:s3:::logflume-a/"]}))
    assert ("ERROR", "own_store", "/spec/s3_objects/1") in found


def test_data_events_and_short_buffers_are_pointed_out() -> None:
    found = codes(trail_wish({"lambda_functions": [FUNCTION]}))
    assert ("SUGGESTION", "data_events_cost", "/spec/lambda_functions") in found
    assert ("WARNING", "small_objects", "/spec/buffer_seconds") in codes(
        calls_wish(spec={"buffer_seconds": 5})
    )
