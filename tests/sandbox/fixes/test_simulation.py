"""What a role may do can be asked without doing it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, Sandbox

STORE = "arn:aws:s3:::logflume-store"


@pytest.fixture(scope="module")
def fenced(sandbox: Sandbox) -> str:
    """A role that may use S3 and SQS inside a boundary that leaves S3 alone, and may delete no bucket."""
    iam = sandbox.client("iam", LOG)
    fence = iam.create_policy(
        PolicyName="s3-alone", PolicyDocument=policy(Effect="Allow", Action="s3:*", Resource="*")
    )["Policy"]["Arn"]
    role = iam.create_role(
        RoleName="simulated",
        Path="/logflume/",
        AssumeRolePolicyDocument=trust(AWS=LOG),
        PermissionsBoundary=fence,
    )["Role"]["Arn"]
    document = policy(
        {"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": f"{STORE}*"},
        {
            "Effect": "Allow",
            "Action": "iam:CreateRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": fence}},
        },
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    )
    iam.put_role_policy(RoleName="simulated", PolicyName="inline", PolicyDocument=document)
    return str(role)


def _decisions(sandbox: Sandbox, role: str, *actions: str, **more: Any) -> dict[str, str]:
    answer = sandbox.client("iam", LOG).simulate_principal_policy(
        PolicySourceArn=role, ActionNames=list(actions), **more
    )
    return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}


def test_identity_policy_boundary_and_deny_are_weighed(sandbox: Sandbox, fenced: str) -> None:
    actions = ("s3:CreateBucket", "s3:DeleteBucket", "sqs:CreateQueue", "kms:CreateKey")
    assert _decisions(sandbox, fenced, *actions, ResourceArns=[STORE]) == {
        "s3:CreateBucket": "allowed",
        "s3:DeleteBucket": "explicitDeny",
        "sqs:CreateQueue": "implicitDeny",
        "kms:CreateKey": "implicitDeny",
    }


def test_the_strictest_resource_decides_and_each_is_named(sandbox: Sandbox, fenced: str) -> None:
    answer = sandbox.client("iam", LOG).simulate_principal_policy(
        PolicySourceArn=fenced, ActionNames=["s3:PutBucketPolicy"], ResourceArns=[STORE, "arn:aws:s3:::other"]
    )
    [result] = answer["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"
    found = {r["EvalResourceName"]: r["EvalResourceDecision"] for r in result["ResourceSpecificResults"]}
    assert found == {STORE: "allowed", "arn:aws:s3:::other": "implicitDeny"}


def test_conditions_are_held_against_the_context_that_is_given(sandbox: Sandbox, fenced: str) -> None:
    iam = sandbox.client("iam", LOG)
    iam.put_role_policy(
        RoleName="simulated",
        PolicyName="on-encrypted",
        PolicyDocument=policy(
            Effect="Deny",
            Action="s3:PutObject",
            Resource="*",
            Condition={"Null": {"s3:x-amz-server-side-encryption": "true"}},
        ),
    )
    encrypted = {
        "ContextKeyName": "s3:x-amz-server-side-encryption",
        "ContextKeyValues": ["aws:kms"],
        "ContextKeyType": "string",
    }
    plain = _decisions(sandbox, fenced, "s3:PutObject", ResourceArns=[f"{STORE}/a"])
    sealed = _decisions(
        sandbox, fenced, "s3:PutObject", ResourceArns=[f"{STORE}/a"], ContextEntries=[encrypted]
    )
    assert (plain, sealed) == ({"s3:PutObject": "explicitDeny"}, {"s3:PutObject": "allowed"})


def test_a_role_that_is_not_there_is_named(sandbox: Sandbox) -> None:
    iam = sandbox.client("iam", LOG)
    gone = f"arn:aws:iam::{LOG}:role/nobody"
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=gone, ActionNames=["s3:GetObject"]) == (
        "NoSuchEntity",
        404,
    )
