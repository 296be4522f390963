"""Bucket names and access control lists S3 does not take."""

from __future__ import annotations

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox


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


def test_a_call_that_expects_another_owner_is_refused(sandbox: Sandbox) -> None:
    s3 = bucket(sandbox, "owned-1")
    s3.put_object(Bucket="owned-1", Key="a", Body=b"1", ExpectedBucketOwner=LOG)
    wrong = {"Bucket": "owned-1", "ExpectedBucketOwner": PRODUCTION}
    assert refusal(s3.put_object, Key="a", Body=b"2", **wrong) == ("AccessDenied", 403)
    assert refusal(s3.get_bucket_location, **wrong) == ("AccessDenied", 403)
    source = {"CopySource": "owned-1/a", "ExpectedSourceBucketOwner": PRODUCTION}
    assert refusal(s3.copy_object, Bucket="owned-1", Key="b", **source) == ("AccessDenied", 403)
    assert s3.get_object(Bucket="owned-1", Key="a", ExpectedBucketOwner=LOG)["Body"].read() == b"1"
