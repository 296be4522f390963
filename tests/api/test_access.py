"""Who can touch the logs of a source, over REST: stored documents alone, in words and by statement."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service import db
from service.environments import Environments
from service.models import Source
from tests.exposure import build

from .conftest import As

THIEF = "arn:aws:iam::444444444444:role/thief"


@pytest.fixture
def built(engine: Engine, asked: dict[str, Any], environments: Environments) -> str:
    """A source whose stack a worker has made, as far as its checkpoint says. Its id."""
    with db.session(engine) as session:
        build.built(session, session.get_one(Source, asked["id"]), environments.get("default"))
    return str(asked["id"])


def decisions(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["principal"], each["action"]): each for each in body["decisions"]}


def test_each_decision_says_by_which_statement_and_why(as_: As, built: str) -> None:
    body = as_("dev-viewer").get(f"/v1/sources/{built}/access").json()
    found = decisions(body)
    assert len(found) == len(body["principals"]) * len(body["actions"]) > 1000
    denied = found["production:engineer", "store.delete-object"]
    assert (denied["allowed"], denied["intended"], denied["effect"]) == (False, False, "ExplicitDeny")
    assert [each["statement"] for each in denied["statements"]] == ["DenyProduction"]
    assert denied["why"].startswith("DenyProduction in the policy of the bucket")
    assert found["delivery:writer", "store.write-object"]["allowed"]
    assert not body["widened"]
    assert body["generation"] == 1
    assert any("resource control policies" in line for line in body["not_seen"])


def test_what_a_check_found_is_told_unless_the_applied_is_asked_for(
    as_: As, engine: Engine, built: str
) -> None:
    with db.session(engine) as session:
        build.open_by_hand(session, session.get_one(Source, built), THIEF)
    viewer = as_("dev-viewer")
    found = viewer.get(f"/v1/sources/{built}/access").json()
    key = (f"named:{THIEF}", "store.read-object")
    assert (found["basis"], found["widened"]) == ("found", True)
    assert decisions(found)[key]["allowed"]
    assert not decisions(found)[key]["intended"]
    applied = viewer.get(f"/v1/sources/{built}/access?basis=applied").json()
    assert (applied["basis"], applied["widened"]) == ("applied", False)
    assert key not in decisions(applied)


def test_a_source_that_is_not_built_yet_has_nothing_to_touch(as_: As, asked: dict[str, Any]) -> None:
    body = as_("dev-viewer").get(f"/v1/sources/{asked['id']}/access").json()
    assert (body["actions"], body["decisions"], body["generation"]) == ([], [], 0)
    assert body["principals"]


def test_an_environment_that_is_gone_is_a_conflict(as_: As, app: FastAPI, asked: dict[str, Any]) -> None:
    app.state.environments = Environments({})
    answer = as_("dev-viewer").get(f"/v1/sources/{asked['id']}/access")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(("path", "status"), [("nope/access", 404), ("{id}/access?basis=guessed", 422)])
def test_what_there_is_not_is_refused(as_: As, asked: dict[str, Any], path: str, status: int) -> None:
    answer = as_("dev-viewer").get(f"/v1/sources/{path.format(id=asked['id'])}")
    assert answer.status_code == status
