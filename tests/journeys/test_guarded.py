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


def without_copy(running: Deployment, source_id: str) -> None:
    with psycopg.connect(conninfo(make_url(running.database_url)), autocommit=True) as database:
        database.execute(
            "UPDATE source SET spec = jsonb_set(spec, '{replicate}', 'false') WHERE id = %s", [source_id]
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


def test_what_is_guarded_goes_when_somebody_else_has_agreed_to_this_very_plan(running: Deployment) -> None:
    source_id = running.ready(running.request("guarded-copy")["id"])["id"]
    operations = f"/v1/sources/{source_id}/operations"
    bucket = running.stack(source_id)["outputs"]["replica_bucket"]
    without_copy(running, source_id)
    first = waiting(running, source_id)
    guarded = {step["urn"].split("::")[-1]: step["op"] for step in first["plan"] if step.get("guarded")}
    assert guarded == {"replica-bucket": "delete", "replica-key": "delete"}
    assert (first["kind"], first["requested_by"], first["waiting_for"]) == ("apply", "logflume", "approval")
    assert running.source(source_id)["status"]["phase"] == "reconciling"
    assert has_copy(running, bucket)
    rejected = decide(running, first, "reject", "dev-operator", reason="we need it")
    assert rejected.status_code == 200, rejected.text
    assert running.settled(source_id)["status"]["phase"] == "stalled"

    # Asked for by an operator, who is not the one to approve it.
    assert running.api("POST", operations, {"kind": "apply"}, token="dev-operator").status_code == 202
    mine = waiting(running, source_id)
    own = decide(running, mine, "approve", "dev-operator", fingerprint=mine["fingerprint"])
    assert own.status_code == 403

    # Nor is anybody who may not, nor an approval of another plan.
    assert decide(running, mine, "approve", "dev-requester", fingerprint="x").status_code == 403
    moved = decide(running, mine, "approve", "dev-admin", fingerprint="0" * 64)
    assert (moved.status_code, moved.json()["code"]) == (409, "stale_approval")
    answer = decide(running, mine, "approve", "dev-admin", fingerprint=mine["fingerprint"])
    assert answer.status_code == 202, answer.text
    done = running.finished(mine["id"])
    assert (done["state"], done["approved_by"]) == ("succeeded", "dev-admin"), done["error"]
    running.ready(source_id)
    assert not has_copy(running, bucket)
    left = {r["name"] for r in running.stack(source_id)["resources"]}
    assert {"bucket", "key"} <= left
    assert not {"replica-bucket", "replica-key"} & left
