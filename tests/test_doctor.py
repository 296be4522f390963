"""What the doctor says of a machine that is well, and of each thing that may be wrong."""

from __future__ import annotations

import http.server
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import migrate, postgres
from service.doctor import Check, report
from service.settings import Settings

REFUSED = "postgresql://me:hush@127.0.0.1:1/logs"


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    file = tmp_path / "pulumi"
    file.write_text("#!/bin/sh\necho v3.259.0\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def sandbox_port() -> Iterator[int]:
    """Something that answers as the sandbox's health page does."""

    class Healthy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/_sandbox/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def checks(**settings: Any) -> dict[str, Check]:
    return {check.name: check for check in report(Settings(**settings))}


def test_everything_is_well(tmp_path: Path, pulumi: Path, sandbox_port: int, database_url: str) -> None:
    found = checks(home=tmp_path, pulumi=pulumi, sandbox_port=sandbox_port, database_url=database_url)

    assert [check for check in found.values() if not check.ok] == []
    assert found["Pulumi CLI"].detail == f"3.259.0 ({pulumi})"
    assert found["PostgreSQL"].detail == "18.6 (your own)"
    assert "pulumi-aws 7.51.1" in found["packages"].detail
    assert "stand-in" in found["AWS plugin"].detail


def test_nothing_listens_where_the_sandbox_and_the_database_should(tmp_path: Path, pulumi: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        found = checks(home=tmp_path, pulumi=pulumi, sandbox_port=port, database_url=REFUSED)

    assert {name for name, check in found.items() if not check.ok} == {"sandbox", "PostgreSQL"}
    assert "logflume sandbox" in found["sandbox"].hint
    assert "hush" not in found["PostgreSQL"].detail


def test_an_old_schema_is_named_with_the_way_out(tmp_path: Path, database_url: str) -> None:
    migrate.downgrade(database_url, "-1")

    found = checks(home=tmp_path, database_url=database_url)["migrations"]

    assert not found.ok
    assert "logflume migrate" in found.hint


def test_an_embedded_server_that_was_down_is_down_again(tmp_path: Path) -> None:
    try:
        assert checks(home=tmp_path)["PostgreSQL"] == Check("PostgreSQL", True, "18.6 (embedded)")
        assert not postgres.is_running(tmp_path)

        postgres.ensure_server(tmp_path)
        assert checks(home=tmp_path)["PostgreSQL"].ok
        assert postgres.is_running(tmp_path)
    finally:
        postgres.remove_server(tmp_path)


def test_a_pulumi_that_is_too_old_is_named(tmp_path: Path, pulumi: Path) -> None:
    pulumi.write_text("#!/bin/sh\necho v3.1.0\n")

    found = checks(home=tmp_path, pulumi=pulumi, database_url=REFUSED)["Pulumi CLI"]

    assert not found.ok
    assert "is version 3.1.0; needed is 3.181.0" in found.detail


def test_a_broken_environments_file_is_shown(tmp_path: Path) -> None:
    (tmp_path / "environments.toml").write_text("[environments.default\n")

    found = checks(home=tmp_path, database_url=REFUSED)["environments"]

    assert not found.ok
    assert "environments.toml" in found.detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_closed_state_folder_is_named_for_a_user(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    assert "LOGFLUME_HOME" in checks(home=tmp_path / "home", database_url=REFUSED)["state folder"].hint


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    found = checks(home=tmp_path / "file" / "home", database_url=REFUSED)["state folder"]

    assert not found.ok
    assert "LOGFLUME_HOME" in found.hint


def test_in_aws_mode_the_real_plugin_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "environments.toml").write_text("")
    settings = {
        "mode": "aws",
        "home": tmp_path,
        "environments_file": tmp_path / "environments.toml",
        "passphrase": "correct horse",
        "database_url": REFUSED,
    }
    assert "not here yet" in checks(**settings)["AWS plugin"].detail
    assert "sandbox" not in checks(**settings)

    plugin = tmp_path / "pulumi" / "plugins" / "resource-aws-v7.51.1" / "pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    assert checks(**settings)["AWS plugin"].detail == f"7.51.1 ({plugin})"
