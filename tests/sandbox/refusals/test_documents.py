"""Policies AWS refuses are refused, and change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, Sandbox

BAD_POLICIES = {
    "not JSON": "nonsense",
    "no statement": "{}",
    "of another bucket": policy(
        Effect="Allow", Principal={"AWS": LOG}, Action="s3:GetObject", Resource="arn:aws:s3:::other/*"
    ),
    "for nobody": policy(Effect="Allow", Action="s3:GetObject", Resource="arn:aws:s3:::refused-1/*"),
    "for a role that is not there": policy(
        Effect="Allow",
        Principal={"AWS": [f"arn:aws:iam::{LOG}:role/ghost"]},
        Action="s3:GetObject",
        Resource="arn:aws:s3:::refused-1/*",
    ),
}


@pytest.fixture(scope="module")
def refusing(sandbox: Sandbox) -> Any:
    """The owner of the bucket `refused-1`."""
    return bucket(sandbox, "refused-1")


@pytest.mark.parametrize("what", sorted(BAD_POLICIES))
def test_a_malformed_bucket_policy_is_refused(refusing: Any, what: str) -> None:
    refused = refusal(refusing.put_bucket_policy, Bucket="refused-1", Policy=BAD_POLICIES[what])
    assert refused == ("MalformedPolicy", 400)
    assert refusal(refusing.get_bucket_policy, Bucket="refused-1")[0] == "NoSuchBucketPolicy"


def test_a_public_policy_is_refused_while_it_is_blocked(refusing: Any) -> None:
    public = policy(Effect="Allow", Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::refused-1/*")
    assert refusal(refusing.put_bucket_policy, Bucket="refused-1", Policy=public) == ("AccessDenied", 403)


def test_a_policy_may_name_a_role_that_is_there(sandbox: Sandbox, refusing: Any) -> None:
    role = sandbox.client("iam", LOG).create_role(
        RoleName="named-in-a-policy",
        Path="/logflume/",
        AssumeRolePolicyDocument=trust(Service="firehose.amazonaws.com"),
    )["Role"]["Arn"]
    named = policy(
        Effect="Allow", Principal={"AWS": role}, Action="s3:PutObject", Resource="arn:aws:s3:::refused-1/*"
    )
    refusing.put_bucket_policy(Bucket="refused-1", Policy=named)
    refusing.delete_bucket_policy(Bucket="refused-1")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        policy(
            Effect="Allow", Principal={"AWS": f"arn:aws:iam::{LOG}:role/no"}, Action="kms:*", Resource="*"
        ),
    ],
)
def test_a_malformed_key_policy_is_refused(sandbox: Sandbox, text: str) -> None:
    assert refusal(sandbox.client("kms", LOG).create_key, Policy=text) == (
        "MalformedPolicyDocumentException",
        400,
    )


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        trust(AWS=f"arn:aws:iam::{LOG}:role/ghost"),
        policy(Effect="Allow", Principal={"AWS": LOG}, Action="sts:AssumeRole", Resource="*"),
    ],
)
def test_a_malformed_trust_policy_is_refused(sandbox: Sandbox, text: str) -> None:
    iam = sandbox.client("iam", LOG)
    refused = refusal(iam.create_role, RoleName="refused", AssumeRolePolicyDocument=text)
    assert refused == ("MalformedPolicyDocument", 400)
    assert refusal(iam.get_role, RoleName="refused")[0] == "NoSuchEntity"
