"""Which permissions a call to S3 needs ("Required permissions for Amazon S3 API operations")."""

from __future__ import annotations

from typing import Any

import pytest

from service.sandbox.actions import asked_of
from tests.sandbox.calls import asked, call

BUCKET = "nobody-has-made-it"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("HeadBucket", "ListBucket"),
        ("ListObjectsV2", "ListBucket"),
        ("ListObjectVersions", "ListBucketVersions"),
        ("GetBucketLocation", "GetBucketLocation"),
        ("GetBucketTagging", "GetBucketTagging"),
        ("PutBucketTagging", "PutBucketTagging"),
        ("DeleteBucketTagging", "PutBucketTagging"),
        ("GetBucketVersioning", "GetBucketVersioning"),
        ("PutBucketVersioning", "PutBucketVersioning"),
        ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
        ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
        ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
        ("GetBucketEncryption", "GetEncryptionConfiguration"),
        ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
        ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
        ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
        ("GetBucketOwnershipControls", "GetBucketOwnershipControls"),
        ("DeleteBucketOwnershipControls", "PutBucketOwnershipControls"),
        ("GetBucketNotificationConfiguration", "GetBucketNotification"),
        ("PutBucketNotificationConfiguration", "PutBucketNotification"),
        ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
        ("GetBucketRequestPayment", "GetBucketRequestPayment"),
        ("GetBucketPolicy", "GetBucketPolicy"),
        ("DeleteBucketPolicy", "DeleteBucketPolicy"),
        ("GetBucketReplication", "GetReplicationConfiguration"),
        ("DeleteBucketCors", "PutBucketCORS"),
        ("ListMultipartUploads", "ListBucketMultipartUploads"),
        ("DeleteBucket", "DeleteBucket"),
    ],
)
def test_a_bucket_call_needs_its_action(operation: str, action: str) -> None:
    assert asked("s3", operation, Bucket=BUCKET) == [(f"s3:{action}", ARN)]


@pytest.mark.parametrize(
    ("operation", "more", "actions"),
    [
        ("GetObject", {}, ["GetObject"]),
        ("HeadObject", {}, ["GetObject"]),
        ("HeadObject", {"VersionId": "v"}, ["GetObjectVersion"]),
        ("GetObjectTagging", {"VersionId": "v"}, ["GetObjectVersionTagging"]),
        ("DeleteObject", {"VersionId": "v"}, ["DeleteObjectVersion"]),
        ("DeleteObject", {"BypassGovernanceRetention": True}, ["DeleteObject", "BypassGovernanceRetention"]),
        ("PutObject", {"ACL": "private"}, ["PutObject"]),
        ("PutObject", {"ACL": "bucket-owner-full-control"}, ["PutObject", "PutObjectAcl"]),
        ("PutObject", {"Tagging": "a=b"}, ["PutObject", "PutObjectTagging"]),
        ("CreateMultipartUpload", {}, ["PutObject"]),
        ("UploadPart", {}, ["PutObject"]),
        ("CompleteMultipartUpload", {}, ["PutObject"]),
        ("AbortMultipartUpload", {}, ["AbortMultipartUpload"]),
        ("ListParts", {}, ["ListMultipartUploadParts"]),
    ],
)
def test_an_object_call_needs_its_actions(operation: str, more: dict[str, Any], actions: list[str]) -> None:
    assert asked("s3", operation, Bucket=BUCKET, Key="k", **more) == [
        (f"s3:{action}", f"{ARN}/k") for action in actions
    ]


def test_listing_all_buckets_is_about_no_bucket() -> None:
    assert asked("s3", "ListBuckets") == [("s3:ListAllMyBuckets", "*")]


@pytest.mark.parametrize(
    ("more", "also"),
    [
        ({}, []),
        ({"ACL": "log-delivery-write"}, ["PutBucketAcl"]),
        ({"ObjectLockEnabledForBucket": True}, ["PutBucketObjectLockConfiguration", "PutBucketVersioning"]),
        ({"ObjectOwnership": "ObjectWriter"}, ["PutBucketOwnershipControls"]),
    ],
)
def test_what_a_new_bucket_is_made_with_is_asked_for_too(more: dict[str, Any], also: list[str]) -> None:
    actions = ["CreateBucket", *also]
    assert asked("s3", "CreateBucket", Bucket=BUCKET, **more) == [(f"s3:{action}", ARN) for action in actions]


def test_each_object_of_a_deletion_is_asked_about() -> None:
    objects = [{"Key": "a"}, {"Key": "b", "VersionId": "v"}]
    assert asked("s3", "DeleteObjects", Bucket=BUCKET, Delete={"Objects": objects}) == [
        ("s3:DeleteObject", f"{ARN}/a"),
        ("s3:DeleteObjectVersion", f"{ARN}/b"),
    ]


def test_a_copy_reads_its_source() -> None:
    copied = {"Bucket": BUCKET, "Key": "k", "CopySource": "other/a%20b?versionId=v"}
    assert asked("s3", "CopyObject", **copied) == [
        ("s3:PutObject", f"{ARN}/k"),
        ("s3:GetObjectVersion", "arn:aws:s3:::other/a b"),
    ]


def test_what_a_call_says_is_in_its_condition_keys() -> None:
    (listing,) = asked_of(call("s3", "ListObjectsV2", Bucket=BUCKET, Prefix="2026/", MaxKeys=5))
    assert listing.context == {"s3:prefix": "2026/", "s3:max-keys": "5"}


def test_who_sets_a_replication_up_passes_its_role_to_s3() -> None:
    role = "arn:aws:iam::222222222222:role/logflume/copies"
    configuration = {"Role": role, "Rules": []}
    _, passed = asked_of(
        call("s3", "PutBucketReplication", Bucket=BUCKET, ReplicationConfiguration=configuration)
    )
    assert (passed.action, passed.resource) == ("iam:PassRole", role)
    assert passed.context == {"iam:PassedToService": "s3.amazonaws.com"}
