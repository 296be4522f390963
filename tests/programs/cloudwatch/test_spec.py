"""What a spec refuses, and where it says so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from programs.cloudwatch.spec import CloudWatchSpec
from tests.programs.wishes import PRODUCTION, account, wish

IA, IR, GLACIER = "STANDARD_IA", "GLACIER_IR", "GLACIER"


def refusal(spec: dict[str, Any]) -> tuple[tuple[str | int, ...], str]:
    """Where and why the spec is refused, when for one reason."""
    with pytest.raises(ValidationError) as caught:
        CloudWatchSpec.model_validate({"log_groups": ["/a"], **spec})
    (error,) = caught.value.errors()
    return error["loc"], error["msg"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a group", "1 to 512 characters"),
        ("", "1 to 512 characters"),
        ("x" * 513, "1 to 512 characters"),
        ("trailing\n", "1 to 512 characters"),
        ("AWS/lambda", "reserved by AWS"),
        ("aws/lambda", "reserved by AWS"),
        ("/logflume/default/x", "not shipped"),
    ],
)
def test_a_bad_log_group_is_refused_at_its_place(name: str, why: str) -> None:
    place, message = refusal({"log_groups": ["/fine", name]})
    assert place == ("log_groups", 1)
    assert why in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retention_days", 0),
        ("retention_days", 3651),
        ("buffer_seconds", 901),
        ("buffer_mib", 0),
        ("buffer_mib", 129),
        ("format", "csv"),
        ("filter_pattern", "x" * 1025),
        ("log_groups", []),
        ("log_groups", ["/a", "/a"]),
        ("log_grops", ["/a"]),
    ],
)
def test_a_value_out_of_range_is_refused_at_its_field(field: str, value: object) -> None:
    assert refusal({field: value})[0] == (field,)


@pytest.mark.parametrize(
    ("retention", "tiers", "why"),
    [
        (400, [(29, IA)], "day 30 at the earliest"),
        (400, [(30, IA), (59, IR)], "day 60 at the earliest"),
        (400, [(60, IR), (90, IA)], "not colder"),
        (400, [(60, IR), (90, IR)], "not colder"),
        (400, [(60, IR), (60, GLACIER)], "day 61 at the earliest"),
        (90, [(30, IA), (90, IR)], "never reached"),
        (20, [(30, IA)], "never reached"),
    ],
)
def test_tiers_that_s3_would_refuse_are_refused(
    retention: int, tiers: list[tuple[int, str]], why: str
) -> None:
    steps = [{"days": days, "storage_class": storage_class} for days, storage_class in tiers]
    place, message = refusal({"retention_days": retention, "tiers": steps})
    assert place == ("tiers",)
    assert why in message


def test_the_short_form_of_one_log_group_is_stored_as_a_list() -> None:
    assert CloudWatchSpec.model_validate({"log_group": "/a"}).log_groups == ("/a",)


def test_both_forms_at_once_are_refused() -> None:
    assert refusal({"log_group": "/a"})[0] == ("log_group",)


def test_logs_may_not_stay_in_the_account_they_come_from() -> None:
    with pytest.raises(ValidationError, match="another account"):
        wish(log=account("log", PRODUCTION))


@pytest.mark.parametrize("name", ["-a", "a-", "ab-", "Payments", "x", "a" * 41, "a_b"])
def test_a_source_name_that_no_bucket_could_carry_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        wish(name=name)


@pytest.mark.parametrize(
    "reader", ["*", "arn:aws:iam::*:root", "333333333333", "arn:aws:iam::333333333333:role/*"]
)
def test_readers_are_named_and_never_wildcards(reader: str) -> None:
    with pytest.raises(ValidationError):
        wish(readers=(reader,))
