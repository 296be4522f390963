"""A wish: read by its kind and preset, and refused where it cannot be built."""

from __future__ import annotations

from typing import Any

import pytest

from programs.cloudwatch.spec import CloudWatchSpec
from programs.names import names_of
from programs.wish import Wish
from tests.programs.wishes import wish


def test_the_spec_is_read_by_the_kind_and_comes_back_from_json_as_it_was() -> None:
    asked = wish({"retention_days": 90})
    assert isinstance(asked.spec, CloudWatchSpec)
    assert Wish.model_validate_json(asked.model_dump_json()) == asked


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"kind": "pigeon"}, "no such kind"),
        ({"spec": {"preset": "pigeon"}}, "no preset of that name"),
        ({"replica_region": "eu-west-3"}, "another region"),
    ],
)
def test_what_cannot_be_built_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        wish(**changes)


def test_there_is_no_copy_where_the_environment_has_no_second_region_or_nobody_wants_one() -> None:
    assert wish().replicated
    assert not wish(replica_region=None).replicated
    assert not wish({"replicate": False}).replicated
    assert names_of(wish({"replicate": False})).replica_region is None


def test_objects_are_not_locked_for_longer_than_they_are_kept() -> None:
    with pytest.raises(ValueError, match="longer than the retention"):
        wish({"retention_days": 30, "object_lock": {"mode": "GOVERNANCE", "days": 31}})
