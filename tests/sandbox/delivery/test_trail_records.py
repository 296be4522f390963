"""The record of one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.sandbox.call import Call, Principal
from service.sandbox.delivery.trail_records import identity, is_read, is_recorded, record_of
from service.sandbox.wire import Answer
from tests.sandbox.calls import call
from tests.support.sandbox import PRODUCTION

FINE = Answer(200, [("x-amzn-RequestId", "r-1")], b"{}")


def record(made: Call, answer: Answer = FINE) -> dict[str, Any]:
    """The record of a call at the beginning of 1970."""
    return record_of(made, answer, 0.0, PRODUCTION, "e-1")


def test_a_record_says_who_did_what_where_and_when() -> None:
    told = record(call("ecr", "CreateRepository", repositoryName="r", tags=[{"Key": "a", "Value": "b"}]))
    assert told["eventTime"] == "1970-01-01T00:00:00Z"
    assert (told["eventID"], told["requestID"], told["eventCategory"]) == ("e-1", "r-1", "Management")
    assert told["requestParameters"] == {"repositoryName": "r", "tags": [{"key": "a", "value": "b"}]}
    assert told["userIdentity"]["type"] == "Root"


def test_secrets_and_bodies_are_not_in_a_record() -> None:
    told = record(call("rds", "CreateDBInstance", MasterUserPassword="open sesame", DBName="d"))
    assert "open sesame" not in str(told)
    assert told["requestParameters"]["masterUserPassword"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert record(call("s3", "PutObject", Bucket="b", Key="k", Body=b"x"))["requestParameters"] == {
        "bucket": "b",
        "key": "k",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            Answer(400, [], b'{"__type":"com.aws#NotFound","message":"no \\"x\\""}'),
            ("NotFound", 'no \\"x\\"'),
        ),
        (
            Answer(404, [], b"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>"),
            ("NoSuchBucket", "gone"),
        ),
        (
            Answer(409, [("x-amzn-ErrorType", "ConflictException:http://x")], b'{"message":"no"}'),
            ("ConflictException", "no"),
        ),
        (Answer(404, [], b""), ("404", "")),
    ],
)
def test_an_error_is_told_with_its_code_and_message(answer: Answer, error: tuple[str, str]) -> None:
    told = record(call("ecr", "DescribeRepositories"), answer)
    assert (told["errorCode"], told["errorMessage"]) == error


@pytest.mark.parametrize(
    ("service", "operation", "read"),
    [
        ("ecr", "BatchGetImage", True),
        ("ecr", "PutImage", False),
        ("kms", "GenerateDataKey", True),
        ("kms", "CreateKey", False),
        ("sts", "AssumeRole", True),
        ("opensearch", "DescribeDomain", True),
    ],
)
def test_reads_are_told_from_writes(service: str, operation: str, read: bool) -> None:
    assert is_read(call(service, operation)) is read


def test_objects_and_functions_are_data_events() -> None:
    assert record(call("s3", "GetObject", Bucket="b", Key="k"))["resources"][0]["ARN"] == "arn:aws:s3:::b/k"
    assert record(call("s3", "ListObjectsV2", Bucket="b"))["managementEvent"] is False
    assert record(call("s3", "CreateBucket", Bucket="b"))["managementEvent"] is True
    invoked = record(call("lambda", "Invoke", FunctionName="f"))
    assert invoked["resources"][0]["ARN"].endswith(f":{PRODUCTION}:function:f")


def test_cloudtrails_own_calls_and_data_planes_are_not_recorded() -> None:
    put = call("s3", "PutObject", Bucket="b", Key="k")
    assert is_recorded(put)
    assert not is_recorded(replace(put, principal=Principal("service", "", "cloudtrail.amazonaws.com")))
    assert not is_recorded(call("firehose", "PutRecord"))
    assert not is_recorded(call("kinesis", "PutRecord"))
    assert is_recorded(call("sqs", "CreateQueue"))


def test_each_kind_of_caller_is_told_apart() -> None:
    role = Principal(
        "role",
        PRODUCTION,
        f"arn:aws:sts::{PRODUCTION}:assumed-role/r/s",
        f"arn:aws:iam::{PRODUCTION}:role/path/r",
    )
    assert identity(role)["sessionContext"]["sessionIssuer"]["userName"] == "r"
    user = Principal("user", PRODUCTION, f"arn:aws:iam::{PRODUCTION}:user/u")
    assert (identity(user)["type"], identity(user)["userName"]) == ("IAMUser", "u")
    service = Principal("service", "", "config.amazonaws.com")
    assert identity(service) == {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    assert identity(Principal("anonymous", "", ""))["accountId"] == "ANONYMOUS_PRINCIPAL"
