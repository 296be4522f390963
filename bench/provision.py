"""`make bench`: from nothing to a pipeline in two accounts, the stock Pulumi pattern and ours, in one run.

Same sandbox, same program, same roles; pairs are interleaved so that a noisy machine is unfair to both.
(a) stock: create_or_select_stack, set_all_config, up, outputs, in a warm process of its own.
(b) ours: from POST /v1/sources until the source is ready, web and worker warm, PostgreSQL and all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.tree import PeakMemory, cpu_seconds
from service.engine.credentials import aws_config, base_identity
from service.environments import Environments
from service.models import Source
from service.postgres import ensure_server, remove_server
from service.sandbox.provider import write_plugin_folder
from service.wish import wish_of
from tests.support.deployment import Deployment, deployed, eventually

TARGET = 0.75


@dataclass
class Side:
    """What was measured of one side."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def medians(self) -> tuple[float, float, float]:
        """Wall seconds, CPU seconds, peak MiB."""
        return statistics.median(self.seconds), statistics.median(self.cpu), statistics.median(self.memory)


class Stock:
    """The stock process, and what it needs to reach the sandbox."""

    def __init__(self, deployment: Deployment, module: str = "bench.stock") -> None:
        self._deployment = deployment
        self._environment = Environments.load(deployment.home / "environments.toml").get("default")
        write_plugin_folder(deployment.home / "stock-plugin", sys.executable)
        (deployment.home / "stock-state").mkdir()
        # The plugin is found on PATH, as an ambient one: the SDK's project settings cannot name a folder.
        folders = [deployment.home / "stock-bin", deployment.home / "stock-plugin"]
        path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
        self._link_pulumi(folders[0])
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PATH": path},
        )
        self._answer()

    def _link_pulumi(self, folder: Path) -> None:
        from service.engine.cli import find_pulumi
        from service.settings import Settings

        folder.mkdir()
        (folder / "pulumi").symlink_to(find_pulumi(Settings()))

    def _answer(self) -> Any:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SystemExit("the stock process ended")
        return json.loads(line)

    def provision(self, name: str) -> float:
        """Build a pipeline; wall seconds as the stock process saw them."""
        home = self._deployment.home
        group = f"/aws/lambda/payments-{name}"
        self._deployment.make_group(group)
        source = Source(
            id=str(uuid.uuid4()),
            name=name,
            environment="default",
            kind="cloudwatch",
            team="payments",
            spec={"log_groups": [group]},
            drift_policy={},
            created_by="bench",
        )
        base = base_identity("sandbox", home, "")
        job = {
            "wish": wish_of(source, self._environment).model_dump(mode="json"),
            "folder": str(home / "stock-work" / name),
            "aws_config": aws_config(self._environment, name, base, self._deployment.sandbox_url),
            "endpoint": self._deployment.sandbox_url,
            "state": str(home / "stock-state"),
            "home": str(home / "stock-home"),
            "stack": name,
        }
        return float(self.ask(job)["seconds"])

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Give the process a job and wait for its answer."""
        if self.process.stdin is None:
            raise SystemExit("the stock process has no input")
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return dict(self._answer())

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(30)


def ours(deployment: Deployment, name: str) -> float:
    """Ask over REST and wait until the source is ready; wall seconds from the POST."""
    group = f"/aws/lambda/payments-{name}"
    deployment.make_group(group)
    body = {
        "name": name,
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_groups": [group]},
    }
    began = time.monotonic()
    answer = deployment.api("POST", "/v1/sources", body)
    if answer.status_code != 202:
        raise SystemExit(f"POST answered {answer.status_code}: {answer.text}")
    source_id = answer.json()["id"]

    def ready() -> float | None:
        phase = deployment.source(source_id)["status"]["phase"]
        if phase == "stalled":
            raise SystemExit(f"stalled: {deployment.source(source_id)['status']}")
        return time.monotonic() - began if phase == "ready" else None

    return eventually(ready, f"{name} is ready")


def measure(side: Side, roots: list[int], run: Any) -> None:
    """Run once and note wall, CPU and peak memory of the process tree."""
    before = cpu_seconds(roots)
    with PeakMemory(roots) as memory:
        side.seconds.append(run())
    side.cpu.append(cpu_seconds(roots) - before)
    side.memory.append(memory.peak)


def profile(deployment: Deployment) -> dict[str, float]:
    """Where our time goes, medians over the runs: seconds by leg."""
    legs: dict[str, list[float]] = {}
    for item in deployment.api("GET", "/v1/operations?kind=apply&limit=100").json()["items"]:
        at = {key: datetime.fromisoformat(item[key]) for key in ("queued_at", "started_at", "finished_at")}
        legs.setdefault("queued -> started (wake-up, lease, decision)", []).append(
            (at["started_at"] - at["queued_at"]).total_seconds()
        )
        legs.setdefault("started -> finished", []).append(
            (at["finished_at"] - at["started_at"]).total_seconds()
        )
    for line in deployment.log_lines("engine.ended"):
        legs.setdefault("  standby child -> CLI started", []).append(line["cli_started"] - line["job_given"])
        legs.setdefault("  CLI run", []).append(line["cli_ended"] - line["cli_started"])
    return {leg: statistics.median(values) for leg, values in legs.items()}


def main() -> int:
    """Run the pairs and print the figures; 1 when the ratio misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    pairs = parser.parse_args().pairs
    home = Path(tempfile.mkdtemp(prefix="logflume-bench-"))
    home.chmod(0o711)
    url = ensure_server(home / "database")
    try:
        with deployed(home / "service", url) as deployment:
            return _compare(deployment, pairs)
    finally:
        remove_server(home / "database")


def _compare(deployment: Deployment, pairs: int) -> int:
    stock, a, b = Stock(deployment), Side(), Side()
    our_roots = [deployment.processes[name].pid for name in ("web", "worker-0")]
    stock.provision("stock-warm-up")
    ours(deployment, "ours-warm-up")
    for number in range(pairs):
        time.sleep(3)  # The worker fills its standby; both sides start from rest.
        measure(a, [stock.process.pid], lambda n=number: stock.provision(f"stock-{n:02}"))
        time.sleep(1)
        measure(b, our_roots, lambda n=number: ours(deployment, f"ours-{n:02}"))
        print(f"pair {number + 1}: stock {a.seconds[-1]:.2f} s, ours {b.seconds[-1]:.2f} s", flush=True)
    stock.close()
    return _report(a, b, profile(deployment))


def _report(a: Side, b: Side, legs: dict[str, float]) -> int:
    (a_wall, a_cpu, a_mem), (b_wall, b_cpu, b_mem) = a.medians(), b.medians()
    print(f"\n{'median of ' + str(len(a.seconds)):<16}{'stock':>10}{'ours':>10}{'ratio':>10}")
    for name, left, right in (
        ("wall s", a_wall, b_wall),
        ("CPU s", a_cpu, b_cpu),
        ("peak MiB", a_mem, b_mem),
    ):
        print(f"{name:<16}{left:>10.2f}{right:>10.2f}{right / left:>10.2f}")
    print(
        f"range of wall s  stock {min(a.seconds):.2f}-{max(a.seconds):.2f}, ours {min(b.seconds):.2f}-{max(b.seconds):.2f}"
    )
    print("\nwhere ours goes (median seconds)")
    for leg, seconds in legs.items():
        print(f"  {leg:<48}{seconds:>8.2f}")
    ratio = b_wall / a_wall
    print(f"\nours / stock = {ratio:.2f}, target <= {TARGET}")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
