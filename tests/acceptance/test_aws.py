"""The main job in two real AWS accounts, with the real plugin: opt-in, `make acceptance-aws`.

It needs a running logflume in aws mode and says so where anything is missing:

    LOGFLUME_ACCEPTANCE_URL          where its web is
    LOGFLUME_ACCEPTANCE_TOKEN        a requester's token
    LOGFLUME_ACCEPTANCE_ENVIRONMENT  an environment for which `logflume bootstrap` was run
    LOGFLUME_ACCEPTANCE_TEAM         the token's team, allowed log groups /logflume-acceptance/*
    AWS profiles logflume-production (may write logs) and logflume-log (may read the store)
"""

from __future__ import annotations

import gzip
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

from tests.support.deployment import eventually

pytestmark = pytest.mark.acceptance

NEEDED = ("URL", "TOKEN", "ENVIRONMENT", "TEAM")
WAIT = 900.0


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    """The settings; a missing one fails the run, since somebody asked for it."""
    found = {name: os.environ.get(f"LOGFLUME_ACCEPTANCE_{name}", "") for name in NEEDED}
    missing = [f"LOGFLUME_ACCEPTANCE_{name}" for name, value in found.items() if not value]
    assert not missing, f"set {', '.join(missing)}"
    return found


@pytest.fixture(scope="module")
def api(wanted: dict[str, str]) -> Iterator[httpx.Client]:
    """The service, as the requester."""
    headers = {"Authorization": f"Bearer {wanted['TOKEN']}"}
    with httpx.Client(base_url=wanted["URL"], headers=headers, timeout=30) as client:
        yield client


def settled(api: httpx.Client, source_id: str) -> dict[str, Any]:
    """Wait until nothing works on the source."""

    def over() -> dict[str, Any] | None:
        source = dict(api.get(f"/v1/sources/{source_id}").raise_for_status().json())
        return None if source["status"]["operation"]["state"] in ("queued", "running") else source

    return eventually(over, "the source settles", WAIT)


def test_a_line_written_in_production_is_found_in_the_log_account(
    wanted: dict[str, str], api: httpx.Client
) -> None:
    mark = uuid.uuid4().hex[:10]
    group = f"/logflume-acceptance/{mark}"
    body = {
        "name": f"acceptance-{mark}",
        "environment": wanted["ENVIRONMENT"],
        "kind": "cloudwatch",
        "team": wanted["TEAM"],
        "spec": {"log_group": group, "create_log_group": True, "retention_days": 30, "buffer_seconds": 60},
    }
    source_id = api.post("/v1/sources", json=body).raise_for_status().json()["id"]
    try:
        assert settled(api, source_id)["status"]["phase"] == "ready"
        outputs = api.get(f"/v1/sources/{source_id}/stack").json()["outputs"]
        logs = boto3.Session(profile_name="logflume-production").client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName=mark)
        event = {"timestamp": int(time.time() * 1000), "message": mark}
        logs.put_log_events(logGroupName=group, logStreamName=mark, logEvents=[event])
        s3 = boto3.Session(profile_name="logflume-log").client("s3")

        def found() -> bool | None:
            listed = s3.list_objects_v2(Bucket=outputs["bucket"], Prefix="logs/").get("Contents", [])
            bodies = [
                gzip.decompress(s3.get_object(Bucket=outputs["bucket"], Key=o["Key"])["Body"].read())
                for o in listed
            ]
            return any(mark.encode() in text for text in bodies) or None

        eventually(found, "the line arrives", WAIT)
        check = (
            api.post(f"/v1/sources/{source_id}/operations", json={"kind": "check"}).raise_for_status().json()
        )
        settled(api, source_id)
        assert api.get(f"/v1/operations/{check['id']}").json()["state"] == "succeeded"
        assert api.get(f"/v1/sources/{source_id}/stack").json()["drift"]["changes"] == []
    finally:
        api.delete(f"/v1/sources/{source_id}", headers={"If-Match": "*"}).raise_for_status()
        assert settled(api, source_id)["status"]["phase"] == "retired"
