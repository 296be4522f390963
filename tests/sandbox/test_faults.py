"""An operation fails as it was told to, for whoever owns what is called, until it is told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.buckets import bucket
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, Sandbox

STORE = {"service": "s3", "operation": "PutObject", "account": LOG}


@pytest.fixture
def s3(sandbox: Sandbox) -> Iterator[Any]:
    """The owner of buckets; afterwards nothing fails any more."""
    yield sandbox.client("s3", LOG)
    sandbox.fail()


def test_an_operation_fails_until_it_is_told_otherwise(sandbox: Sandbox, s3: Any) -> None:
    bucket(sandbox, "faulty-1")
    sandbox.fail(STORE)
    assert refusal(s3.put_object, Bucket="faulty-1", Key="a", Body=b"1") == ("SlowDown", 503)
    s3.list_objects_v2(Bucket="faulty-1")
    sandbox.fail(STORE | {"code": "AccessDenied", "status": 403})
    assert refusal(s3.put_object, Bucket="faulty-1", Key="a", Body=b"1") == ("AccessDenied", 403)
    sandbox.fail()
    s3.put_object(Bucket="faulty-1", Key="a", Body=b"1")


@pytest.mark.usefixtures("s3")
def test_it_fails_for_one_account_alone(sandbox: Sandbox) -> None:
    other = sandbox.client("s3", PRODUCTION)
    other.create_bucket(Bucket="faulty-2", CreateBucketConfiguration={"LocationConstraint": REGION})
    sandbox.fail(STORE)
    other.put_object(Bucket="faulty-2", Key="a", Body=b"1")


def test_a_rule_that_is_none_is_refused(sandbox: Sandbox, s3: Any) -> None:
    bucket(sandbox, "faulty-3")
    assert sandbox.control("POST", "/_sandbox/fault", '[{"service": "s3"}]')[0] == 400
    assert sandbox.control("POST", "/_sandbox/fault", "no")[0] == 400
    s3.put_object(Bucket="faulty-3", Key="a", Body=b"1")
