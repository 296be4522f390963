"""One recorder an account and region: who has it, who is refused, and when it is free again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from service import sources
from service.auth import Caller
from service.environments import Environments
from service.errors import SingletonTaken
from service.models import Source
from service.sources import SourceRequest

from .api.conftest import ENVIRONMENTS

REQUESTER = Caller("ann", "requester", "payments")
OTHER_REGION = ENVIRONMENTS.replace("default", "other").replace(
    'account_id = "111111111111"\nregion = "eu-west-3"', 'account_id = "111111111111"\nregion = "eu-west-1"'
)
SAME_PLACE = ENVIRONMENTS.replace("default", "twin").replace("222222222222", "444444444444")


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    """Three environments: two of the same production account and region, one of another region."""
    path = tmp_path / "environments.toml"
    path.write_text(ENVIRONMENTS + OTHER_REGION + SAME_PLACE)
    return Environments.load(path)


def body(name: str, environment: str = "default", **spec: Any) -> SourceRequest:
    wish = {"name": name, "environment": environment, "kind": "config", "team": "payments", "spec": spec}
    return SourceRequest.model_validate(wish)


def ask(session: Session, environments: Environments, *args: Any, **spec: Any) -> Source:
    return sources.request(session, REQUESTER, environments, body(*args, **spec))[0]


@pytest.mark.parametrize("environment", ["default", "twin"])
@pytest.mark.parametrize("adopt", [True, False])
def test_a_second_source_of_the_account_and_region_is_refused_and_told_who_has_it(
    db_session: Session, environments: Environments, environment: str, adopt: bool
) -> None:
    ask(db_session, environments, "first")
    with pytest.raises(SingletonTaken, match=r"111111111111 in eu-west-3 .* default/first of team payments"):
        ask(db_session, environments, "second", environment, adopt=adopt)
    draft = sources.inspect_request(db_session, REQUESTER, environments, body("second", environment))
    assert [(f.code, f.field) for f in draft.refused] == [("singleton_taken", "/environment")]


def test_another_region_has_its_own(db_session: Session, environments: Environments) -> None:
    ask(db_session, environments, "first")
    assert ask(db_session, environments, "second", "other").environment == "other"


def test_it_is_free_once_its_holder_has_let_go(db_session: Session, environments: Environments) -> None:
    first = ask(db_session, environments, "first")
    sources.retire(db_session, REQUESTER, first.id, "*")
    with pytest.raises(SingletonTaken):
        ask(db_session, environments, "second")
    first.phase = "retired"
    db_session.add(first)
    db_session.flush()
    ask(db_session, environments, "second")
    with pytest.raises(SingletonTaken, match="default/second"):
        sources.restore(db_session, REQUESTER, environments, first.id)


def test_a_source_does_not_stand_in_its_own_way(db_session: Session, environments: Environments) -> None:
    first = ask(db_session, environments, "first")
    sources.retire(db_session, REQUESTER, first.id, "*")
    sources.restore(db_session, REQUESTER, environments, first.id)
    assert first.desired == "active"


def test_a_bucket_is_taken_over_by_one_source_and_free_again_once_it_was_given_back(
    db_session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "environments.toml"
    path.write_text(
        ENVIRONMENTS.replace(
            "[environments.default.production]",
            'adoptable_buckets = ["old-logs"]\n[environments.default.production]',
            1,
        )
    )
    named = Environments.load(path)

    def take(name: str) -> Source:
        spec = {"log_groups": ["/aws/lambda/payments"], "adopt_bucket": "old-logs"}
        wish = {
            "name": name,
            "environment": "default",
            "kind": "cloudwatch",
            "team": "payments",
            "spec": spec,
        }
        return sources.request(db_session, REQUESTER, named, SourceRequest.model_validate(wish))[0]

    first = take("first")
    with pytest.raises(SingletonTaken, match=r"bucket old-logs belongs to the source default/first"):
        take("second")
    first.desired = first.phase = "retired"
    db_session.add(first)
    db_session.flush()
    assert take("second").name == "second"
