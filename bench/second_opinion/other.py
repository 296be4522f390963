"""The other emulator: ministack in a virtual environment of its own, since it pins the botocore that we use in another version.

It speaks TLS, for it asks `aws:SecureTransport` of the connection, and our policies refuse plain HTTP.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.sandbox import Sandbox

VERSION = "1.5.33"
"""Each version answers differently; explanations are of this one."""
_START_SECONDS = 60.0


def certificate(home: Path) -> Path:
    """The certificate that it made for itself: whoever asks it has to trust that one (`AWS_CA_BUNDLE`)."""
    return home / "ministack-tls" / "server.crt"


@contextmanager
def running(home: Path) -> Iterator[Sandbox]:
    """It, as tests see a sandbox. Installed from PyPI below `home`; on loopback, with access control, and it keeps nothing."""
    python = _installed(home / "venv")
    port = _free_port()
    with (home / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "ministack"], cwd=home, env=_environment(home, port), stdout=log, stderr=log
        )
    try:
        _await(port, process)
        yield Sandbox(f"https://127.0.0.1:{port}", home, process)
    finally:
        # Asked to end it waits for connections that clients keep open; it has nothing to lose.
        process.kill()
        process.wait(30)


def _installed(folder: Path) -> str:
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"ministack=={VERSION}"], check=True)
    return str(python)


def _environment(home: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": "127.0.0.1",
        "S3_DATA_DIR": str(home / "objects"),
        "STATE_DIR": str(home / "state"),
        "TMPDIR": str(home),
        "USE_SSL": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)  # Nothing listens yet, so there is nothing to wait on.
    sys.exit("ministack did not start")
