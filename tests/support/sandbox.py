"""A sandbox AWS of one's own, as a process, for tests and benches."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from service.sandbox.call import Credentials

PRODUCTION, LOG, SECURITY = "111111111111", "222222222222", "333333333333"
REGION, REPLICA_REGION = "eu-west-3", "eu-west-1"
ROOT_SECRET = "test"
START_SECONDS = 60.0
REPOSITORY = Path(__file__).parents[2]

LOOPBACK = Config(
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    connect_timeout=5,
    read_timeout=60,
)


@dataclass
class Sandbox:
    """A running sandbox. Its process is ended by `stop()` or `kill()`."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    _clients: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def client(
        self, service: str, account: str, region: str = REGION, credentials: Credentials | None = None
    ) -> Any:
        """A boto3 client of `account`'s root, or of `credentials`."""
        held = credentials or Credentials(account, ROOT_SECRET, "")
        key = (service, region, held.access_key_id, held.secret_access_key)
        if key not in self._clients:
            session = boto3.session.Session(
                aws_access_key_id=held.access_key_id,
                aws_secret_access_key=held.secret_access_key,
                aws_session_token=held.session_token or None,
                region_name=region,
            )
            self._clients[key] = session.client(service, endpoint_url=self.url, config=LOOPBACK)
        return self._clients[key]

    def flush(self) -> None:
        """Deliver what the Firehose buffers hold; answers when it has arrived."""
        status, body = self.control("POST", "/_sandbox/flush")
        assert status == 200, body

    def happen(self, **event: str) -> tuple[int, dict[str, Any]]:
        """Tell the sandbox what happened at a source; status and answer."""
        return self.control("POST", "/_sandbox/happen", json.dumps(event))

    def pass_days(self, days: float) -> None:
        """Move the clock of S3 on; lifecycle rules have done what is due when this answers."""
        status, body = self.control("POST", "/_sandbox/clock", json.dumps({"forward": days * 86400}))
        assert status == 200, body

    def fail(self, *faults: dict[str, Any]) -> None:
        """Let AWS operations end with errors from now on (fields of `Fault`); without any, let them go on."""
        status, body = self.control("POST", "/_sandbox/fault", json.dumps(faults))
        assert status == 200, body

    def control(self, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        """Call a path of the sandbox's own; its status and JSON."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def stop(self) -> int:
        """End the process as a service manager does; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End the process without a chance to tidy up."""
        return self._end(signal.SIGKILL)

    def _end(self, number: int) -> int:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)


def start_sandbox(home: Path, port: int = 0, time_scale: float = 60.0) -> Sandbox:
    """Start a sandbox that keeps its journal under `home`, and wait until it answers."""
    home.mkdir(parents=True, exist_ok=True)
    chosen = port or _free_port()
    arguments = ["--port", str(chosen), "--home", str(home.resolve()), "--time-scale", str(time_scale)]
    with (home / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.sandbox", *arguments],
            cwd=REPOSITORY,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    sandbox = Sandbox(f"http://127.0.0.1:{chosen}", home, process)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            sandbox.control("GET", "/_sandbox/health")
            return sandbox
        except OSError:
            time.sleep(0.05)  # Nothing listens yet, so there is nothing to wait on.
    sandbox.kill()
    raise RuntimeError(f"the sandbox did not start: {(home / 'sandbox.log').read_text()}")


@contextmanager
def running_sandbox(home: Path, time_scale: float = 60.0) -> Iterator[Sandbox]:
    """A sandbox for the length of a block."""
    sandbox = start_sandbox(home, time_scale=time_scale)
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
