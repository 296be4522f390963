"""Check 1: both roles can be taken and lead where they should. Check 2: the regions are open."""

from __future__ import annotations

from typing import Any

import pytest

from service.preflight import accounts, look
from tests.preflight.scene import Scene, fresh
from tests.support.sandbox import LOG, PRODUCTION


@pytest.mark.parametrize("side", ["production", "log"])
def test_a_role_that_does_not_let_us_in_is_named_and_nothing_else_is_asked(scene: Scene, side: str) -> None:
    environment = scene.environment(**{side: {"external_id": "another"}})
    found = look(scene.view(environment=environment))
    assert [(f.severity, f.code, f.field) for f in found] == [("ERROR", "aws_access_denied", "/environment")]
    assert f"The {side} account" in found[0].message


def test_a_role_of_another_account_is_found_out(scene: Scene) -> None:
    role = f"arn:aws:iam::{LOG}:role/logflume/logflume-deploy"
    view = scene.view(environment=scene.environment(production={"role_arn": role}))
    [found] = look(view)
    assert (found.code, found.message) == (
        "wrong_account",
        f"The role of the production account leads to {LOG}, not to {PRODUCTION}.",
    )


def test_an_identity_that_aws_does_not_believe_is_told_from_one_that_may_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = scene.view()
    config = scene.folder / "forged.ini"
    secret = scene.identity["aws_secret_access_key"]
    config.write_text(view.accounts._config_file.read_text().replace(secret, "x" * len(secret)))
    monkeypatch.setattr(view.accounts, "_config_file", config)
    assert {f.code for f in look(view)} == {"aws_credentials"}


def test_an_account_nobody_can_reach_is_a_refusal_that_passes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = scene.view()
    monkeypatch.setattr(view.accounts, "_endpoint", "http://127.0.0.1:9")
    config = scene.folder / "away.ini"
    config.write_text(view.accounts._config_file.read_text().replace(scene.sandbox.url, "http://127.0.0.1:9"))
    monkeypatch.setattr(view.accounts, "_config_file", config)
    found = look(view)
    assert {f.code for f in found} == {"aws_unavailable"}


@pytest.mark.parametrize(
    ("changes", "side"),
    [
        ({"replica_region": "eu-nowhere-1"}, "log"),
        ({"production": {"region": "eu-nowhere-1"}}, "production"),
    ],
)
def test_a_region_that_is_not_enabled_is_named(scene: Scene, changes: dict[str, Any], side: str) -> None:
    asked = fresh()
    values = asked.model_dump()
    for name, value in changes.items():
        values[name] = {**values[name], **value} if isinstance(value, dict) else value
    [found] = accounts.regions(scene.view(type(asked).model_validate(values)))
    assert (found.severity, found.code) == ("ERROR", "region_disabled")
    assert f"The {side} account has not enabled the region eu-nowhere-1" in found.message
