"""A whole logflume of one's own: database, sandbox AWS, web and workers as real processes, driven over HTTP and boto3."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.support.world import (
    LOG,
    PRODUCTION,
    REGION,
    REPLICA_REGION,
    SECURITY,
    WAIT_SECONDS,
    World,
    eventually,
)

__all__ = [
    "LOG",
    "PRODUCTION",
    "QUIET",
    "REGION",
    "REPLICA_REGION",
    "SECURITY",
    "WAIT_SECONDS",
    "Deployment",
    "deployed",
    "eventually",
    "free_port",
]

QUIET = Config(
    retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=60
)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment(World):
    """Processes by name, and AWS in the sandbox."""

    home: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the web is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Where AWS is."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def environment(self) -> dict[str, str]:
        """The environment of every process of this deployment."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LOGFLUME_"))
        }
        return inherited | {
            "LOGFLUME_HOME": str(self.home),
            "LOGFLUME_DATABASE_URL": self.database_url,
            "LOGFLUME_PORT": str(self.port),
            "LOGFLUME_SANDBOX_PORT": str(self.sandbox_port),
            "LOGFLUME_SANDBOX_TIME_SCALE": "120",
            "LOGFLUME_SWEEP_SECONDS": "1",
            "LOGFLUME_FRESHNESS_SECONDS": "5",
            "LOGFLUME_LEASE_SECONDS": "9",
            "LOGFLUME_STOP_GRACE": "3",
            "LOGFLUME_RETRY_BASE": "0.3",
            "LOGFLUME_LOG_FORMAT": "json",
            **self.settings,
        }

    def start(self, name: str, command: str | None = None) -> subprocess.Popen[bytes]:
        """Start `logflume <command>` under a name of its own; its output goes to `home/<name>.log`."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "service", command or name],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def run(self, command: str) -> None:
        """Run `logflume <command>` to its end."""
        subprocess.run(
            [sys.executable, "-m", "service", command], env=self.environment(), check=True, timeout=180
        )

    def up(self, workers: int = 1) -> None:
        """Start everything and wait until it is ready."""
        self.start("sandbox")
        self.run("migrate")
        self.await_url(f"{self.sandbox_url}/_sandbox/health", "sandbox")
        self.run("bootstrap")
        self.start("web")
        for number in range(workers):
            self.start(f"worker-{number}", "worker")
        self.await_url(f"{self.url}/readyz", "web")

    def await_url(self, url: str, name: str) -> None:
        """Wait until `url` answers 200; the process behind it must live."""

        def answers() -> bool | None:
            if self.processes[name].poll() is not None:
                raise AssertionError(f"{name} ended: {self.log(name)[-3000:]}")
            try:
                return httpx.get(url, timeout=5).status_code == 200 or None
            except httpx.TransportError:
                return None

        eventually(answers, f"{name} at {url}", 60)

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self.home / f"{name}.log").read_text()

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        """Structured log lines of all workers with this event name."""
        lines = []
        for path in self.home.glob("worker-*.log"):
            for line in path.read_text().splitlines():
                if line.startswith("{") and f'"{event}"' in line:
                    lines.append(json.loads(line))
        return [line for line in lines if line.get("event") == event]

    def end(self, name: str, *, kill: bool = False) -> None:
        """End one process: ask, or kill."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.kill() if kill else process.terminate()
        process.wait(30)

    def down(self) -> None:
        """End everything."""
        self.hang_up()
        for aws in self._clients.values():
            aws.close()
        for name in reversed(list(self.processes)):
            self.end(name)

    def aws(self, service: str, account: str, region: str = REGION) -> Any:
        """A boto3 client as the root of an account of the sandbox."""
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.sandbox_url,
                aws_access_key_id=account,
                aws_secret_access_key="test",
                config=QUIET,
            )
        return self._clients[key]

    def flush(self) -> None:
        """Deliver what Firehose has buffered."""
        httpx.post(f"{self.sandbox_url}/_sandbox/flush", timeout=60).raise_for_status()

    def pass_days(self, days: float) -> None:
        """Move the clock of S3 on."""
        self._tell("clock", {"forward": days * 86400})

    def fail(self, *faults: dict[str, Any]) -> None:
        """Let AWS operations end with errors from now on; without any, let them go on."""
        self._tell("fault", faults)

    def happen(self, **event: str) -> bool:
        """Let something happen at a zone, a database or a cluster of production; whether its service logged it."""
        asked = {"account": PRODUCTION, "region": REGION, **event}
        return httpx.post(f"{self.sandbox_url}/_sandbox/happen", json=asked, timeout=60).status_code == 200

    def _tell(self, what: str, body: Any) -> None:
        httpx.post(f"{self.sandbox_url}/_sandbox/{what}", json=body, timeout=60).raise_for_status()


@contextmanager
def deployed(home: Path, database_url: str, workers: int = 1, **settings: str) -> Iterator[Deployment]:
    """A deployment for the length of a block."""
    deployment = Deployment(home, database_url, settings)
    try:
        deployment.up(workers)
        yield deployment
    finally:
        deployment.down()
