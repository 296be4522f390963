"""Which records selectors select, and which selectors AWS does not take."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.trail_selectors import selects, wrong

WRITE: dict[str, Any] = {
    "eventCategory": "Management",
    "managementEvent": True,
    "readOnly": False,
    "eventSource": "ecr.amazonaws.com",
    "eventName": "CreateRepository",
    "userIdentity": {},
}
READ = WRITE | {"readOnly": True, "eventName": "DescribeRepositories"}
KMS = READ | {"eventSource": "kms.amazonaws.com"}
OBJECT = WRITE | {
    "eventCategory": "Data",
    "managementEvent": False,
    "eventSource": "s3.amazonaws.com",
    "eventName": "PutObject",
    "resources": [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::one/a"},
        {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::one"},
    ],
}


def field(name: str, **values: list[str]) -> dict[str, Any]:
    """One field selector."""
    return {"Field": name, **values}


def advanced(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    """One advanced selector."""
    return [{"FieldSelectors": [*fields]}]


MANAGEMENT = field("eventCategory", Equals=["Management"])
DATA = field("eventCategory", Equals=["Data"])
OBJECTS = field("resources.type", Equals=["AWS::S3::Object"])


@pytest.mark.parametrize(
    ("basic", "selected"),
    [
        ({}, [WRITE, READ, KMS]),
        ({"ReadWriteType": "WriteOnly"}, [WRITE]),
        ({"ReadWriteType": "ReadOnly"}, [READ, KMS]),
        ({"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, [WRITE, READ]),
        ({"IncludeManagementEvents": False}, []),
        (
            {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]},
            [WRITE, READ, KMS, OBJECT],
        ),
        (
            {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::other/"]}]},
            [WRITE, READ, KMS],
        ),
    ],
)
def test_basic_selectors(basic: dict[str, Any], selected: list[dict[str, Any]]) -> None:
    assert [one for one in (WRITE, READ, KMS, OBJECT) if selects([basic], [], one)] == selected


@pytest.mark.parametrize(
    ("fields", "selected"),
    [
        ([MANAGEMENT], [WRITE, READ, KMS]),
        ([MANAGEMENT, field("readOnly", Equals=["true"])], [READ, KMS]),
        ([MANAGEMENT, field("eventSource", NotEquals=["kms.amazonaws.com"])], [WRITE, READ]),
        ([DATA, OBJECTS], [OBJECT]),
        ([DATA, OBJECTS, field("resources.ARN", StartsWith=["arn:aws:s3:::one/"])], [OBJECT]),
        ([DATA, OBJECTS, field("resources.ARN", NotStartsWith=["arn:aws:s3:::one/"])], []),
        ([DATA, OBJECTS, field("eventName", Equals=["GetObject"], EndsWith=["Object"])], [OBJECT]),
        ([DATA, OBJECTS, field("eventName", NotEndsWith=["Object"])], []),
        ([DATA, field("resources.type", Equals=["AWS::S3::Bucket"])], []),
    ],
)
def test_advanced_selectors(fields: list[dict[str, Any]], selected: list[dict[str, Any]]) -> None:
    assert [one for one in (WRITE, READ, KMS, OBJECT) if selects([], advanced(*fields), one)] == selected


@pytest.mark.parametrize(
    "fields",
    [
        [MANAGEMENT, field("eventSource", Equals=["ecr.amazonaws.com"])],
        [MANAGEMENT, field("eventSource", NotEquals=["ecr.amazonaws.com"])],
        [MANAGEMENT, field("eventName", Equals=["CreateRepository"])],
        [MANAGEMENT, field("readOnly", Equals=["perhaps"])],
        [MANAGEMENT, field("readOnly", StartsWith=["t"])],
        [field("eventCategory", Equals=["Insight"])],
        [field("readOnly", Equals=["true"])],
        [DATA],
        [DATA, field("resources.type", Equals=["AWS::S3::Object", "AWS::Lambda::Function"])],
        [DATA, OBJECTS, field("resources.ARN", StartsWith=[f"arn:aws:s3:::{n}/" for n in range(500)])],
    ],
)
def test_advanced_selectors_aws_refuses(fields: list[dict[str, Any]]) -> None:
    assert wrong([], advanced(*fields)) is not None


def test_selectors_aws_takes() -> None:
    excluded = field("eventSource", NotEquals=["kms.amazonaws.com", "rdsdata.amazonaws.com"])
    some = field("resources.ARN", StartsWith=[f"arn:aws:s3:::{number}/" for number in range(495)])
    assert wrong([], [*advanced(MANAGEMENT, excluded), *advanced(DATA, OBJECTS, some)]) is None
    assert wrong([{"ReadWriteType": "All"}] * 5, []) is None


@pytest.mark.parametrize(
    "basic",
    [
        [{}] * 6,
        [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::b/"] * 251}]}],
        [{"ExcludeManagementEventSources": ["ecr.amazonaws.com"]}],
        [],
    ],
)
def test_basic_selectors_aws_refuses(basic: list[dict[str, Any]]) -> None:
    assert wrong(basic, []) is not None


def test_a_trail_has_selectors_of_one_kind() -> None:
    assert wrong([{}], advanced(MANAGEMENT)) is not None
