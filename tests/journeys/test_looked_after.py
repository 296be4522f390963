"""Left alone: changes made by hand are found when a check is due, and told, ignored or put back as the owner chose."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from service.db import conninfo
from tests.support.deployment import LOG, Deployment, eventually

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def source_id(running: Deployment) -> str:
    """A source that stands; each test gives it a policy of its own and leaves nothing behind that another would find."""
    return str(running.ready(running.request("looked-after")["id"])["id"])


def follow(running: Deployment, source_id: str, **policy: Any) -> None:
    """The policy from now on. The next check by itself is far away."""
    change = {"spec": running.source(source_id)["spec"], "drift_policy": {"every": "P30D", **policy}}
    answer = running.api("PUT", f"/v1/sources/{source_id}", change, If_Match="*")
    assert answer.status_code == 200, answer.text


def due(running: Deployment, source_id: str) -> None:
    """Two months pass, as far as the checks of this source are concerned."""
    with psycopg.connect(conninfo(make_url(running.database_url)), autocommit=True) as database:
        database.execute(
            "UPDATE source SET created_at = created_at - interval '60 days', drift = drift - 'checked_at' - 'tried_at'"
            " WHERE id = %s",
            [source_id],
        )


def by_itself(running: Deployment, source_id: str, kind: str) -> list[dict[str, Any]]:
    """The operations of this kind that nobody asked for, newest first."""
    items = running.api("GET", f"/v1/operations?source={source_id}&kind={kind}&limit=200").json()["items"]
    return [o for o in items if o["requested_by"] == "logflume"]


def follows(running: Deployment, source_id: str, kind: str, act: Callable[[], None]) -> dict[str, Any]:
    """The first operation of this kind that nobody asks for after something was done, when it has ended."""
    known = {o["id"] for o in by_itself(running, source_id, kind)}
    act()

    def over() -> dict[str, Any] | None:
        new = (o for o in by_itself(running, source_id, kind) if o["id"] not in known)
        return next((o for o in new if o["finished_at"]), None)

    return eventually(over, f"a {kind} that nobody asked for")


def when_due(running: Deployment, source_id: str, kind: str) -> dict[str, Any]:
    """What comes of the next check."""
    return follows(running, source_id, kind, lambda: due(running, source_id))


def conditions(running: Deployment, source_id: str) -> dict[str, tuple[str, str]]:
    found = running.source(source_id)["status"]["conditions"]
    return {c["type"]: (c["status"], c["reason"]) for c in found}


def stop_rotation(running: Deployment, source_id: str) -> Any:
    """A change by hand: the store's key is not rotated any more. Answers whether it is."""
    kms, key = running.aws("kms", LOG), running.stack(source_id)["outputs"]["key_arn"]
    kms.disable_key_rotation(KeyId=key)
    return lambda: kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_a_check_that_is_due_finds_a_change_by_hand_and_reports_it(
    running: Deployment, source_id: str
) -> None:
    follow(running, source_id)
    rotates = stop_rotation(running, source_id)
    check = when_due(running, source_id, "check")
    assert check["state"] == "succeeded", check["error"]
    assert conditions(running, source_id)["Drifted"] == ("True", "ChangedByHand")
    (change,) = running.stack(source_id)["drift"]["changes"]
    (prop,) = change["properties"]
    assert (prop["path"], prop["old"], prop["new"]) == ("enableKeyRotation", True, False)
    assert not rotates(), "a check changes nothing"
    listed = running.api("GET", "/v1/sources?condition=Drifted=True&name=looked-after").json()["items"]
    assert [item["id"] for item in listed] == [source_id]
    assert running.operate(source_id, "repair")["state"] == "succeeded"


def test_a_change_by_hand_is_put_back_where_that_is_asked_for(running: Deployment, source_id: str) -> None:
    follow(running, source_id, mode="repair")
    rotates = stop_rotation(running, source_id)
    repair = when_due(running, source_id, "repair")
    assert repair["state"] == "succeeded", repair["error"]
    assert rotates()
    assert conditions(running, source_id)["Drifted"] == ("False", "Repaired")


def test_a_rule_lets_a_value_be_and_hides_nothing_that_is_gone(running: Deployment, source_id: str) -> None:
    ignore = [{"type": "aws:kms/*", "path": "enableKeyRotation", "value": False}, "policy"]
    follow(running, source_id, mode="repair", ignore=ignore)
    rotates = stop_rotation(running, source_id)
    assert when_due(running, source_id, "check")["state"] == "succeeded"
    running.settled(source_id)
    assert conditions(running, source_id)["Drifted"] == ("False", "InSync")
    (change,) = running.stack(source_id)["drift"]["changes"]
    assert [prop["ignored"] for prop in change["properties"]] == [True]
    assert not rotates(), "what is ignored starts no repair"
    s3, bucket = running.aws("s3", LOG), running.stack(source_id)["outputs"]["bucket"]
    s3.delete_bucket_policy(Bucket=bucket)
    repair = when_due(running, source_id, "repair")
    assert repair["state"] == "succeeded", repair["error"]
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]


def test_outside_the_window_nobody_looks(running: Deployment, source_id: str) -> None:
    now, known = _now(running), len(by_itself(running, source_id, "check"))
    follow(running, source_id, window={"start": _clock(now + 120), "end": _clock(now + 240), "zone": "UTC"})
    due(running, source_id)
    # A worker that has just done something here looks at what else there is to do.
    assert running.operate(source_id, "preview")["state"] == "succeeded"
    running.settled(source_id)
    assert len(by_itself(running, source_id, "check")) == known
    window = {"start": _clock(now - 60), "end": _clock(now + 60), "zone": "UTC"}
    check = follows(running, source_id, "check", lambda: follow(running, source_id, window=window))
    assert check["state"] == "succeeded"
    assert len(by_itself(running, source_id, "check")) == known + 1


def _now(running: Deployment) -> int:
    """Minutes of the day by the database's clock, in UTC."""
    with psycopg.connect(conninfo(make_url(running.database_url))) as database:
        row = database.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'HH24:MI')").fetchone()
    assert row is not None
    return int(row[0][:2]) * 60 + int(row[0][3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
