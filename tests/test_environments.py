"""The environments file: what is refused names its place and no secret; a bad reload changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.drift_policy import DriftPolicy
from service.environments import BadEnvironments, Environments, TeamLimits

from .api.conftest import ENVIRONMENTS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "environments.toml"
    made.write_text(ENVIRONMENTS)
    return made


def test_the_file_is_read(path: Path) -> None:
    environments = Environments.load(path)
    assert [e.name for e in environments.all()] == ["default"]
    assert environments.get("default").log.account_id == "222222222222"
    assert "secret-external-id" not in repr(environments.get("default"))
    with pytest.raises(KeyError):
        environments.get("none")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('region = "eu-west-3"', 'region = "paris"', "environments.default.production.region"),
        ('account_id = "111111111111"', "account_id = 7", "environments.default.production.account_id"),
        ("secret-external-id", "secret external id", "environments.default.production.external_id"),
        ('account_id = "222222222222"', 'account_id = "111111111111"', "another account"),
        ("[environments.default]\n", '[environments.default]\ncolour = "red"\n', "colour"),
        ("[environments.default.teams.orders]", "[environments.default.teams.Orders]", "Orders"),
        ("log_groups", "groups", "groups"),
        (
            "[environments.default.production]\n",
            '[environments.default.production]\nalarm_topic = "arn:aws:sns:eu-west-1:111111111111:alarms"\n',
            "the account's own region",
        ),
        ("[environments.default]\n", "[environments.default\n", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(path: Path, old: str, new: str, said: str) -> None:
    path.write_text(ENVIRONMENTS.replace(old, new))
    with pytest.raises(BadEnvironments, match=said) as refused:
        Environments.load(path)
    assert str(path) in str(refused.value)
    assert "secret external id" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "environments = 7", "[environments]"])
def test_a_file_without_environments_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadEnvironments):
        Environments.load(path)


def test_a_reload_takes_a_good_file_and_keeps_the_old_one_otherwise(path: Path) -> None:
    environments = Environments.load(path)
    path.write_text(ENVIRONMENTS.replace("environments.default", "environments.other"))
    assert environments.reload()
    assert [e.name for e in environments.all()] == ["other"]
    path.write_text("[")
    assert not environments.reload()
    path.unlink()
    assert not environments.reload()
    assert [e.name for e in environments.all()] == ["other"]
    assert not Environments({}).reload()


@pytest.mark.parametrize(
    ("pattern", "group", "allowed"),
    [
        ("/aws/lambda/pay*", "/aws/lambda/payments", True),
        ("/aws/lambda/pay*", "/AWS/lambda/payments", False),
        ("/aws/lambda/pay?", "/aws/lambda/payments", False),
        ("/aws/lambda/pay", "/aws/lambda/payments", False),
        ("*", "anything", True),
    ],
)
def test_a_pattern_covers_whole_names_in_their_case(pattern: str, group: str, allowed: bool) -> None:
    assert TeamLimits(log_groups=(pattern,)).allows_log_group(group) is allowed


@pytest.mark.parametrize(
    ("every", "written"), [("PT6H", "PT6H"), (5400, "PT1H30M"), ("PT301S", "PT5M1S"), ("P1D", "PT24H")]
)
def test_equal_drift_policies_are_written_equal(every: str | int, written: str) -> None:
    assert DriftPolicy.model_validate({"every": every}).model_dump(mode="json")["every"] == written


@pytest.mark.parametrize(
    ("network", "allowed"),
    [("10.20.0.0/16", True), ("10.20.7.0/24", True), ("10.0.0.0/8", False), ("192.168.0.0/24", False)],
)
def test_a_team_may_hear_ranges_inside_its_networks(network: str, allowed: bool) -> None:
    limits = TeamLimits.model_validate({"networks": ["10.20.0.0/16", "fd00::/8"]})
    assert limits.allows_network(network) is allowed
    assert not TeamLimits().allows_network(network)
