"""No statement and no condition of a pipeline is there for show: without any one of them the logs do not arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.breaking import Document, breakages
from tests.journeys.delivered import announced, arrived, lines, objects, queue, write
from tests.support.deployment import LOG, PRODUCTION, Deployment

pytestmark = pytest.mark.engine

NAME = "guarded"
GROUP = f"/aws/lambda/payments-{NAME}"


@dataclass
class Place:
    """Where a policy is kept."""

    read: Callable[[], Document]
    write: Callable[[Document], None]
    leg: str
    """What breaks with it: `feed` (CloudWatch Logs to Firehose), `store` (Firehose to S3) or `announce` (S3 to the queue)."""


@pytest.fixture(scope="module")
def outputs(running: Deployment) -> dict[str, Any]:
    """A pipeline of one's own."""
    source = running.ready(running.request(NAME)["id"])
    return dict(running.stack(source["id"])["outputs"])


def places(running: Deployment, outputs: dict[str, Any]) -> dict[str, Place]:
    """Every policy document of the pipeline, by name."""
    s3, kms, sns, sqs = (running.aws(name, LOG) for name in ("s3", "kms", "sns", "sqs"))
    firehose_role = outputs["writer_role_arn"].rpartition("/")[2]
    logs_role = firehose_role.removesuffix("-firehose") + "-logs"
    return {
        "bucket": Place(
            lambda: json.loads(s3.get_bucket_policy(Bucket=outputs["bucket"])["Policy"]),
            lambda d: s3.put_bucket_policy(Bucket=outputs["bucket"], Policy=json.dumps(d)),
            "store",
        ),
        "key": Place(
            lambda: json.loads(kms.get_key_policy(KeyId=outputs["key_arn"], PolicyName="default")["Policy"]),
            lambda d: kms.put_key_policy(
                KeyId=outputs["key_arn"], PolicyName="default", Policy=json.dumps(d)
            ),
            "store",
        ),
        "topic": Place(
            lambda: json.loads(
                sns.get_topic_attributes(TopicArn=outputs["topic_arn"])["Attributes"]["Policy"]
            ),
            lambda d: sns.set_topic_attributes(
                TopicArn=outputs["topic_arn"], AttributeName="Policy", AttributeValue=json.dumps(d)
            ),
            "announce",
        ),
        "queue": Place(
            lambda: json.loads(
                sqs.get_queue_attributes(QueueUrl=queue(outputs), AttributeNames=["Policy"])["Attributes"][
                    "Policy"
                ]
            ),
            lambda d: sqs.set_queue_attributes(QueueUrl=queue(outputs), Attributes={"Policy": json.dumps(d)}),
            "announce",
        ),
        "firehose-trust": _trust(running, firehose_role, "store"),
        "firehose-permissions": _inline(running, firehose_role, "store"),
        "logs-trust": _trust(running, logs_role, "feed"),
        "logs-permissions": _inline(running, logs_role, "feed"),
    }


def _trust(running: Deployment, role: str, leg: str) -> Place:
    iam = running.aws("iam", PRODUCTION)
    return Place(
        lambda: dict(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]),
        lambda d: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(d)),
        leg,
    )


def _inline(running: Deployment, role: str, leg: str) -> Place:
    iam = running.aws("iam", PRODUCTION)
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return Place(
        lambda: dict(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]),
        lambda d: iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(d)),
        leg,
    )


BESIDE_THE_WAY = {"LogAccount", "Readers", "SayWhatWentWrong"}
"""Statements that delivery does not pass: the administrators' and readers' own, and the error log's (tested below)."""


def error_log(running: Deployment) -> list[str]:
    """Messages in the error log group of the pipeline."""
    logs = running.aws("logs", PRODUCTION)
    groups = logs.describe_log_groups(logGroupNamePrefix=f"/logflume/default/{NAME}-")["logGroups"]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=groups[0]["logGroupName"])
    return [event["message"] for page in pages for event in page["events"]]


@pytest.mark.parametrize(
    "place",
    [
        "bucket",
        "key",
        "firehose-trust",
        "firehose-permissions",
        "logs-trust",
        "logs-permissions",
        "topic",
        "queue",
    ],
)
def test_without_any_statement_or_condition_the_logs_stop(
    running: Deployment, outputs: dict[str, Any], place: str
) -> None:
    kept = places(running, outputs)[place]
    whole = kept.read()
    tried = 0
    for what, broken in breakages(whole, BESIDE_THE_WAY):
        tried += 1
        mark = f"{place} {what}"
        announced(running, queue(outputs))
        before = len(error_log(running))
        kept.write(broken)
        try:
            write(running, GROUP, f"{place}-{tried}", [mark])
            running.flush()
            if kept.leg == "announce":
                found = next(
                    key for key, got in objects(running, outputs["bucket"]).items() if mark in got["Lines"]
                )
                assert found not in announced(running, queue(outputs)), mark
            else:
                assert mark not in lines(running, outputs["bucket"]), mark
            if kept.leg == "store" and place != "firehose-trust":
                assert len(error_log(running)) > before, f"{mark}: the error log says nothing"
        finally:
            kept.write(whole)
        if kept.leg == "store":
            arrived(running, outputs["bucket"], mark)
    assert tried > 0
    write(running, GROUP, f"{place}-whole", [f"{place} is whole again"])
    arrived(running, outputs["bucket"], f"{place} is whole again")


def test_the_error_log_is_written_under_the_writers_own_permission(
    running: Deployment, outputs: dict[str, Any]
) -> None:
    every = places(running, outputs)
    bucket, permissions = every["bucket"], every["firehose-permissions"]
    whole, granted = bucket.read(), permissions.read()
    silent = {**granted, "Statement": [s for s in granted["Statement"] if s["Sid"] != "SayWhatWentWrong"]}
    no_writer = {**whole, "Statement": [s for s in whole["Statement"] if s["Sid"] != "Writer"]}
    before = len(error_log(running))
    try:
        permissions.write(silent)
        bucket.write(no_writer)
        write(running, GROUP, "silent", ["not said"])
        running.flush()
        assert len(error_log(running)) == before
    finally:
        permissions.write(granted)
        bucket.write(whole)
