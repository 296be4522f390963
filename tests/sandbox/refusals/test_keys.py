"""A key that is disabled or pending deletion cannot be used, directly or through S3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import LOG, Sandbox


@pytest.fixture
def kms(sandbox: Sandbox) -> Any:
    """KMS of the log account."""
    return sandbox.client("kms", LOG)


def test_a_disabled_key_is_not_used(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ("DisabledException", 400)
    assert refusal(kms.decrypt, CiphertextBlob=sealed) == ("DisabledException", 400)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_key_pending_deletion_is_not_used_or_changed_until_that_is_cancelled(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/leaving", TargetKeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    gone = ("KMSInvalidStateException", 400)
    assert refusal(kms.generate_data_key, KeyId="alias/leaving", KeySpec="AES_256") == gone
    assert refusal(kms.enable_key_rotation, KeyId=key["Arn"]) == gone
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"]) == gone
    assert refusal(kms.create_alias, AliasName="alias/late", TargetKeyId=key["KeyId"]) == gone
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    kms.enable_key(KeyId=key["KeyId"])
    kms.generate_data_key(KeyId="alias/leaving", KeySpec="AES_256")


def test_s3_neither_writes_nor_reads_with_a_key_that_does_not_work(sandbox: Sandbox, kms: Any) -> None:
    s3 = bucket(sandbox, "disabled-key-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket="disabled-key-1", ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket="disabled-key-1", Key="before", Body=b"x")
    kms.disable_key(KeyId=key)
    assert refusal(s3.put_object, Bucket="disabled-key-1", Key="k", Body=b"x") == (
        "KMS.DisabledException",
        400,
    )
    s3.put_object(Bucket="disabled-key-1", Key="other", Body=b"x", ServerSideEncryption="AES256")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refusal(s3.get_object, Bucket="disabled-key-1", Key="before") == (
        "KMS.KMSInvalidStateException",
        400,
    )
    ghost = key.rsplit("/", 1)[0] + "/00000000-0000-0000-0000-000000000000"
    wrong = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ghost}
    assert (
        refusal(s3.put_object, Bucket="disabled-key-1", Key="k", Body=b"x", **wrong)[0]
        == "KMS.NotFoundException"
    )
