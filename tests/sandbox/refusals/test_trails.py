"""Trails and selectors CloudTrail refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.trails import Trail, key_policy
from tests.support.aws import policy, refusal
from tests.support.sandbox import LOG, SECURITY, Sandbox


@pytest.fixture(scope="module")
def store(sandbox: Sandbox) -> Trail:
    """A bucket and a key for the trail `refused`, which is not made."""
    return Trail(sandbox, "refused").make_store()


@pytest.fixture
def made(store: Trail) -> Iterator[Trail]:
    """The trail, for the length of a test."""
    store.client("cloudtrail").create_trail(**store.settings())
    yield store
    store.client("cloudtrail").delete_trail(Name=store.name)


def _create(trail: Trail, **changes: Any) -> tuple[str, int]:
    return refusal(trail.client("cloudtrail").create_trail, **trail.settings() | changes)


def test_a_bucket_that_does_not_let_this_trail_write_is_refused(store: Trail) -> None:
    refused = ("InsufficientS3BucketPolicyException", 400)
    assert _create(store, Name="another") == refused
    assert _create(store, S3KeyPrefix="elsewhere") == refused
    assert _create(store, S3BucketName="no-such-bucket-anywhere") == ("S3BucketDoesNotExistException", 400)
    assert _create(store, S3KeyPrefix="x" * 201) == ("InvalidS3PrefixException", 400)


def test_a_trail_is_not_turned_to_a_bucket_that_does_not_let_it_write(made: Trail) -> None:
    update = made.client("cloudtrail").update_trail
    assert refusal(update, Name=made.name, S3KeyPrefix="elsewhere") == (
        "InsufficientS3BucketPolicyException",
        400,
    )
    made.client("cloudtrail").update_trail(Name=made.name, EnableLogFileValidation=False)


def test_a_key_that_does_not_let_cloudtrail_encrypt_is_refused(store: Trail, sandbox: Sandbox) -> None:
    kms = sandbox.client("kms", LOG)
    own = policy(Effect="Allow", Principal={"AWS": LOG}, Action="kms:*", Resource="*")
    shut = kms.create_key(Policy=own)["KeyMetadata"]["Arn"]
    assert _create(store, KmsKeyId=shut) == ("InsufficientEncryptionPolicyException", 400)
    other = kms.create_key(Policy=key_policy(store.arn + "-of-somebody-else"))["KeyMetadata"]["Arn"]
    assert _create(store, KmsKeyId=other) == ("InsufficientEncryptionPolicyException", 400)
    disabled = kms.create_key(Policy=key_policy(store.arn))["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=disabled)
    assert _create(store, KmsKeyId=disabled) == ("KmsException", 400)
    far = sandbox.client("kms", LOG, "eu-west-1").create_key(Policy=key_policy(store.arn))["KeyMetadata"][
        "Arn"
    ]
    assert _create(store, KmsKeyId=far) == ("KmsKeyNotFoundException", 400)


def test_a_bucket_key_has_to_be_opened_too(store: Trail, sandbox: Sandbox) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": store.key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3 = sandbox.client("s3", LOG)
    s3.put_bucket_encryption(Bucket=store.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert _create(store) == ("InsufficientEncryptionPolicyException", 400)
    s3.delete_bucket_encryption(Bucket=store.bucket)


def test_a_region_has_five_trails_and_those_of_all_regions_count_everywhere(sandbox: Sandbox) -> None:
    region = "eu-central-1"
    s3 = sandbox.client("s3", LOG, region)
    s3.create_bucket(Bucket="many-trails", CreateBucketConfiguration={"LocationConstraint": region})
    as_cloudtrail: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    s3.put_bucket_policy(
        Bucket="many-trails",
        Policy=policy(
            as_cloudtrail | {"Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::many-trails"},
            as_cloudtrail | {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::many-trails/*"},
        ),
    )
    near = sandbox.client("cloudtrail", SECURITY, region)
    far = sandbox.client("cloudtrail", SECURITY, "eu-north-1")
    far.create_trail(Name="everywhere", S3BucketName="many-trails", IsMultiRegionTrail=True)
    for number in range(4):
        near.create_trail(Name=f"near-{number}", S3BucketName="many-trails")
    refused = refusal(near.create_trail, Name="sixth", S3BucketName="many-trails")
    assert refused == ("MaximumNumberOfTrailsExceededException", 400)


def test_names_aws_does_not_take_are_refused(store: Trail) -> None:
    for name in ("ab", "-dash", "two..dots", "192.168.1.1", "with space", "x" * 129):
        assert _create(store, Name=name)[0] == "InvalidTrailNameException"


def test_a_name_is_taken_once(made: Trail) -> None:
    assert _create(made) == ("TrailAlreadyExistsException", 400)


def test_a_trail_is_changed_at_home(made: Trail) -> None:
    away = made.client("cloudtrail", region="us-east-1")
    refused = ("InvalidHomeRegionException", 400)
    assert refusal(away.stop_logging, Name=made.arn) == refused
    assert refusal(away.update_trail, Name=made.arn, S3KeyPrefix="") == refused
    assert refusal(away.delete_trail, Name=made.arn) == refused


def test_a_trail_cannot_be_told_to_log_one_service_alone(made: Trail) -> None:
    fields = [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "Equals": ["ecr.amazonaws.com"]},
    ]
    put = made.client("cloudtrail").put_event_selectors
    assert refusal(put, TrailName=made.name, AdvancedEventSelectors=[{"FieldSelectors": fields}]) == (
        "InvalidEventSelectorsException",
        400,
    )
