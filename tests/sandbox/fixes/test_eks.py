"""A change of the control-plane logging touches the types it names, and its update can be asked after."""

from __future__ import annotations

from tests.sandbox.databases import make_cluster, types_of
from tests.support.aws import refusal
from tests.support.sandbox import PRODUCTION, Sandbox


def test_a_type_is_switched_alone_and_the_update_says_how_it_went(sandbox: Sandbox) -> None:
    eks = sandbox.client("eks", PRODUCTION)
    make_cluster(eks, PRODUCTION, "merged", "api", "audit")
    assert types_of(eks, "merged") == ["api", "audit"]
    on = {"clusterLogging": [{"types": ["scheduler"], "enabled": True}]}
    update = eks.update_cluster_config(name="merged", logging=on)["update"]
    assert (update["type"], update["status"]) == ("LoggingUpdate", "Successful")
    assert types_of(eks, "merged") == ["api", "audit", "scheduler"]
    off = {"clusterLogging": [{"types": ["api"], "enabled": False}]}
    eks.update_cluster_config(name="merged", logging=off)
    assert types_of(eks, "merged") == ["audit", "scheduler"]

    asked = eks.describe_update(name="merged", updateId=update["id"])["update"]
    assert (asked["id"], asked["status"], asked["errors"]) == (update["id"], "Successful", [])
    missing = refusal(eks.describe_update, name="merged", updateId="00000000-0000-0000-0000-000000000000")
    assert missing == ("ResourceNotFoundException", 404)


def test_a_new_cluster_shows_what_is_on_and_what_is_off(sandbox: Sandbox) -> None:
    eks = sandbox.client("eks", PRODUCTION)
    make_cluster(eks, PRODUCTION, "silent")
    [off] = eks.describe_cluster(name="silent")["cluster"]["logging"]["clusterLogging"]
    assert (off["enabled"], len(off["types"])) == (False, 5)
