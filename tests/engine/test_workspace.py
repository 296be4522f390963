"""The folder of an attempt holds all an engine run needs, and nothing of it leaks."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from service.engine.workspace import Engine, environment, prepare

ENGINE = Engine(
    pulumi=Path("/bin/true"),
    home=Path("/nowhere"),
    plugins={"aws": Path("/plugin")},
    passphrase="open sesame",
)


def checkpoint(manager: dict[str, Any]) -> bytes:
    return json.dumps({"version": 3, "checkpoint": {"latest": {"secrets_providers": manager}}}).encode()


def stack_file(folder: Path) -> Any:
    return json.loads((folder / "Pulumi.s.yaml").read_text())


def test_a_new_stack_begins_empty(tmp_path: Path) -> None:
    space = prepare(tmp_path / "w", "s", ENGINE, "[profile x]", None)
    assert json.loads(space.checkpoint_path.read_bytes())["checkpoint"]["latest"] is None
    assert stack_file(space.folder) == {}


def test_the_salt_of_the_state_is_kept(tmp_path: Path) -> None:
    body = checkpoint({"type": "passphrase", "state": {"salt": "v1:salt"}})
    space = prepare(tmp_path / "w", "s", ENGINE, "", body)
    assert stack_file(space.folder) == {"encryptionsalt": "v1:salt"}
    assert space.read_checkpoint() == body


def test_the_encrypted_key_of_a_cloud_key_is_kept(tmp_path: Path) -> None:
    body = checkpoint({"type": "cloud", "state": {"url": "awskms://k", "encryptedkey": "e"}})
    space = prepare(tmp_path / "w", "s", ENGINE, "", body)
    assert stack_file(space.folder) == {"secretsprovider": "awskms://k", "encryptedkey": "e"}


def test_only_this_user_can_read_the_folder(tmp_path: Path) -> None:
    space = prepare(tmp_path / "w", "s", ENGINE, "[profile x]", None)
    assert stat.S_IMODE(space.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((space.folder / "aws.ini").stat().st_mode) == 0o600


def test_the_engine_inherits_no_credentials_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "leak")
    monkeypatch.setenv("LOGFLUME_DATABASE_URL", "postgresql://u:leak@h/d")
    space = prepare(tmp_path / "w", "s", ENGINE, "", None)
    assert "leak" not in json.dumps(environment(space, ENGINE))


def test_nothing_of_an_earlier_attempt_is_left_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "old").touch()
    assert not (prepare(tmp_path / "w", "s", ENGINE, "", None).folder / "old").exists()
