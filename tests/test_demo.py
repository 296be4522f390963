"""`make demo` is the first thing a newcomer sees: it must come out right, twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.postgres import remove_server
from tests.support.deployment import free_port

pytestmark = pytest.mark.engine


def test_the_demo_finds_its_line_in_the_log_account_and_again_the_next_time(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("AWS_")}
    environment = inherited | {
        "LOGFLUME_HOME": str(tmp_path),
        "LOGFLUME_PORT": str(free_port()),
        "LOGFLUME_SANDBOX_PORT": str(free_port()),
    }
    try:
        for _ in range(2):
            demo = subprocess.run(
                [sys.executable, "-m", "service", "demo", "--once"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=240,
            )
            assert demo.returncode == 0, demo.stdout + demo.stderr
            told = demo.stdout
            assert "s3://logflume-payments-api-" in told
            assert "encrypted with aws:kms" in told
            assert '"mark": "demo-' in told
            assert '{"Records":' in told
            assert told.rstrip().endswith("done")
    finally:
        remove_server(tmp_path)
