"""What `make acceptance-aws` asks for before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.accounts import PROFILES, SETTINGS, Accounts, NotReadyError


@pytest.fixture
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An AWS configuration with both profiles."""
    config = tmp_path / "aws.ini"
    config.write_text("".join(f"[profile {name}]\nregion = eu-west-3\n" for name in PROFILES.values()))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in SETTINGS:
        monkeypatch.delenv(f"LOGFLUME_ACCEPTANCE_{name}", raising=False)
    with pytest.raises(NotReadyError) as refused:
        Accounts.from_environment()
    for name in (*(f"LOGFLUME_ACCEPTANCE_{name}" for name in SETTINGS), *PROFILES.values()):
        assert name in str(refused.value)


@pytest.mark.usefixtures("profiles")
def test_one_missing_token_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.setenv(f"LOGFLUME_ACCEPTANCE_{name}", "given")
    assert Accounts.from_environment().settings["TEAM"] == "given"
    monkeypatch.delenv("LOGFLUME_ACCEPTANCE_APPROVER_TOKEN")
    with pytest.raises(NotReadyError, match="missing: LOGFLUME_ACCEPTANCE_APPROVER_TOKEN "):
        Accounts.from_environment()
