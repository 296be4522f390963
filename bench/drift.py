"""`python -m bench.drift`: looking for drift, a plain loop of the SDK and ours, over the same stacks in one run.

Both sides look at the same resources from the same states, so many at a time; rounds are interleaved, and each side begins
every other one. Then what a stack costs in a small fleet and in a large one. An untouched fleet must give no finding.
(a) plain: select_stack and preview_refresh(run_program=True), in a warm process of its own.
(b) ours: from the first POST of a check until the last one has ended, web and worker warm, PostgreSQL and all.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bench.provision import Stock
from bench.tree import cpu_seconds
from service.db import engine_for
from service.engine.credentials import aws_config, base_identity
from service.engine.workspace import PROJECT
from service.environments import Environments
from service.jobs.records import checkpoint_body
from service.models import Source
from service.postgres import ensure_server, remove_server
from service.settings import SANDBOX_PASSPHRASE
from service.wish import wish_of
from tests.support.deployment import Deployment, deployed, eventually

TARGET, GROWTH = 0.75, 1.15
LONG = 7200.0


@dataclass
class Fleet:
    """Sources that stand, and both ways to look at them."""

    deployment: Deployment
    parallel: int
    sources: list[str] = field(default_factory=list)
    findings: int = 0

    def grow(self, size: int) -> None:
        """Ask for sources until there are so many, and wait until all stand."""
        for number in range(len(self.sources), size):
            asked = self.deployment.request(f"fleet-{number:03}")
            self.sources.append(asked["id"])
        for source_id in self.sources:
            self.deployment.ready(source_id, LONG)

    def ours(self, sources: list[str]) -> float:
        """Ask for a check of each and wait for the last; wall seconds."""
        api, began = self.deployment.api, time.monotonic()
        asked = [api("POST", f"/v1/sources/{s}/operations", {"kind": "check"}).json()["id"] for s in sources]
        for operation_id in asked:
            check = eventually(lambda one=operation_id: self._ended(one), "a check has ended", LONG)
            if check["state"] != "succeeded":
                raise SystemExit(f"a check failed: {check['error']}")
        took = time.monotonic() - began
        self.findings += sum(len(self.deployment.stack(s)["drift"]["changes"]) for s in sources)
        return took

    def _ended(self, operation_id: str) -> dict[str, Any] | None:
        operation = dict(self.deployment.api("GET", f"/v1/operations/{operation_id}").json())
        return operation if operation["finished_at"] else None

    def plain(self, stock: Stock, sources: list[str]) -> float:
        """The plain loop over the same; wall seconds as its process saw them."""
        answer = stock.ask({"parallel": self.parallel, "stacks": [self._stack(s) for s in sources]})
        self.findings += int(answer["changed"])
        return float(answer["seconds"])

    def _stack(self, source_id: str) -> dict[str, Any]:
        """The committed state of a source, put where the SDK keeps its own; nothing of it is changed by looking."""
        home, name = self.deployment.home, f"source-{source_id}"
        with Session(engine_for(self.deployment.database_url)) as session:
            source = session.get_one(Source, source_id)
            body = checkpoint_body(session, source.checkpoint_id) or b"{}"
            environment = Environments.load(home / "environments.toml").get(source.environment)
            wish = wish_of(source, environment).model_dump(mode="json")
        state, work = home / "plain-state", home / "plain-work" / name
        kept = state / ".pulumi" / "stacks" / PROJECT / f"{name}.json"
        for folder in (kept.parent, work):
            folder.mkdir(parents=True, exist_ok=True)
        (state / ".pulumi" / "meta.yaml").write_text("version: 1\n")
        kept.write_bytes(body)
        base = base_identity("sandbox", home, "")
        (work / "aws.ini").write_text(aws_config(environment, "plain", base, self.deployment.sandbox_url))
        env = {
            "AWS_CONFIG_FILE": str(work / "aws.ini"),
            "AWS_ENDPOINT_URL": self.deployment.sandbox_url,
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": SANDBOX_PASSPHRASE,
            "PULUMI_HOME": str(home / "stock-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        salt = json.loads(body)["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"]
        return {
            "stack": name,
            "project": PROJECT,
            "folder": str(work),
            "salt": salt,
            "env": env,
            "wish": wish,
        }


def compare(fleet: Fleet, sources: list[str], rounds: int) -> float:
    """Rounds over shares of the sources, one side after the other; ours / plain of the sums."""
    stock = Stock(fleet.deployment, "bench.plain_checks")
    roots = [fleet.deployment.processes[name].pid for name in ("web", "worker-0")]
    shares = [share for n in range(rounds) if (share := sources[n::rounds])]
    spent = {"plain": [0.0, 0.0], "ours": [0.0, 0.0]}
    fleet.plain(stock, shares[0][:1])
    fleet.ours(shares[0][:1])
    for number, share in enumerate(shares):
        sides = {
            "plain": ([stock.process.pid], lambda s=share: fleet.plain(stock, s)),
            "ours": (roots, lambda s=share: fleet.ours(s)),
        }
        for name in list(sides)[:: 1 if number % 2 == 0 else -1]:
            pids, run = sides[name]
            before, took = cpu_seconds(pids), run()
            spent[name][0] += took
            spent[name][1] += cpu_seconds(pids) - before
            print(f"round {number + 1}: {name:<6} {took / len(share):6.2f} s a stack", flush=True)
    stock.close()
    count = sum(map(len, shares))
    for name, (wall, cpu) in spent.items():
        print(
            f"{name:<6} {wall / count:6.2f} s wall and {cpu / count:5.2f} s CPU a stack, {fleet.parallel} at a time"
        )
    return spent["ours"][0] / spent["plain"][0]


def cost_of_size(fleet: Fleet, large: int) -> float:
    """What a stack costs in the fleet as it is, and in a large one: large / small."""
    small = len(fleet.sources)
    before = fleet.ours(fleet.sources) / small
    fleet.grow(large)
    after = fleet.ours(fleet.sources) / large
    print(f"{before:.2f} s a stack of {small}, {after:.2f} s of {large}")
    return after / before


def main() -> int:
    """Print the figures; 1 when one of them misses its target."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stacks", type=int, default=50, help="stacks that both sides look at")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--small", type=int, default=20)
    parser.add_argument("--large", type=int, default=200, help="0: leave the second measurement out")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="logflume-bench-"))
    home.chmod(0o711)
    url = ensure_server(home / "database")
    try:
        settings = {"LOGFLUME_WORKER_CONCURRENCY": str(asked.parallel)}
        with deployed(home / "service", url, **settings) as deployment:
            return _run(Fleet(deployment, asked.parallel), asked)
    finally:
        remove_server(home / "database")


def _run(fleet: Fleet, asked: argparse.Namespace) -> int:
    growth = 0.0
    if asked.large:
        fleet.grow(asked.small)
        growth = cost_of_size(fleet, asked.large)
        print(f"a stack of {asked.large} / of {asked.small} = {growth:.2f}, target <= {GROWTH}")
    fleet.grow(asked.stacks)
    ratio = compare(fleet, fleet.sources[: asked.stacks], asked.rounds)
    print(f"ours / plain = {ratio:.2f}, target <= {TARGET}")
    print(f"findings in an untouched fleet: {fleet.findings}")
    return 0 if ratio <= TARGET and growth <= GROWTH and not fleet.findings else 1


if __name__ == "__main__":
    sys.exit(main())
