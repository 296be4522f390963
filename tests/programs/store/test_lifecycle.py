"""Lifecycles: what S3 accepts, whatever is asked for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.cloudwatch.spec import CloudWatchSpec
from programs.store.lifecycle import GRACE_DAYS, rules_for, tiers_for
from programs.store.spec import STORAGE_CLASSES
from tests.programs.wishes import tiered_specs

PLAIN = st.builds(lambda days: CloudWatchSpec(log_groups=("/a",), retention_days=days), st.integers(1, 3650))


@given(st.one_of(PLAIN, tiered_specs()))
def test_no_lifecycle_is_one_that_s3_refuses(spec: CloudWatchSpec) -> None:
    """Rules of PutBucketLifecycleConfiguration and "Transitioning objects using Amazon S3 Lifecycle"."""
    retention, leftovers = rules_for(spec)
    steps = [(tier.days, STORAGE_CLASSES.index(tier.storage_class)) for tier in retention.transitions]
    assert steps == sorted(steps)
    assert len({place for _, place in steps}) == len(steps)
    assert all(days >= 30 for days, place in steps if place == 0)
    assert all(later[0] - first[0] >= 30 for first, later in itertools.pairwise(steps) if first[1] == 0)
    assert all(days < spec.retention_days for days, _ in steps)
    assert retention.expire_days == spec.retention_days
    assert not retention.expired_markers
    assert leftovers.expire_days is None


@pytest.mark.parametrize(
    ("retention", "classes"),
    [
        (1, []),
        (59, []),
        (60, ["STANDARD_IA"]),
        (179, ["STANDARD_IA"]),
        (180, ["STANDARD_IA", "GLACIER_IR"]),
        (3650, ["STANDARD_IA", "GLACIER_IR"]),
    ],
)
def test_default_tiers_are_those_that_pay_before_the_end(retention: int, classes: list[str]) -> None:
    spec = CloudWatchSpec(log_groups=("/a",), retention_days=retention)
    assert [tier.storage_class for tier in tiers_for(spec)] == classes


def test_no_tiers_can_be_asked_for() -> None:
    assert tiers_for(CloudWatchSpec(log_groups=("/a",), tiers=())) == ()


def test_deleted_versions_and_unfinished_uploads_do_not_stay() -> None:
    retention, leftovers = rules_for(CloudWatchSpec(log_groups=("/a",)))
    assert retention.noncurrent_days == GRACE_DAYS
    assert leftovers.expired_markers
    assert leftovers.abort_incomplete_days == 7
