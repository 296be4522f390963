"""A wish that the programs would refuse is refused at the door, whichever side knows the rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.spec import SOURCE_NAME
from service.auth import Caller
from service.environments import BadEnvironments, Environments
from service.requests import SourceRequest, judge
from tests.jobs.world import ENVIRONMENTS

CALLER = Caller("dev", "admin")
NAMES = st.from_regex(r"[a-z](-?[a-z0-9]){1,39}", fullmatch=True).filter(lambda name: len(name) <= 40)


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    path = tmp_path_factory.mktemp("environments") / "environments.toml"
    path.write_text(ENVIRONMENTS)
    return Environments.load(path)


@given(name=NAMES)
def test_every_name_that_may_be_asked_for_can_be_built(environments: Environments, name: str) -> None:
    assert re.fullmatch(SOURCE_NAME, name)
    body = SourceRequest.model_validate(
        {
            "name": name,
            "environment": "default",
            "kind": "cloudwatch",
            "team": "payments",
            "spec": {"log_group": "/aws/lambda/payments"},
        }
    )
    draft = judge(CALLER, environments, body)
    assert [finding for finding in draft.findings if finding.severity == "ERROR"] == []


@pytest.mark.parametrize("name", ["1st", "a-name-that-is-far-too-long-for-it", "Upper"])
def test_an_environment_that_no_program_could_use_is_refused_at_start(name: str, tmp_path: Path) -> None:
    (tmp_path / "environments.toml").write_text(
        ENVIRONMENTS.replace("environments.default", f"environments.{name}")
    )
    with pytest.raises(BadEnvironments):
        Environments.load(tmp_path / "environments.toml")
