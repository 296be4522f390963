"""Many wishes at once over two workers: no stack is ever run by two, and the last wish wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import LOG, Deployment, deployed

pytestmark = pytest.mark.engine

SOURCES, WISHES = 3, 20


def runs(deployment: Deployment) -> dict[str, list[tuple[float, float]]]:
    """CLI runs by stack: start and end, as the workers that started the processes noted them."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in deployment.log_lines("engine.ended"):
        found.setdefault(line["stack_name"], []).append((line["cli_started"], line["cli_ended"]))
    return found


def send(deployment: Deployment, source: dict[str, Any], number: int) -> None:
    """One of twenty: change the wish, or ask for an apply or a check."""
    if number % 3 == 0:
        kind = "apply" if number % 2 else "check"
        answer = deployment.api("POST", f"/v1/sources/{source['id']}/operations", {"kind": kind})
    else:
        body = {key: source[key] for key in ("name", "environment", "kind", "team")}
        spec = {**source["spec"], "retention_days": 400 + number, "tiers": None}
        answer = deployment.api("PUT", f"/v1/sources/{source['id']}", body | {"spec": spec}, If_Match="*")
    assert answer.status_code in (200, 202), (answer.text, deployment.log_lines("request.failed"))


def test_sixty_requests_over_two_workers_never_overlap_and_end_at_the_last_wish(
    own_database: str, tmp_path: Path
) -> None:
    with deployed(tmp_path / "logflume", own_database, workers=2) as deployment:
        sources = [deployment.request(f"busy-{n}") for n in range(SOURCES)]
        jobs = [(source, number) for number in range(WISHES) for source in sources]
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda job: send(deployment, *job), jobs))
        for source in sources:
            last = deployment.ready(source["id"], 240)
            assert last["status"]["observed_generation"] == last["generation"]
            bucket = deployment.stack(source["id"])["outputs"]["bucket"]
            rules = deployment.aws("s3", LOG).get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
            days = [r["Expiration"]["Days"] for r in rules if "Days" in r.get("Expiration", {})]
            assert days == [last["spec"]["retention_days"]]
        by_stack = {stack: times for stack, times in runs(deployment).items() if stack.startswith("source-")}
        assert len(by_stack) == SOURCES
        for times in by_stack.values():
            ordered = sorted(times)
            assert all(end <= start for (_, end), (start, _) in pairwise(ordered)), ordered
        nodes = {line["node"] for line in deployment.log_lines("operation.ended")}
        assert len(nodes) == 2, "both workers took part"
