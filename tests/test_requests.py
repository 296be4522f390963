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


def codes(environments: Environments, **spec: object) -> set[tuple[str, str]]:
    """Code and field of what stands in the way of a cloudwatch source of team payments."""
    asked = {"name": "a-preset", "environment": "default", "kind": "cloudwatch", "team": "payments"}
    draft = judge(CALLER, environments, SourceRequest.model_validate({**asked, "spec": spec}))
    return {(finding.code, finding.field) for finding in draft.findings if finding.severity == "ERROR"}


def changed(environments: Environments, log_groups: tuple[str, ...], **more: object) -> Environments:
    """The same environment, in which team payments may ship these groups."""
    environment = environments.get("default")
    limits = environment.teams["payments"].model_copy(update={"log_groups": log_groups})
    return Environments({"default": environment.model_copy(update={"teams": {"payments": limits}, **more})})


def test_a_team_asks_for_databases_clusters_and_zones_by_the_groups_they_log_into(
    environments: Environments,
) -> None:
    theirs = (
        ({"preset": "eks", "cluster": "orders"}, "/spec/cluster"),
        (
            {"preset": "rds", "instance": "orders", "engine": "postgres", "exports": ["upgrade"]},
            "/spec/instance",
        ),
        ({"preset": "route53", "zone": "orders.example.com", "zone_id": "Z1"}, "/spec/zone"),
    )
    narrow = changed(environments, log_groups=("/aws/*/payments*",))
    for spec, place in theirs:
        assert codes(narrow, **spec) == {("log_group_not_allowed", place)}
    wider = changed(environments, log_groups=("/aws/*",))
    for spec, _ in theirs:
        assert codes(wider, **spec) == set()


def test_a_source_is_left_alone_where_the_environment_says_so(environments: Environments) -> None:
    alone = changed(environments, log_groups=("/aws/*",), switch_at_source=False)
    spec = {"preset": "eks", "cluster": "payments"}
    refused = {("switching_not_allowed", "/spec/enable_at_source")}
    assert codes(alone, **spec) == refused
    assert codes(alone, **spec, enable_at_source=False) == set()
    unknown = codes(environments, preset="lambda")
    assert unknown == {("unknown_preset", "/spec/preset")}


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"log_group": "no spaces"}, "/spec/log_groups/0"),
        ({"retention_days": 0}, "/spec/retention_days"),
        ({"tiers": [{"days": 1, "storage_class": "STANDARD_IA"}]}, "/spec/tiers"),
        ({"object_lock": {"days": 0}}, "/spec/object_lock/days"),
        ({"buffer_seconds": 1000}, "/spec/buffer_seconds"),
        ({"prefix": "elsewhere/"}, "/spec/prefix"),
    ],
)
def test_what_no_spec_may_say_is_refused_at_its_place(
    environments: Environments, spec: dict[str, object], place: str
) -> None:
    assert codes(environments, **{"log_group": "/aws/lambda/payments", **spec}) == {("invalid_spec", place)}
