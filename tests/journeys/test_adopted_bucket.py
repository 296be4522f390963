"""A bucket that was there before: taken over, used as the store, and given back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.delivered import arrived, lines, write
from tests.support.deployment import LOG, REGION, Deployment

pytestmark = pytest.mark.engine

THEIRS = "old-logs"
GROUP = "/aws/lambda/payments-adopts"
SETTINGS = {
    "policy": ("get_bucket_policy", "Policy"),
    "lifecycle": ("get_bucket_lifecycle_configuration", "Rules"),
    "encryption": ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "public access": ("get_public_access_block", "PublicAccessBlockConfiguration"),
    "ownership": ("get_bucket_ownership_controls", "OwnershipControls"),
    "tags": ("get_bucket_tagging", "TagSet"),
}


def make_theirs(running: Deployment) -> None:
    """A bucket with an object and settings of its own, as somebody made it by hand long ago."""
    s3 = running.aws("s3", LOG)
    s3.create_bucket(Bucket=THEIRS, CreateBucketConfiguration={"LocationConstraint": REGION})
    allow = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{THEIRS}/*",
    }
    s3.put_bucket_policy(Bucket=THEIRS, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 77}}
    s3.put_bucket_lifecycle_configuration(Bucket=THEIRS, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket=THEIRS, Tagging={"TagSet": [{"Key": "owner", "Value": "somebody"}]})
    s3.put_object(Bucket=THEIRS, Key="old/first.txt", Body=b"from before")


def settings(running: Deployment) -> dict[str, Any]:
    """What the bucket is like."""
    s3 = running.aws("s3", LOG)
    return {name: getattr(s3, call)(Bucket=THEIRS)[part] for name, (call, part) in SETTINGS.items()}


def test_a_bucket_is_taken_over_and_given_back_as_it_was_found(running: Deployment) -> None:
    make_theirs(running)
    before = settings(running)
    running.make_group(GROUP)
    body = {
        "name": "adopts",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_groups": [GROUP], "adopt_bucket": THEIRS},
    }
    told = running.api("POST", "/v1/sources?dry_run=true", body).json()["findings"]
    assert "bucket_taken_over" in [finding["code"] for finding in told]
    assert settings(running) == before

    source = running.ready(running.request("adopts", adopt_bucket=THEIRS)["id"])
    outputs = running.stack(source["id"])["outputs"]
    assert outputs["bucket"] == THEIRS
    assert {name for name, value in settings(running).items() if value != before[name]} >= {
        "policy", "lifecycle", "encryption",
    }  # fmt: skip
    write(running, GROUP, "s", ["into the old bucket"])
    arrived(running, THEIRS, "into the old bucket")
    assert "into the old bucket" in lines(running, outputs["replica_bucket"])
    assert running.operate(source["id"], "check")["state"] == "succeeded"
    assert running.stack(source["id"])["drift"]["drifted"] is False

    assert running.api("DELETE", f"/v1/sources/{source['id']}", If_Match="*").status_code == 202
    assert running.settled(source["id"])["status"]["phase"] == "retired"
    assert settings(running) == before
    kept = [o["Key"] for o in running.aws("s3", LOG).list_objects_v2(Bucket=THEIRS)["Contents"]]
    assert "old/first.txt" in kept
    assert any(key.startswith("logs/") for key in kept)

    assert running.api("POST", f"/v1/sources/{source['id']}/restore").status_code == 202
    running.ready(source["id"])
    write(running, GROUP, "s", ["and once more"])
    arrived(running, THEIRS, "and once more")


@pytest.mark.parametrize(
    ("bucket", "code"), [("somebodys", "bucket_not_adoptable"), ("Not A Bucket", "invalid_spec")]
)
def test_only_buckets_that_are_named_for_it_can_be_taken_over(
    running: Deployment, bucket: str, code: str
) -> None:
    running.make_group(GROUP)
    body = {
        "name": "adopts-another",
        "environment": "default",
        "kind": "cloudwatch",
        "team": "payments",
        "spec": {"log_groups": [GROUP], "adopt_bucket": bucket},
    }
    answer = running.api("POST", "/v1/sources", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "/spec/adopt_bucket"
    assert answer.json()["errors"][0]["code"] == code
