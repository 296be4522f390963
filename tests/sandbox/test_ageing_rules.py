"""When the actions of lifecycle rules are due, and for what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from service.sandbox.ageing_rules import Rule, Wait, lower, rules_of

MADE = datetime(2026, 1, 1, 10, 30)  # noqa: DTZ001 - moto's times are naive.


def midnight(day: int) -> datetime:
    return datetime(2026, 1, day)  # noqa: DTZ001 - as above


def rule(**written: Any) -> Rule:
    [read] = rules_of([{"ID": "a", "Status": "Enabled", **written}])
    return read


def test_an_age_ends_at_the_midnight_after_its_last_day() -> None:
    """The example of the guide: noncurrent on the 2nd at 11:30, five days, gone on the 8th at 00:00."""
    since = datetime(2026, 1, 2, 11, 30)  # noqa: DTZ001 - as above
    assert not Wait(5).over(since, midnight(7))
    assert Wait(5).over(since, midnight(8))
    assert Wait(5).over(midnight(2), midnight(7))


def test_a_date_is_a_date() -> None:
    expiration = rule(Expiration={"Date": "2026-01-05T00:00:00Z"}).expiration
    assert expiration is not None
    assert [expiration.over(MADE, midnight(day)) for day in (4, 5)] == [False, True]


@pytest.mark.parametrize(
    ("where", "matching"),
    [
        ({}, {"logs/a", "logs/big", "x"}),
        ({"Filter": {"Prefix": "logs/"}}, {"logs/a", "logs/big"}),
        ({"Prefix": "x"}, {"x"}),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}}, {"x"}),
        ({"Filter": {"ObjectSizeGreaterThan": "100"}}, {"logs/big"}),
        ({"Filter": {"And": {"Prefix": "logs/", "ObjectSizeLessThan": "100"}}}, {"logs/a"}),
        ({"Filter": {"And": {"Prefix": "x", "Tag": [{"Key": "k", "Value": "v"}]}}}, {"x"}),
    ],
)
def test_a_filter_chooses(where: dict[str, Any], matching: set[str]) -> None:
    objects: dict[str, tuple[int, dict[str, str]]] = {
        "logs/a": (10, {}),
        "logs/big": (101, {}),
        "x": (1, {"k": "v", "other": ""}),
    }
    chosen = {name for name, (size, tags) in objects.items() if rule(**where).about(name, size, tags)}
    assert chosen == matching


def test_disabled_rules_are_none() -> None:
    assert rules_of([{"ID": "a", "Status": "Disabled", "Expiration": {"Days": "1"}}]) == []


@pytest.mark.parametrize(
    ("where", "default", "expected"),
    [
        ({}, "all_storage_classes_128K", {"STANDARD_IA": False, "GLACIER": False}),
        ({}, "varies_by_storage_class", {"STANDARD_IA": False, "GLACIER": True}),
        ({"Filter": {"ObjectSizeGreaterThan": "0"}}, "all_storage_classes_128K", {"STANDARD_IA": True}),
    ],
)
def test_small_objects_move_by_the_minimum_of_the_bucket(
    where: dict[str, Any], default: str, expected: dict[str, bool]
) -> None:
    read = rule(**where)
    assert {name: read.may_move(1000, name, default) for name in expected} == expected
    assert all(read.may_move(128 * 1024, name, default) for name in expected)


def test_classes_only_go_down() -> None:
    assert lower("STANDARD", "STANDARD_IA")
    assert lower("GLACIER", "DEEP_ARCHIVE")
    assert not lower("GLACIER", "STANDARD_IA")
    assert not lower("INTELLIGENT_TIERING", "STANDARD_IA")
    assert not lower("ONEZONE_IA", "GLACIER_IR")
    assert not lower("GLACIER", "GLACIER")


def test_an_action_waits_for_newer_versions_where_it_says_so() -> None:
    gone = rule(NoncurrentVersionExpiration={"NoncurrentDays": "3", "NewerNoncurrentVersions": "2"})
    assert gone.noncurrent_expiration == Wait(3, None, 2)
    assert gone.noncurrent_expiration.over(MADE, midnight(1) + timedelta(days=4))
