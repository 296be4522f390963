"""The policy: what it refuses, how it is written down, and what its rules cover."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.drift_policy import DriftPolicy, IgnoreRule, policy_of

BUCKET = "urn:pulumi:s::logflume::logflume:store:LogStore$aws:s3/bucket:Bucket::bucket"


@pytest.mark.parametrize(
    ("policy", "where"),
    [
        ({"every": "PT4M"}, ("every",)),
        ({"every": "P31D"}, ("every",)),
        ({"mode": "fix"}, ("mode",)),
        ({"window": {"start": "22:00", "end": "05:00", "zone": "Mars/Olympus"}}, ("window", "zone")),
        ({"window": {"start": "22:00", "end": "05:00", "zone": "Europe"}}, ("window", "zone")),
        ({"window": {"start": "22:00", "end": "05:00", "zone": "../../etc/passwd"}}, ("window", "zone")),
        ({"window": {"start": "25:00", "end": "05:00", "zone": "UTC"}}, ("window", "start")),
        ({"window": {"start": "22:00", "end": "22:00", "zone": "UTC"}}, ("window",)),
        ({"window": {"start": "22:00", "end": "22:10", "zone": "UTC"}}, ("window",)),
        ({"window": {"start": "22:00", "end": "05:00"}}, ("window", "zone")),
        ({"ignore": [{"path": ""}]}, ("ignore", 0, "path")),
        ({"ignore": [{"path": "*"}]}, ("ignore", 0, "path")),
        ({"ignore": [{"path": "tags."}]}, ("ignore", 0, "path")),
        ({"ignore": ["tags", "a[b]"]}, ("ignore", 1, "path")),
        ({"ignore": [{"path": "tags", "type": ""}]}, ("ignore", 0, "type")),
        ({"ignore": [{"path": "tags", "op": "delete"}]}, ("ignore", 0, "op")),
        ({"ignore": ["tags"] * 101}, ("ignore",)),
        ({"ignore": "tags"}, ("ignore",)),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_at_its_field(
    policy: dict[str, Any], where: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        DriftPolicy.model_validate(policy)
    assert [error["loc"] for error in refused.value.errors()] == [where]


def test_equal_policies_are_written_equal() -> None:
    asked = {"every": "PT360M", "ignore": ["tags.Owner", {"path": "rules[*]", "value": None}]}
    written = DriftPolicy.model_validate(asked).model_dump(mode="json")
    assert written == {
        "mode": "report",
        "every": "PT6H",
        "ignore": [{"type": "*", "path": "tags.Owner"}, {"type": "*", "path": "rules[*]", "value": None}],
    }
    assert DriftPolicy.model_validate(written).model_dump(mode="json") == written


def test_a_stored_policy_that_cannot_be_read_any_more_does_not_stop_anybody_from_looking() -> None:
    gone = {"mode": "off", "window": {"start": "22:00", "end": "05:00", "zone": "Gone/Away"}}
    assert policy_of(gone) == DriftPolicy()


@pytest.mark.parametrize(
    ("rule", "prop", "covered"),
    [
        ({"path": "tags"}, {"path": "tags.Owner", "new": "x"}, True),
        ({"path": "tags.Owner"}, {"path": "tags", "new": "x"}, False),
        ({"path": "tags.Owner"}, {"path": "tags.OwnerGroup", "new": "x"}, False),
        ({"path": 'tags["cost.centre"]'}, {"path": 'tags["cost.centre"]', "new": "x"}, True),
        ({"path": "rules[*].days"}, {"path": "rules[3].days", "new": 1}, True),
        ({"path": "rules[0].days"}, {"path": "rules[3].days", "new": 1}, False),
        ({"path": "tags.*"}, {"path": "tags.a", "new": 1}, True),
        ({"path": "days", "value": 7}, {"path": "days", "new": 7}, True),
        ({"path": "days", "value": 7}, {"path": "days", "new": 8}, False),
        ({"path": "days", "value": None}, {"path": "days", "new": None}, True),
        ({"path": "days", "value": None}, {"path": "days", "new": 8}, False),
        ({"path": "days", "type": "aws:s3/*"}, {"path": "days", "new": 8}, True),
        ({"path": "days", "type": "aws:kms/*"}, {"path": "days", "new": 8}, False),
        ({"path": "bucket"}, {"path": "bucket", "new": "x", "replaces": True}, False),
    ],
)
def test_a_rule_covers_a_path_what_is_below_it_and_a_value(
    rule: dict[str, Any], prop: dict[str, Any], covered: bool
) -> None:
    policy = DriftPolicy.model_validate({"ignore": [rule]})
    assert policy.ignores(BUCKET, "update", prop) is covered


names = st.sampled_from(["tags", "policy", "rules", "bucket", "days"])
rules = st.builds(
    lambda path, kind, value: IgnoreRule(path=path, type=kind, **value),
    path=st.builds(
        lambda a, b: f"{a}{b}", names, st.sampled_from(["", ".*", "[*]", "[0]", ".Owner", ".*.*"])
    ),
    kind=st.sampled_from(["*", "aws:*", "aws:s3/bucket:Bucket", "?*"]),
    value=st.sampled_from([{}, {"value": None}, {"value": "x"}, {"value": 7}]),
)
props = st.fixed_dictionaries(
    {
        "path": st.builds(lambda a, b: f"{a}{b}", names, st.sampled_from(["", "[0]", ".Owner", "[0].days"])),
        "new": st.sampled_from([None, "x", 7]),
        "replaces": st.booleans(),
    }
)


@given(st.lists(rules, max_size=5), st.sampled_from(["update", "delete", "replace", "create"]), props)
def test_no_rule_hides_what_is_gone_or_has_to_be_replaced(
    given_rules: list[IgnoreRule], op: str, prop: dict[str, Any]
) -> None:
    ignored = DriftPolicy(ignore=tuple(given_rules)).ignores(BUCKET, op, prop)
    assert not (ignored and (op != "update" or prop["replaces"]))
