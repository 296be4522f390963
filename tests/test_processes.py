"""`logflume serve` as its user starts and stops it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.engine.supervisor import start_time
from service.postgres import remove_server
from tests.support.deployment import eventually, free_port

pytestmark = pytest.mark.engine


class Served:
    """One home, served."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.sandbox_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Run `logflume serve` until it is ready."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith("AWS_")}
        environment = inherited | {
            "LOGFLUME_HOME": str(self.home),
            "LOGFLUME_PORT": str(self.port),
            "LOGFLUME_SANDBOX_PORT": str(self.sandbox_port),
        }
        with (self.home / "serve.log").open("ab") as log:
            self.process = process = subprocess.Popen(
                [sys.executable, "-m", "service", "serve"], env=environment, stdout=log, stderr=log
            )

        def ready() -> bool | None:
            assert process.poll() is None, (self.home / "serve.log").read_text()[-3000:]
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200 or None
            except httpx.TransportError:
                return None

        eventually(ready, "serve is ready", 90)
        return process

    def parts(self) -> dict[str, dict[str, object]]:
        """The processes that it says it started."""
        return dict(json.loads((self.home / "processes.json").read_text()))

    def sources(self) -> int:
        """How many sources there are; -1 while nothing answers."""
        try:
            return self._sources()
        except httpx.TransportError:
            return -1

    def _sources(self) -> int:
        answer = httpx.get(
            f"http://127.0.0.1:{self.port}/v1/sources",
            headers={"Authorization": "Bearer dev-viewer"},
            timeout=10,
        )
        return len(answer.json()["items"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    tmp_path.chmod(0o711)
    yield served
    if served.process is not None and served.process.poll() is None:
        served.process.terminate()
        served.process.wait(60)
    remove_server(tmp_path)


def alive(part: dict[str, object]) -> bool:
    return start_time(int(str(part["pid"]))) == part["started"]


def test_serve_ends_everything_it_started_and_keeps_what_it_was_told(served: Served) -> None:
    process = served.start()
    body = {
        "name": "kept",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_group": "/aws/lambda/payments-kept", "create_log_group": True},
    }
    headers = {"Authorization": "Bearer dev-requester"}
    assert (
        httpx.post(
            f"http://127.0.0.1:{served.port}/v1/sources", json=body, headers=headers, timeout=10
        ).status_code
        == 202
    )
    parts = served.parts()
    assert set(parts) == {"sandbox", "web", "worker"}
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not any(alive(part) for part in parts.values())

    process = served.start()
    assert served.sources() == 1
    killed = served.parts()
    process.kill()
    process.wait(10)
    assert all(alive(part) for part in killed.values()), "a killed parent leaves its children"

    process = served.start()
    gone = lambda: not any(alive(part) for part in killed.values()) or None  # noqa: E731 - asked again and again.
    assert eventually(gone, "the next serve of this home has ended them", 60)
    assert eventually(lambda: served.sources() == 1 or None, "its own web answers", 60)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
