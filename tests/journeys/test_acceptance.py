"""What runs against real accounts runs here first: the same look, journey and tidying up, with the sandbox behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.accounts import PROFILES, Accounts, NotReadyError
from tests.journeys.shared import JOURNEYS
from tests.support.deployment import LOG, PRODUCTION, Deployment
from tests.support.plugin import aws_config

pytestmark = pytest.mark.engine


class Sandboxed(Accounts):
    """The accounts of a deployment, whose teams may ask for groups of their own only."""

    deployment: Deployment

    def group(self, name: str) -> str:
        return self.deployment.group(name)

    def flush(self) -> None:
        self.deployment.flush()


@pytest.fixture
def accounts(running: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandboxed:
    """What `make acceptance-aws` is told, told of the sandbox."""
    config = tmp_path / "aws.ini"
    config.write_text(aws_config(running.sandbox_url, **{PROFILES[side]: side for side in (PRODUCTION, LOG)}))
    told = {
        "URL": running.url,
        "ENVIRONMENT": "default",
        "TEAM": "payments",
        "TOKEN": "dev-requester",
        "OPERATOR_TOKEN": "dev-operator",
        "APPROVER_TOKEN": "dev-admin",
    }
    for name, value in told.items():
        monkeypatch.setenv(f"LOGFLUME_ACCEPTANCE_{name}", value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    made = Sandboxed.from_environment()
    assert isinstance(made, Sandboxed)
    made.deployment = running
    return made


def test_a_sandbox_is_no_proof_and_is_refused(accounts: Sandboxed) -> None:
    with pytest.raises(NotReadyError, match="the service is in sandbox mode"):
        accounts.look()
    accounts.hang_up()


def test_somebody_elses_account_is_refused(accounts: Sandboxed, running: Deployment, tmp_path: Path) -> None:
    other = dict(zip(PROFILES.values(), (LOG, LOG), strict=True))
    (tmp_path / "aws.ini").write_text(aws_config(running.sandbox_url, **other))
    with pytest.raises(NotReadyError, match=f"logflume-production is of {LOG}, not of {PRODUCTION}"):
        accounts.look(sandbox=True)
    accounts.hang_up()


def test_a_purge_needs_two_operators_and_then_nothing_is_left(
    accounts: Sandboxed, running: Deployment
) -> None:
    accounts.look(sandbox=True)
    source = JOURNEYS["purged"](accounts, "purged")
    again = running.api(
        "POST", "/v1/sources", {k: source[k] for k in ("name", "environment", "kind", "team", "spec")}
    )
    assert again.status_code == 202, "the name is free again"
    running.ready(again.json()["id"])
    accounts._asked.append(again.json()["id"])
    accounts.tidy()
    assert running.source(again.json()["id"])["status"]["phase"] == "purged"
