"""Journeys that are the same in the sandbox and in two real accounts (`make acceptance-aws`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.journeys.delivered import announced, arrived, lines, objects, queue, write
from tests.support.world import LOG, PRODUCTION, REGION, REPLICA_REGION, World, eventually


def every_line_is_found_in_the_other_account(
    world: World, name: str, count: int
) -> tuple[dict[str, Any], list[str]]:
    """Ask, write over three streams, find; each object is encrypted with the store's key and told to a consumer.

    The outputs, and the keys that a consumer was told: AWS may tell one twice, as it may deliver a line twice.
    """
    source = world.ready(world.request(name)["id"])
    assert source["status"]["observed_generation"] == 1
    outputs: dict[str, Any] = world.stack(source["id"])["outputs"]
    wanted = [json.dumps({"n": n}) for n in range(count)]
    for stream in range(3):
        write(world, world.group(name), f"stream-{stream}", wanted[stream::3])
    world.flush()

    def whole() -> bool | None:
        return set(wanted) <= set(lines(world, outputs["bucket"])) or None

    eventually(whole, f"{count} lines arrive", world.patience)
    assert set(lines(world, outputs["bucket"])) == set(wanted)
    found = objects(world, outputs["bucket"])
    told = announced(world, queue(outputs))
    assert set(told) == set(found), "each object is announced"
    for got in found.values():
        assert (got["ServerSideEncryption"], got["SSEKMSKeyId"]) == ("aws:kms", outputs["key_arn"])
    return outputs, told


def remove_filter(world: World, outputs: dict[str, Any]) -> None:
    """Take away what sends the logs."""
    (group,) = outputs["log_groups"]
    logs = world.aws("logs", PRODUCTION)
    (found,) = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    logs.delete_subscription_filter(logGroupName=group, filterName=found["filterName"])


def a_change_by_hand_is_found_and_mended(
    world: World,
    name: str,
    by_hand: Callable[[World, dict[str, Any]], None],
    op: str,
    resource: str,
    prop: str | None = None,
) -> None:
    """A check names what was done to which resource, and no other; after a repair it finds nothing."""
    source = world.ready(world.request(name)["id"])
    by_hand(world, world.stack(source["id"])["outputs"])
    assert world.operate(source["id"], "check")["state"] == "succeeded"
    drift = world.stack(source["id"])["drift"]
    assert drift["drifted"]
    found = [
        (c["op"], c["urn"].split("::")[-1], [p["path"] for p in c["properties"]]) for c in drift["changes"]
    ]
    assert [(f[0], f[1]) for f in found] == [(op, resource)]
    if prop is not None:
        assert [path for path in found[0][2] if path.endswith(prop)], found
    status = {c["type"]: c["status"] for c in world.source(source["id"])["status"]["conditions"]}
    assert (status["Drifted"], status["Ready"]) == ("True", "True")

    assert world.operate(source["id"], "repair")["state"] == "succeeded"
    assert world.operate(source["id"], "check")["state"] == "succeeded"
    after = world.stack(source["id"])["drift"]
    assert (after["drifted"], after["changes"]) == (False, [])


def a_purge_needs_two_operators_and_then_nothing_is_left(world: World, name: str) -> dict[str, Any]:
    """Retire, purge, and look for what might be left. The source as it was."""
    source = world.ready(world.request(name)["id"])
    outputs = world.stack(source["id"])["outputs"]
    write(world, world.group(name), "s", ["x"])
    arrived(world, outputs["bucket"], "x")
    assert world.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    world.settled(source["id"])
    path = f"/v1/sources/{source['id']}/purge"
    assert world.api("POST", path, {"confirm": name}).status_code == 403
    asked = world.api("POST", path, {"confirm": name}, token="dev-operator")
    assert asked.status_code == 202, asked.text
    operation = asked.json()
    assert operation["state"] == "awaiting_approval"
    approve = f"/v1/operations/{operation['id']}/approve"
    body = {"fingerprint": operation["fingerprint"]}
    assert world.api("POST", approve, body, token="dev-operator").status_code == 403
    assert world.api("POST", approve, body, token="dev-admin").status_code in (200, 202)
    assert world.finished(operation["id"])["state"] == "succeeded"
    names = [b["Name"] for b in world.aws("s3", LOG).list_buckets()["Buckets"]]
    assert not {outputs["bucket"], outputs["replica_bucket"]} & set(names)
    for key, region in ((outputs["key_arn"], REGION), (outputs["replica_key_arn"], REPLICA_REGION)):
        state = world.aws("kms", LOG, region).describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        assert state == "PendingDeletion"
    return source


JOURNEYS: dict[str, Callable[[World, str], Any]] = {
    "delivered": lambda world, name: every_line_is_found_in_the_other_account(world, name, 500),
    "mended": lambda world, name: a_change_by_hand_is_found_and_mended(
        world, name, remove_filter, "delete", f"filter:{world.group(name)}"
    ),
    "purged": a_purge_needs_two_operators_and_then_nothing_is_left,
}
"""What `make acceptance-aws` runs; each source has a name of its own."""
