"""Worker, child or CLI killed with -9 in the middle of an apply: it ends Ready, nothing twice, nothing orphaned."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.test_changes import tagged
from tests.support.deployment import LOG, PRODUCTION, REGION, REPLICA_REGION, Deployment, deployed, eventually

pytestmark = pytest.mark.engine

SEED = 20261124
POINTS = 10
INTERRUPTED: list[bool] = []
"""For each point whether the kill came in time; an apply that was faster proves nothing."""


def children(pid: int) -> list[int]:
    """Live child processes of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def named(pid: int, name: str) -> bool:
    """Whether a process was started with this word in its command."""
    try:
        return name in Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def running_cli(worker: int) -> int | None:
    """The CLI of an engine run under this worker."""
    for child in children(worker):
        for process in children(child):
            if named(process, "pulumi"):
                return process
    return None


def the_child_of(worker: int) -> int | None:
    """The child that serves the CLI."""
    return next(
        (child for child in children(worker) if any(named(p, "pulumi") for p in children(child))), None
    )


def victims(deployment: Deployment, who: str) -> Callable[[], int | None]:
    """How to find the process to kill."""
    worker = deployment.processes["worker-0"].pid
    return {
        "worker": lambda: worker,
        "child": lambda: the_child_of(worker),
        "cli": lambda: running_cli(worker),
    }[who]


def keys_of(deployment: Deployment, source_id: str, region: str) -> list[str]:
    """KMS keys that carry the source's tag: a key is what a repeated create would duplicate."""
    kms = deployment.aws("kms", LOG, region)
    found = []
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            tags = {
                t["TagKey"]: t["TagValue"] for t in kms.list_resource_tags(KeyId=key["KeyId"]).get("Tags", [])
            }
            if tags.get("logflume:source") == source_id:
                found.append(str(key["KeyId"]))
    return found


@pytest.fixture(scope="module")
def crashing(database_template: str, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]  # A generator fixture.
    """A deployment whose worker may be killed."""
    from tests.journeys.conftest import database

    with database(database_template) as url, deployed(tmp_path_factory.mktemp("crashing"), url) as deployment:
        yield deployment


def plan() -> list[tuple[int, str, float]]:
    """Seeded points: who dies, and how long after the CLI was seen, in seconds."""
    chance = random.Random(SEED)  # noqa: S311 - a test plan, no secret.
    return [
        (n, chance.choice(["worker", "child", "cli"]), round(chance.uniform(0.0, 1.6), 2))
        for n in range(POINTS)
    ]


@pytest.mark.parametrize(("number", "who", "after"), plan())
def test_a_kill_in_mid_apply_leaves_nothing_twice_and_nothing_behind(
    crashing: Deployment, number: int, who: str, after: float
) -> None:
    worker = crashing.processes["worker-0"].pid
    source = crashing.request(f"crash-{number}")
    eventually(lambda: running_cli(worker), "an engine run", 60)
    time.sleep(after)  # The point in time is what is tested here.
    victim = victims(crashing, who)()
    if victim is not None:
        os.kill(victim, signal.SIGKILL)
    if who == "worker":
        crashing.processes.pop("worker-0").wait(10)
        crashing.start("worker-0", "worker")

    crashing.ready(source["id"])
    operation = crashing.api("GET", f"/v1/operations?source={source['id']}&kind=apply").json()["items"][0]
    INTERRUPTED.append(operation["attempt"] > 1)
    stack = crashing.stack(source["id"])
    recorded = {r["arn"] for r in stack["resources"] if r["arn"]}
    assert tagged(crashing, source["id"]) <= recorded
    for region in (REGION, REPLICA_REGION):
        assert len(keys_of(crashing, source["id"], region)) == 1
    filters = crashing.aws("logs", PRODUCTION).describe_subscription_filters(
        logGroupName=f"/aws/lambda/payments-crash-{number}"
    )["subscriptionFilters"]
    assert len(filters) == 1
    names = [r["id"] for r in stack["resources"] if r["type"] == "aws:s3/bucket:Bucket"]
    assert len(names) == 2
    assert crashing.operate(source["id"], "check")["state"] == "succeeded"
    assert crashing.stack(source["id"])["drift"]["changes"] == []


def test_most_of_the_kills_came_in_the_middle() -> None:
    assert len(INTERRUPTED) == POINTS
    assert sum(INTERRUPTED) >= POINTS * 0.7, INTERRUPTED


def test_nothing_of_a_killed_run_is_left_running(crashing: Deployment) -> None:
    """After all that, no CLI and no plugin without a living parent of ours is about."""

    def quiet() -> bool | None:
        home = str(crashing.home)
        left = [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and named(int(entry.name), home) and named(int(entry.name), "pulumi")
        ]
        return None if left else True

    assert eventually(quiet, "every CLI and plugin of a killed run is gone", 60)
