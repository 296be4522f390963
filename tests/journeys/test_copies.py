"""No statement of what lets a copy be made is there for show, and nobody else makes one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.breaking import Document, breakages
from tests.journeys.delivered import arrived, objects, write
from tests.support.aws import policy, trust
from tests.support.deployment import LOG, REGION, REPLICA_REGION, Deployment

pytestmark = pytest.mark.engine

NAME = "copied"
GROUP = f"/aws/lambda/payments-{NAME}"


@pytest.fixture(scope="module")
def outputs(running: Deployment) -> dict[str, Any]:
    """A pipeline of one's own."""
    source = running.ready(running.request(NAME)["id"])
    return dict(running.stack(source["id"])["outputs"])


def role_of(outputs: dict[str, Any]) -> str:
    return f"{outputs['bucket'].removeprefix('logflume-')}-replica"


def copied(running: Deployment, outputs: dict[str, Any], mark: str) -> str:
    """How the copy of an object that holds this line ended."""
    write(running, GROUP, "s", [mark])
    assert arrived(running, outputs["bucket"], mark)
    running.flush()
    (got,) = [got for got in objects(running, outputs["bucket"]).values() if mark in got["Lines"]]
    return str(got["ReplicationStatus"])


def test_without_any_statement_or_condition_of_the_role_nothing_is_copied(
    running: Deployment, outputs: dict[str, Any]
) -> None:
    iam, role = running.aws("iam", LOG), role_of(outputs)
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    permissions = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    trusted = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]

    def permit(document: Document) -> None:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def trust_as(document: Document) -> None:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))

    assert copied(running, outputs, "whole") == "COMPLETED"
    kept: list[tuple[Callable[[Document], None], Document]] = [(permit, permissions), (trust_as, trusted)]
    for put, whole in kept:
        for what, broken in breakages(whole):
            put(broken)
            try:
                assert copied(running, outputs, what) == "FAILED", what
            finally:
                put(whole)
    assert copied(running, outputs, "whole again") == "COMPLETED"


def test_the_key_of_the_copy_lets_the_log_account_say_who_may(
    running: Deployment, outputs: dict[str, Any]
) -> None:
    kms, key = running.aws("kms", LOG, REPLICA_REGION), outputs["replica_key_arn"]
    whole = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(whole)
    administered = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{LOG}:root"}, "Resource": "*"}
    keeps = {**administered, "Action": ["kms:Get*", "kms:Put*", "kms:Describe*"]}
    left = [statement for statement in document["Statement"] if statement["Sid"] != "LogAccount"]
    kms.put_key_policy(
        KeyId=key, PolicyName="default", Policy=json.dumps({**document, "Statement": [*left, keeps]})
    )
    try:
        assert copied(running, outputs, "no key") == "FAILED"
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=whole)
    assert copied(running, outputs, "the key again") == "COMPLETED"


def test_another_bucket_of_the_log_account_cannot_copy_into_the_replica(
    running: Deployment, outputs: dict[str, Any]
) -> None:
    s3, iam = running.aws("s3", LOG), running.aws("iam", LOG)
    other = "somebody-elses-bucket"
    s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration={"Status": "Enabled"})
    role = iam.create_role(
        RoleName="copies-anything", AssumeRolePolicyDocument=trust(Service="s3.amazonaws.com")
    )
    everything = policy(Effect="Allow", Action="*", Resource="*")
    iam.put_role_policy(RoleName="copies-anything", PolicyName="all", PolicyDocument=everything)
    rule = {
        "ID": "in",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{outputs['replica_bucket']}"},
    }
    s3.put_bucket_replication(
        Bucket=other, ReplicationConfiguration={"Role": role["Role"]["Arn"], "Rules": [rule]}
    )
    s3.put_object(Bucket=other, Key="logs/planted", Body=b"planted")
    running.flush()
    assert s3.head_object(Bucket=other, Key="logs/planted")["ReplicationStatus"] == "FAILED"
    there = objects(running, outputs["replica_bucket"], region=REPLICA_REGION)
    assert "logs/planted" not in there
