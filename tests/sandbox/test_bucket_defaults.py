"""What S3 gives new buckets, and that conditions and accounts are decided by the authoriser alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.aws import policy, refusal, trust
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def bucket(sandbox: Sandbox, name: str) -> Any:
    """An S3 client of the log account that owns a new bucket of this name."""
    s3 = sandbox.client("s3", LOG)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def default_encryption(s3: Any, name: str) -> Any:
    configuration = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    return configuration["Rules"]


SSE_S3 = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]


def test_a_new_bucket_is_encrypted_private_and_owned_by_its_owner(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-1")
    assert default_encryption(s3, "fresh-1") == SSE_S3
    ownership = s3.get_bucket_ownership_controls(Bucket="fresh-1")["OwnershipControls"]
    assert ownership["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    block = s3.get_public_access_block(Bucket="fresh-1")["PublicAccessBlockConfiguration"]
    assert block == ALL_BLOCKED


def test_deleting_the_encryption_falls_back_to_what_s3_gives(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-2")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="fresh-2", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert default_encryption(s3, "fresh-2") == [rule]
    s3.delete_bucket_encryption(Bucket="fresh-2")
    assert default_encryption(s3, "fresh-2") == SSE_S3


def test_a_deleted_public_access_block_is_gone(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-3")
    s3.delete_public_access_block(Bucket="fresh-3")
    assert refusal(s3.get_public_access_block, Bucket="fresh-3") == (
        "NoSuchPublicAccessBlockConfiguration",
        404,
    )


def test_an_object_without_encryption_headers_takes_the_buckets_key(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-4")
    key = sandbox.client("kms", LOG).create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="fresh-4", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="fresh-4", Key="plain", Body=b"x")
    head = s3.head_object(Bucket="fresh-4", Key="plain")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["BucketKeyEnabled"]) == (
        "aws:kms",
        key,
        True,
    )


def test_a_deny_whose_condition_does_not_hold_locks_nobody_out(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-5")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::fresh-5", "arn:aws:s3:::fresh-5/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="fresh-5", Policy=policy(deny))
    s3.put_object(Bucket="fresh-5", Key="k", Body=b"x")
    assert s3.get_object(Bucket="fresh-5", Key="k")["Body"].read() == b"x"


def test_another_account_writes_where_the_policy_lets_it_and_the_owner_reads(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-6")
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
        "Action": ["s3:PutObject", "s3:GetObject"],
        "Resource": "arn:aws:s3:::fresh-6/*",
    }
    s3.put_bucket_policy(Bucket="fresh-6", Policy=policy(allow))
    sandbox.client("s3", PRODUCTION).put_object(Bucket="fresh-6", Key="theirs", Body=b"from 111")
    assert s3.get_object(Bucket="fresh-6", Key="theirs")["Body"].read() == b"from 111"


def test_a_taken_bucket_name_is_refused_to_another_account(sandbox: Sandbox) -> None:
    bucket(sandbox, "fresh-7")
    other = sandbox.client("s3", PRODUCTION)
    where = {"LocationConstraint": REGION}
    assert (
        refusal(other.create_bucket, Bucket="fresh-7", CreateBucketConfiguration=where)[0]
        == "BucketAlreadyExists"
    )


@pytest.mark.parametrize("name", ["192.168.5.4", "double..dot", "xn--puny", "ends-s3alias", "dash-end-"])
def test_a_bucket_name_s3_does_not_take_is_refused(sandbox: Sandbox, name: str) -> None:
    s3 = sandbox.client("s3", LOG)
    where = {"LocationConstraint": REGION}
    assert refusal(s3.create_bucket, Bucket=name, CreateBucketConfiguration=where) == (
        "InvalidBucketName",
        400,
    )


def test_an_access_control_list_is_refused_where_the_owner_owns_all(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "fresh-8")
    refused = refusal(s3.put_bucket_acl, Bucket="fresh-8", ACL="public-read")
    assert refused == ("AccessControlListNotSupported", 400)
    s3.put_object(Bucket="fresh-8", Key="k", Body=b"x", ACL="bucket-owner-full-control")


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
