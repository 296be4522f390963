"""What counts of what a check found, from one check to the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import drift
from service.drift_policy import DriftPolicy

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TYPE = "urn:pulumi:s::logflume::aws:s3/bucket:Bucket"
REPAIR = DriftPolicy(mode="repair")


def change(name: str = "bucket", op: str = "update", *paths: str, **more: Any) -> dict[str, Any]:
    properties = [{"path": path, "old": 1, "new": 2, **more} for path in paths]
    return {"urn": f"{TYPE}::{name}", "op": op, "properties": properties}


def seen(
    *changes: dict[str, Any], before: drift.Drift | None = None, minutes: int = 0, **policy: Any
) -> drift.Drift:
    at = NOW + timedelta(minutes=minutes)
    return drift.found(before or {}, changes, DriftPolicy.model_validate(policy), at)


def test_what_a_rule_covers_is_told_and_does_not_count() -> None:
    found = seen(change("bucket", "update", "tags.Owner"), ignore=["tags"])
    assert not found["drifted"]
    assert found["changes"][0]["properties"][0]["ignored"]


def test_one_property_that_counts_is_enough() -> None:
    assert seen(change("bucket", "update", "tags.Owner", "policy"), ignore=["tags"])["drifted"]


paths = st.sampled_from(["tags", "tags.Owner", "policy", "rules[0].days"])
changes = st.builds(
    lambda name, op, some, replaces: change(
        name, op, *(() if op == "delete" else some), **({"replaces": True} if replaces else {})
    ),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["update", "delete"]),
    st.lists(paths, min_size=1, unique=True),
    st.booleans(),
)
rules = st.lists(
    st.fixed_dictionaries({"path": st.sampled_from(["tags", "policy", "rules[*]"]), "type": st.just("*")})
)


@given(st.lists(changes, max_size=4), rules)
def test_no_rule_and_no_dismissal_hides_what_is_gone_or_has_to_be_replaced(
    given_changes: list[dict[str, Any]], ignore: list[dict[str, Any]]
) -> None:
    found = seen(*given_changes, ignore=ignore)
    grave = [
        c for c in given_changes if c["op"] == "delete" or any(p.get("replaces") for p in c["properties"])
    ]
    assert found["drifted"] or not grave


def test_a_finding_is_put_back_once_and_again_when_it_is_found_again() -> None:
    found = seen(change("bucket", "update", "policy"))
    assert drift.repair_at(found, REPAIR, NOW) == NOW
    assert drift.repair_at(found, DriftPolicy(), NOW) is None
    begun = drift.repairing(found)
    assert drift.repair_at(begun, REPAIR, NOW) is None, "whatever came of it, the next check decides"
    again = seen(change("bucket", "update", "policy"), before=begun, minutes=5)
    assert drift.repair_at(again, REPAIR, NOW) == NOW


def test_what_comes_back_each_time_is_not_put_back_for_ever() -> None:
    found, repairs = seen(change("bucket", "update", "policy")), 0
    for number in range(10):
        if drift.repair_at(found, REPAIR, NOW) is not None:
            repairs += 1
            found = drift.repaired(drift.repairing(found), by_itself=True)
        found = seen(change("bucket", "update", "policy"), before=found, minutes=number + 1)
    assert repairs == drift.REPAIRS
    assert drift.too_often(found)


@pytest.mark.parametrize("by_hand", [True, False])
def test_the_count_ends_with_a_clean_check_or_a_repair_that_somebody_asks_for(by_hand: bool) -> None:
    found = seen(change("bucket", "update", "policy"))
    for number in range(drift.REPAIRS):
        found = seen(change("bucket", "update", "policy"), before=drift.repairing(found), minutes=number + 1)
    assert drift.too_often(found)
    over = drift.repaired(found, by_itself=False) if by_hand else seen(before=found, minutes=9)
    found = seen(change("bucket", "update", "policy"), before=over, minutes=10)
    assert drift.repair_at(found, REPAIR, NOW) == NOW


def test_another_change_is_not_mended_behind_one_that_comes_back() -> None:
    """A repair puts back everything that it finds, so it would go on with what keeps coming back."""
    found = seen(change("bucket", "update", "policy"))
    for number in range(drift.REPAIRS):
        found = seen(change("bucket", "update", "policy"), before=drift.repairing(found), minutes=number + 1)
    both = seen(change("bucket", "update", "policy"), change("key", "delete"), before=found, minutes=9)
    assert drift.repair_at(both, REPAIR, NOW) is None


def test_what_is_put_back_by_itself_waits_for_the_window() -> None:
    window = {"start": "22:00", "end": "05:00", "zone": "UTC"}
    policy = DriftPolicy.model_validate({"mode": "repair", "window": window})
    found = seen(change("bucket", "delete"))
    assert drift.repair_at(found, policy, NOW) == NOW.replace(hour=22)
    assert drift.repair_at(found, policy, NOW.replace(hour=23)) == NOW.replace(hour=23)


def test_a_check_that_failed_counts_as_a_look() -> None:
    made = NOW - timedelta(days=9)
    assert drift.last_look({}, made) == made
    assert drift.last_look(drift.looking(seen(), NOW + timedelta(hours=1)), made) == NOW + timedelta(hours=1)
