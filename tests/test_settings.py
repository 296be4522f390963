"""Settings that would be unsafe together are refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.__main__ import main
from service.settings import REAL_CREDENTIALS, Settings

AWS = {
    "mode": "aws",
    "environments_file": Path("environments.toml"),
    "secrets_provider": "awskms://alias/logflume",
}


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REAL_CREDENTIALS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", REAL_CREDENTIALS)
def test_the_sandbox_does_not_start_where_real_credentials_are_visible(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ValidationError, match=name):
        Settings()


def test_the_sandboxs_own_keys_are_no_real_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "222222222222")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert Settings().mode == "sandbox"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"environments_file": None}, "LOGFLUME_ENVIRONMENTS_FILE"),
        ({"secrets_provider": None}, "LOGFLUME_SECRETS_PROVIDER"),
        ({"sandbox_time_scale": 60.0}, "sandbox mode only"),
        ({"notify_loopback": True}, "sandbox mode only"),
        ({"stop_grace": 15.0, "lease_seconds": 20.0}, "LOGFLUME_STOP_GRACE"),
    ],
)
def test_aws_mode_is_refused_without_what_it_needs(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(AWS | change)
    assert Settings.model_validate(AWS).mode == "aws"


def test_a_bad_setting_is_named_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOGFLUME_WORKER_CONCURRENCY", "many")
    assert main(["doctor"]) == 2
    assert "LOGFLUME_WORKER_CONCURRENCY" in capsys.readouterr().err


def test_no_secret_shows_in_the_settings_own_words() -> None:
    shown = repr(
        Settings.model_validate({"database_url": "postgresql://u:hunter2@h/d", "passphrase": "hunter2"})
    )
    assert "hunter2" not in shown
