"""Changes made behind the engine's back are found by property and mended; an untouched source gives no finding."""

from __future__ import annotations

import json

import pytest

from tests.journeys.by_hand import CHANGES, Stack
from tests.support.deployment import LOG, Deployment

pytestmark = pytest.mark.engine


def test_one_check_finds_every_change_by_hand_with_its_property_and_one_repair_mends_them(
    running: Deployment,
) -> None:
    source_id = running.ready(running.request("by-hand")["id"])["id"]
    parts = {r["name"]: r for r in running.stack(source_id)["resources"]} | {"source": {"id": source_id}}
    stack = Stack(running, parts)
    for change in CHANGES:
        change.do(stack)
    assert running.operate(source_id, "check")["state"] == "succeeded"
    drift = running.stack(source_id)["drift"]
    found = {
        c["urn"].split("::")[-1]: (c["op"], [p["path"] for p in c["properties"]]) for c in drift["changes"]
    }
    missed = [
        (change.part, change.prop, found.get(change.part))
        for change in CHANGES
        if change.part not in found
        or (change.prop is None and found[change.part][0] != "delete")
        or (change.prop is not None and not any(p.endswith(change.prop) for p in found[change.part][1]))
    ]
    assert (missed, len(CHANGES)) == ([], 30)
    assert set(found) == {change.part for change in CHANGES}, "and nothing else is claimed"
    for change in drift["changes"]:
        assert all(prop["old"] != prop["new"] for prop in change["properties"]), change
    status = {c["type"]: c["status"] for c in running.source(source_id)["status"]["conditions"]}
    assert (status["Drifted"], status["Ready"]) == ("True", "True")

    assert running.operate(source_id, "repair")["state"] == "succeeded"
    assert running.operate(source_id, "check")["state"] == "succeeded"
    drift = running.stack(source_id)["drift"]
    assert (drift["drifted"], drift["changes"]) == (False, [])


def test_ten_checks_of_an_untouched_source_find_nothing(running: Deployment) -> None:
    """The sandbox reorders policies, collapses one-element lists and fills in defaults, as AWS does."""
    source = running.ready(running.request("untouched")["id"])
    bucket = running.stack(source["id"])["outputs"]["bucket"]
    stored = running.aws("s3", LOG).get_bucket_policy(Bucket=bucket)["Policy"]
    assert stored != json.dumps(json.loads(stored), sort_keys=True, separators=(",", ":")), (
        "AWS's own form is in play"
    )
    for _ in range(10):
        check = running.operate(source["id"], "check")
        assert check["state"] == "succeeded", check["error"]
        drift = running.stack(source["id"])["drift"]
        assert (drift["drifted"], drift["changes"]) == (False, [])
