"""Who can touch the logs of a source that stands: just who is meant to; and whoever is let in by hand is found and shut out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deployment import LOG, SECURITY, Deployment

pytestmark = pytest.mark.engine

NAME = "access"
OUTSIDER = f"arn:aws:iam::{SECURITY}:user/logflume"
"""Somebody whom AWS knows, so that it takes a policy with the name."""
ROOT = f"arn:aws:iam::{SECURITY}:root"
MAY: list[tuple[str, str, str]] = [
    ("delivery:writer", "store.write-object", "Writer"),
    (f"reader:{ROOT}", "store.read-object", "Readers"),
    (f"reader:{ROOT}", "copy-key.decrypt", "Readers"),
    ("consumer:elastic", "queue:elastic.receive", "Queue"),
    ("consumer:elastic:principal", "role:consumer:elastic.assume", "Consumer"),
    ("service:firehose", "role:writer.assume", "Firehose"),
    ("service:s3", "topic.publish", "Bucket"),
    ("log:replication", "copy.replicate-object", "WriteCopies"),
    ("log:engineer", "store.delete-version", "Everything"),
]
MAY_NOT: list[tuple[str, str, str | None]] = [
    ("production:engineer", "store.write-object", "DenyOtherWriters"),
    ("production:engineer", "store.delete-object", "DenyProduction"),
    ("production:root", "store.change-policy", "DenyProduction"),
    ("delivery:another", "store.write-object", "DenyOtherWriters"),
    ("service:firehose:elsewhere", "role:writer.assume", None),
    ("service:s3:elsewhere", "topic.publish", None),
    ("consumer:elastic:without-id", "role:consumer:elastic.assume", None),
    ("log:root", "store.write-object", "DenyOtherWriters"),
    ("log:engineer", "copy.replicate-object", "DenyOtherCopies"),
    ("stranger", "key.decrypt", None),
    ("anonymous", "store.read-object", None),
]


def test_whoever_is_let_in_by_hand_is_named_and_shut_out_again(running: Deployment) -> None:
    source = running.ready(running.request(NAME)["id"])["id"]
    assert_as_expected(access(running, source))

    open_bucket(running, running.stack(source)["outputs"]["bucket"], OUTSIDER)
    checked = running.operate(source, "check")
    widened = condition(running, source)
    assert (widened["status"], widened["reason"]) == ("True", "ChangedByHand")
    assert OUTSIDER in widened["message"]
    assert "ByHand in the policy of the bucket" in widened["message"]
    assert [finding["code"] for finding in checked["findings"]] == ["access_widened"]
    found = decisions(access(running, source))
    assert found[f"named:{OUTSIDER}", "store.delete-object"]["allowed"]

    assert running.operate(source, "repair")["state"] == "succeeded"
    assert condition(running, source)["status"] == "False"
    assert running.operate(source, "check")["findings"] == []
    assert condition(running, source)["status"] == "False"
    assert_as_expected(access(running, source))


def access(running: Deployment, source: str) -> dict[str, Any]:
    answer = running.api("GET", f"/v1/sources/{source}/access")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def decisions(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["principal"], each["action"]): each for each in body["decisions"]}


def assert_as_expected(body: dict[str, Any]) -> None:
    found = decisions(body)
    assert [key for key, each in found.items() if each["allowed"] != each["intended"]] == []
    for who, act, sid in MAY:
        told = found[who, act]
        assert told["allowed"], (who, act)
        assert sid in [each["statement"] for each in told["statements"]], (who, act)
    for who, act, denied_by in MAY_NOT:
        told = found[who, act]
        assert not told["allowed"], (who, act)
        assert [each["statement"] for each in told["statements"]] == ([denied_by] if denied_by else []), (
            who,
            act,
        )
    assert not body["widened"]


def open_bucket(running: Deployment, bucket: str, arn: str) -> None:
    s3 = running.aws("s3", LOG)
    written = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    by_hand = {
        "Sid": "ByHand",
        "Effect": "Allow",
        "Principal": {"AWS": arn},
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    written["Statement"].append(by_hand)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(written))


def condition(running: Deployment, source: str) -> dict[str, Any]:
    """The condition about access."""
    told = running.source(source)["status"]["conditions"]
    return dict(next(each for each in told if each["type"] == "AccessWidened"))
