"""Who can touch the logs of a source, over REST: stored documents alone, in words and by statement."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from programs import program_for
from service import db
from service.environments import Environments
from service.models import Checkpoint, Source
from service.wish import wish_of
from tests.exposure.build import resources
from tests.programs.recording import run

from .conftest import As

THIEF = "arn:aws:iam::444444444444:role/thief"


@pytest.fixture
def built(engine: Engine, asked: dict[str, Any], environments: Environments) -> str:
    """A source whose stack a worker has made, as far as its checkpoint says. Its id."""
    with db.session(engine) as session:
        source = session.get_one(Source, asked["id"])
        made = resources(run(program_for(wish_of(source, environments.get("default"))))[0])
        state = json.dumps({"checkpoint": {"latest": {"resources": made}}}).encode()
        checkpoint = Checkpoint(source_id=source.id, token=1, body=gzip.compress(state))
        session.add(checkpoint)
        session.flush()
        source.checkpoint_id = checkpoint.id
        source.stack = {"generation": 1, "updated_at": "2026-11-24T10:00:00+00:00"}
    return str(asked["id"])


def decisions(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["principal"], each["action"]): each for each in body["decisions"]}


def open_by_hand(engine: Engine, source_id: str) -> None:
    """As a check stores a bucket policy to which somebody was added."""
    with db.session(engine) as session:
        source = session.get_one(Source, source_id)
        body = json.loads(gzip.decompress(session.get_one(Checkpoint, source.checkpoint_id).body))
        policy = next(
            r for r in body["checkpoint"]["latest"]["resources"] if r["urn"].endswith("::bucket-policy")
        )
        written = json.loads(policy["inputs"]["policy"])
        bucket = policy["inputs"]["bucket"]
        written["Statement"].append(
            {
                "Sid": "ByHand",
                "Effect": "Allow",
                "Principal": {"AWS": THIEF},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/*",
            }
        )
        change = {
            "urn": policy["urn"],
            "op": "update",
            "properties": [{"path": "policy", "old": None, "new": json.dumps(written)}],
        }
        source.drift = {
            "checked_at": "2026-11-24T11:00:00+00:00",
            "drifted": True,
            "access": {"changes": [change]},
        }


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
    open_by_hand(engine, built)
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
