"""Calls that name a resource of another account reach it there."""

from __future__ import annotations

from tests.sandbox.buckets import bucket
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox


def test_a_key_of_another_account_is_used_by_its_full_name(sandbox: Sandbox) -> None:
    shared = policy(
        {"Effect": "Allow", "Principal": {"AWS": LOG}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": PRODUCTION},
            "Action": ["kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        },
    )
    owner, other = sandbox.client("kms", LOG), sandbox.client("kms", PRODUCTION)
    key = owner.create_key(Policy=shared)["KeyMetadata"]
    assert other.describe_key(KeyId=key["Arn"])["KeyMetadata"]["AWSAccountId"] == LOG
    data = other.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256")
    for client in (owner, other):
        opened = client.decrypt(CiphertextBlob=data["CiphertextBlob"])
        assert (opened["Plaintext"], opened["KeyId"]) == (data["Plaintext"], key["Arn"])
    assert refusal(other.describe_key, KeyId=key["KeyId"])[0] == "NotFoundException"


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
