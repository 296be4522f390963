"""What is said about a wish before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from programs.findings import check
from tests.programs.wishes import wish


def codes(spec: dict[str, Any], **changes: Any) -> set[tuple[str, str, str]]:
    """Severity, code and field of each finding."""
    return {(one.severity, one.code, one.field) for one in check(wish(spec, **changes))}


@pytest.mark.parametrize(
    ("spec", "finding"),
    [
        ({"buffer_seconds": 10}, ("WARNING", "small_objects", "/spec/buffer_seconds")),
        ({"retention_days": 7}, ("WARNING", "short_retention", "/spec/retention_days")),
        ({"object_lock": {"days": 30}}, ("WARNING", "lock_is_for_good", "/spec/object_lock")),
        ({"tiers": []}, ("SUGGESTION", "no_tiers", "/spec/tiers")),
        ({"log_groups": ["/a", "/b"]}, ("SUGGESTION", "groups_mixed", "/spec/format")),
        (
            {"tiers": [{"days": 90, "storage_class": "DEEP_ARCHIVE"}]},
            ("WARNING", "not_readable", "/spec/tiers/0"),
        ),
        (
            {"retention_days": 100, "tiers": [{"days": 90, "storage_class": "GLACIER_IR"}]},
            ("SUGGESTION", "tier_too_short", "/spec/tiers/0"),
        ),
        (
            {"log_groups": ["/a", "/aws/kinesisfirehose/logflume-x"]},
            ("ERROR", "own_log_group", "/spec/log_groups/1"),
        ),
    ],
)
def test_a_doubtful_wish_says_where(spec: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in codes(spec)


def test_a_plain_wish_has_nothing_to_say() -> None:
    assert codes({}) == set()


def test_more_readers_than_a_policy_holds_are_refused() -> None:
    readers = tuple(f"arn:aws:iam::333333333333:role/{number:04}{'r' * 60}" for number in range(200))
    assert ("ERROR", "policy_too_large", "/environment") in codes({}, readers=readers)


def test_a_name_that_aws_would_not_take_is_refused() -> None:
    """No name that may be asked for comes so far; the check is for the day when the pattern or a suffix grows."""
    too_long = wish().model_copy(update={"name": "a" * 60})
    found = [(f.severity, f.code, f.field) for f in check(too_long)]
    assert set(found) >= {("ERROR", "name_too_long", "/name")}


def test_refusals_come_first() -> None:
    spec = {"log_groups": ["/a", "/aws/kinesisfirehose/logflume-x"], "buffer_seconds": 1, "tiers": []}
    severities = [one.severity for one in check(wish(spec))]
    assert severities == sorted(severities, key=("ERROR", "WARNING", "SUGGESTION").index)
    assert severities[0] == "ERROR"
