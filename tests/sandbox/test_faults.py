"""Operations go wrong as they are told to, for whoever owns what is called, until they are told otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from service.sandbox import faults
from tests.sandbox.buckets import bucket
from tests.sandbox.calls import call
from tests.support.aws import refusal
from tests.support.sandbox import LOG, PRODUCTION, REGION, REPLICA_REGION, Sandbox

STORE = {"service": "s3", "operation": "PutObject", "account": LOG}
SPELLINGS = [
    ("s3", "list_buckets", ("SlowDown", 503), ("InternalError", 500), ("AccessDenied", 403)),
    ("logs", "describe_log_groups", ("ThrottlingException", 400), ("InternalServerException", 500), None),
    ("iam", "list_roles", ("Throttling", 400), ("InternalFailure", 500), ("AccessDenied", 403)),
    ("ec2", "describe_vpcs", ("RequestLimitExceeded", 503), ("InternalError", 500), None),
    ("kms", "list_keys", ("ThrottlingException", 400), ("KMSInternalException", 500), None),
    ("sqs", "list_queues", ("RequestThrottled", 403), ("InternalFailure", 500), ("AccessDenied", 403)),
    ("sns", "list_topics", ("Throttling", 400), ("InternalError", 500), ("AuthorizationError", 403)),
    ("cloudwatch", "describe_alarms", ("Throttling", 400), ("InternalFailure", 500), ("AccessDenied", 403)),
]
"""Client, a call, and how its service says that it is throttled, broken, and (where that is its own) forbidden."""


@pytest.fixture
def s3(sandbox: Sandbox) -> Iterator[Any]:
    """The owner of buckets; afterwards nothing fails any more."""
    yield sandbox.client("s3", LOG)
    sandbox.fail()


def fired(sandbox: Sandbox) -> list[tuple[int, int]]:
    """Of each rule in use: how many calls it was asked about, and how many went wrong."""
    _, answer = sandbox.control("GET", "/_sandbox/fault")
    return [(rule["matched"], rule["fired"]) for rule in answer["faults"]]


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


@pytest.mark.usefixtures("s3")
def test_it_fails_in_one_region_alone(sandbox: Sandbox) -> None:
    sandbox.fail({"service": "kms", "operation": "List*", "region": REPLICA_REGION, "kind": "throttle"})
    sandbox.client("kms", LOG).list_keys()
    assert refusal(sandbox.client("kms", LOG, REPLICA_REGION).list_keys)[0] == "ThrottlingException"


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(("service", "name", "throttled", "broken", "denied"), SPELLINGS)
def test_each_service_fails_in_its_own_words(
    sandbox: Sandbox, service: str, name: str, throttled: Any, broken: Any, denied: Any
) -> None:
    listing = getattr(sandbox.client(service, LOG), name)
    for kind, told in (("throttle", throttled), ("server_error", broken), ("denied", denied)):
        sandbox.fail({"service": service, "operation": "*", "kind": kind})
        seen = refusal(listing)
        assert told is None or seen == told
    sandbox.fail({"service": service, "operation": "*", "kind": "unavailable"})
    assert refusal(listing)[1] >= 500


def test_it_fails_so_often_and_says_how_often_it_did(sandbox: Sandbox, s3: Any) -> None:
    bucket(sandbox, "faulty-4")
    sandbox.fail(STORE | {"skip": 1, "times": 2}, {"service": "logs", "operation": "*"})
    answers = []
    for number in range(5):
        try:
            s3.put_object(Bucket="faulty-4", Key=str(number), Body=b"1")
            answers.append(200)
        except ClientError as error:
            answers.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert answers == [200, 503, 503, 200, 200]
    assert fired(sandbox) == [(5, 2), (0, 0)]
    sandbox.fail()
    assert fired(sandbox) == []


def test_chance_is_repeated_by_its_seed() -> None:
    """A quarter of the calls go wrong, and the same ones each time."""

    def drawn(seed: int) -> list[bool]:
        faults.use([faults.Fault("s3", "*", probability=0.25, seed=seed)])
        try:
            return [faults.of(call("s3", "ListBuckets"), LOG) is not None for _ in range(400)]
        finally:
            faults.use([])

    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140


def test_a_slow_answer_holds_up_nobody_else(sandbox: Sandbox, s3: Any) -> None:
    bucket(sandbox, "faulty-5")
    sandbox.fail(STORE | {"kind": "delay", "seconds": 0.5, "times": 1})
    began = time.monotonic()
    s3.put_object(Bucket="faulty-5", Key="a", Body=b"1")
    assert time.monotonic() - began >= 0.5
    began = time.monotonic()
    s3.put_object(Bucket="faulty-5", Key="b", Body=b"1")
    assert time.monotonic() - began < 0.5


def test_a_lost_answer_is_of_something_done(sandbox: Sandbox, s3: Any) -> None:
    bucket(sandbox, "faulty-6")
    sandbox.fail(STORE | {"kind": "lost"})
    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket="faulty-6", Key="a", Body=b"1")
    assert s3.get_object(Bucket="faulty-6", Key="a")["Body"].read() == b"1"
    queues = sandbox.client("sqs", LOG)
    url = queues.create_queue(QueueName="faulty-6")["QueueUrl"]
    sandbox.fail({"service": "sqs", "operation": "SendMessage", "kind": "lost"})
    with pytest.raises(ConnectionClosedError):
        queues.send_message(QueueUrl=url, MessageBody="sent")
    assert [each["Body"] for each in queues.receive_message(QueueUrl=url)["Messages"]] == ["sent"]


@pytest.mark.parametrize(
    "wrong",
    [
        '[{"service": "s3"}]',
        "no",
        '["s3"]',
        '[{"service": "s3", "operation": "*", "kind": "fire"}]',
        '[{"service": "s3", "operation": "*", "kind": "delay"}]',
        '[{"service": "s3", "operation": "*", "seconds": 61}]',
        '[{"service": "s3", "operation": "*", "probability": 2}]',
        '[{"service": "s3", "operation": "*", "often": 2}]',
    ],
)
def test_a_rule_that_is_none_is_refused(sandbox: Sandbox, s3: Any, wrong: str) -> None:
    assert sandbox.control("POST", "/_sandbox/fault", wrong)[0] == 400
    s3.list_buckets()
