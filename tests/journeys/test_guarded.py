"""What would take something guarded away waits for somebody else, and is done as it was approved.

A request that would do so is refused at once. What is left is a change of the environment or of the programs; here the stored
wish is changed as a new version of them would change it: the copy of a store is to go.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from sqlalchemy.engine import make_url

from service.db import conninfo
from tests.support.deployment import LOG, REPLICA_REGION, Deployment, eventually

pytestmark = pytest.mark.engine


def without_copy(running: Deployment, source_id: str, replicate: bool = False) -> None:
    with psycopg.connect(conninfo(make_url(running.database_url)), autocommit=True) as database:
        database.execute(
            "UPDATE source SET spec = jsonb_set(spec, '{replicate}', to_jsonb(%s)) WHERE id = %s",
            [replicate, source_id],
        )


def waiting(running: Deployment, source_id: str) -> dict[str, Any]:
    """The operation that waits for approval, whole."""

    def found() -> dict[str, Any] | None:
        path = f"/v1/operations?source={source_id}&state=awaiting_approval"
        items = running.api("GET", path).json()["items"]
        return dict(running.api("GET", f"/v1/operations/{items[0]['id']}").json()) if items else None

    return eventually(found, "a plan waits for approval")


def decide(running: Deployment, operation: dict[str, Any], how: str, token: str, **body: Any) -> Any:
    return running.api("POST", f"/v1/operations/{operation['id']}/{how}", body, token=token)


def has_copy(running: Deployment, bucket: str) -> bool:
    try:
        running.aws("s3", LOG, REPLICA_REGION).head_bucket(Bucket=bucket)
    except ClientError:
        return False
    return True


def test_a_copy_that_is_to_go_waits_is_turned_down_planned_again_and_let_go(running: Deployment) -> None:
    source_id = running.ready(running.request("guarded-copy")["id"])["id"]
    bucket = running.stack(source_id)["outputs"]["replica_bucket"]
    without_copy(running, source_id)
    first = waiting(running, source_id)
    guarded = {step["urn"].split("::")[-1]: step["op"] for step in first["plan"] if step.get("guarded")}
    assert guarded == {"replica-bucket": "delete", "replica-key": "delete"}
    assert (first["kind"], first["requested_by"], first["waiting_for"]) == ("apply", "logflume", "approval")
    assert running.source(source_id)["status"]["phase"] == "reconciling"
    assert has_copy(running, bucket)

    # The wish moves: the old plan is nobody's to approve any more.
    stale = first["fingerprint"]
    without_copy(running, source_id, replicate=True)
    assert decide(running, first, "approve", "dev-operator", fingerprint=stale).status_code == 409
    assert running.api("POST", f"/v1/sources/{source_id}/operations", {"kind": "apply"}).status_code == 202
    running.ready(source_id)
    assert has_copy(running, bucket)

    without_copy(running, source_id)
    second = waiting(running, source_id)
    assert second["id"] != first["id"]
    assert decide(running, second, "approve", "dev-requester", fingerprint="x").status_code == 403
    assert decide(running, second, "approve", "dev-operator", fingerprint=stale).status_code == 409
    answer = decide(running, second, "approve", "dev-operator", fingerprint=second["fingerprint"])
    assert answer.status_code == 202, answer.text
    done = running.finished(second["id"])
    assert (done["state"], done["approved_by"]) == ("succeeded", "dev-operator"), done["error"]
    running.ready(source_id)
    assert not has_copy(running, bucket)
    left = {r["name"] for r in running.stack(source_id)["resources"]}
    assert {"bucket", "key"} <= left
    assert not {"replica-bucket", "replica-key"} & left


def test_what_an_operator_asks_for_another_has_to_approve(running: Deployment) -> None:
    source_id = running.ready(running.request("guarded-mine")["id"])["id"]
    bucket = running.stack(source_id)["outputs"]["replica_bucket"]
    without_copy(running, source_id)
    rejected = decide(running, waiting(running, source_id), "reject", "dev-operator", reason="we need it")
    assert rejected.status_code == 200, rejected.text
    status = running.settled(source_id)["status"]
    assert status["phase"] == "stalled"
    path = f"/v1/sources/{source_id}/operations"
    assert running.api("POST", path, {"kind": "apply"}, token="dev-operator").status_code == 202
    mine = waiting(running, source_id)
    own = decide(running, mine, "approve", "dev-operator", fingerprint=mine["fingerprint"])
    assert own.status_code == 403
    assert decide(running, mine, "reject", "dev-operator").status_code == 200
    assert has_copy(running, bucket)
    without_copy(running, source_id, replicate=True)
    assert running.api("POST", path, {"kind": "apply"}).status_code == 202
    running.ready(source_id)
