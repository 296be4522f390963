"""What S3 gives new buckets, and that moto does not judge their policies."""

from __future__ import annotations

from typing import Any

from tests.sandbox.buckets import bucket
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, Sandbox

ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


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
