"""Left alone: changes made by hand are found when a check is due, and told, ignored or put back as the owner chose."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from service.db import conninfo
from tests.support.deployment import LOG, Deployment, eventually

pytestmark = pytest.mark.engine


def asked(running: Deployment, name: str, **policy: Any) -> dict[str, Any]:
    """A source that stands, with this policy, and whose next check is far away."""
    source = running.ready(running.request(f"looked-after-{name}")["id"])
    change = {"spec": source["spec"], "drift_policy": {"every": "P30D", **policy}}
    answer = running.api("PUT", f"/v1/sources/{source['id']}", change, If_Match="*")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def due(running: Deployment, source_id: str) -> None:
    """Two months pass, as far as the checks of this source are concerned."""
    with psycopg.connect(conninfo(make_url(running.database_url)), autocommit=True) as database:
        database.execute(
            "UPDATE source SET created_at = created_at - interval '60 days', drift = drift - 'checked_at' - 'tried_at'"
            " WHERE id = %s",
            [source_id],
        )


def ended(running: Deployment, source_id: str, kind: str) -> dict[str, Any]:
    """The next operation of this kind that logflume asked for by itself, when it has ended."""

    def over() -> dict[str, Any] | None:
        items = running.api("GET", f"/v1/operations?source={source_id}&kind={kind}").json()["items"]
        return next((o for o in items if o["requested_by"] == "logflume" and o["finished_at"]), None)

    return eventually(over, f"a {kind} nobody asked for")


def conditions(running: Deployment, source_id: str) -> dict[str, tuple[str, str]]:
    found = running.source(source_id)["status"]["conditions"]
    return {c["type"]: (c["status"], c["reason"]) for c in found}


def stop_rotation(running: Deployment, source_id: str) -> Any:
    """A change by hand: the store's key is not rotated any more. Answers whether it is."""
    kms, key = running.aws("kms", LOG), running.stack(source_id)["outputs"]["key_arn"]
    kms.disable_key_rotation(KeyId=key)
    return lambda: kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_a_check_that_is_due_finds_a_change_by_hand_and_reports_it(running: Deployment) -> None:
    source_id = asked(running, "reported")["id"]
    rotates = stop_rotation(running, source_id)
    due(running, source_id)
    check = ended(running, source_id, "check")
    assert check["state"] == "succeeded", check["error"]
    assert conditions(running, source_id)["Drifted"] == ("True", "ChangedByHand")
    (change,) = running.stack(source_id)["drift"]["changes"]
    (prop,) = change["properties"]
    assert (prop["path"], prop["old"], prop["new"]) == ("enableKeyRotation", True, False)
    assert not rotates(), "a check changes nothing"
    listed = running.api("GET", "/v1/sources?condition=Drifted=True&name=looked-after-reported").json()[
        "items"
    ]
    assert [item["id"] for item in listed] == [source_id]


def test_a_change_by_hand_is_put_back_where_that_is_asked_for(running: Deployment) -> None:
    source_id = asked(running, "repaired", mode="repair")["id"]
    rotates = stop_rotation(running, source_id)
    due(running, source_id)
    repair = ended(running, source_id, "repair")
    assert repair["state"] == "succeeded", repair["error"]
    assert rotates()
    assert conditions(running, source_id)["Drifted"] == ("False", "Repaired")


def test_a_rule_lets_a_value_be_and_hides_nothing_that_is_gone(running: Deployment) -> None:
    ignore = [{"type": "aws:kms/*", "path": "enableKeyRotation", "value": False}, "policy"]
    source_id = asked(running, "ignored", mode="repair", ignore=ignore)["id"]
    rotates = stop_rotation(running, source_id)
    due(running, source_id)
    assert ended(running, source_id, "check")["state"] == "succeeded"
    running.settled(source_id)
    assert conditions(running, source_id)["Drifted"] == ("False", "InSync")
    (change,) = running.stack(source_id)["drift"]["changes"]
    assert [prop["ignored"] for prop in change["properties"]] == [True]
    assert not rotates(), "what is ignored starts no repair"
    bucket = running.stack(source_id)["outputs"]["bucket"]
    running.aws("s3", LOG).delete_bucket_policy(Bucket=bucket)
    due(running, source_id)
    repair = ended(running, source_id, "repair")
    assert repair["state"] == "succeeded", repair["error"]
    assert json.loads(running.aws("s3", LOG).get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]


def test_outside_the_window_nobody_looks(running: Deployment) -> None:
    """A window that is open, and one that is closed at this very moment, on two sources that are due alike."""
    now = _now(running)
    open_now = {"start": _clock(now - 60), "end": _clock(now + 60), "zone": "UTC"}
    closed = {"start": _clock(now + 120), "end": _clock(now + 240), "zone": "UTC"}
    inside = asked(running, "inside", window=open_now)["id"]
    outside = asked(running, "outside", window=closed)["id"]
    for source_id in (outside, inside):
        due(running, source_id)
    assert ended(running, inside, "check")["state"] == "succeeded"
    items = running.api("GET", f"/v1/operations?source={outside}&kind=check").json()["items"]
    assert items == [], "it was due first"


def _now(running: Deployment) -> int:
    """Minutes of the day by the database's clock, in UTC."""
    with psycopg.connect(conninfo(make_url(running.database_url))) as database:
        row = database.execute("SELECT to_char(now() AT TIME ZONE 'UTC', 'HH24:MI')").fetchone()
    assert row is not None
    return int(row[0][:2]) * 60 + int(row[0][3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
