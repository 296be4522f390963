"""Looks at a proof in two accounts of the sandbox, as the deploy roles may look there: what is found, and what ends it."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from programs.names import names_of
from programs.wish import Wish
from service.proof.fronts.sending import Errand
from service.proof.reach import Listener, Way
from service.proof.state import Marked, Proof
from service.proof.steps import Look, Verdict, look
from service.proof.store import find
from tests.preflight.scene import Scene, fresh
from tests.programs.aws_config.wishes import config_wish
from tests.programs.syslog.wishes import syslog_wish
from tests.support.sandbox import LOG, PRODUCTION, REGION


@dataclass
class Unreachable:
    """No way to any load balancer."""

    ways: dict[str, Way] = field(default_factory=dict)

    def way(self, to: Listener) -> Way | None:
        return self.ways.get(to.protocol)


@dataclass
class Bench:
    """A store without the rest of its pipeline, and looks at it at any moment."""

    scene: Scene
    wish: Wish
    proof: Proof
    outputs: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)
    reach: Unreachable = field(default_factory=Unreachable)
    marker: str = field(default_factory=lambda: f"logflume-{uuid.uuid4()}")

    def look(self, later: float = 0.0) -> Verdict:
        """A look so many seconds from now."""
        errand = Errand(
            self.scene.view(self.wish, self.scene.environment(**self.environment)),
            self.marker,
            self.outputs,
            self.reach,
        )
        now = datetime.now(UTC) + timedelta(seconds=later)
        return look(Look(errand, self.proof, now, 1.0, lambda: None))

    def put(self, body: bytes, name: str = "one.gz", key: str | None = None) -> str:
        """An object of this hour."""
        key = key or f"logs/{datetime.now(UTC):%Y/%m/%d/%H}/{name}"
        self.scene.root("s3", LOG).put_object(Bucket=self.proof.bucket, Key=key, Body=body)
        return key

    def tell(self, *keys: str) -> None:
        """A message about each key, as S3 writes it."""
        sqs = self.scene.root("sqs", LOG)
        url = sqs.get_queue_url(QueueName=self.proof.queue)["QueueUrl"]
        for key in keys:
            body = {"Records": [{"s3": {"object": {"key": key}}}]}
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))


@pytest.fixture
def bench(scene: Scene) -> Callable[..., Bench]:
    """Makes a bench for a wish: its bucket and our queue are there, and nothing else is."""

    def make(wish: Wish) -> Bench:
        names = names_of(wish)
        place = {"LocationConstraint": REGION}
        scene.root("s3", LOG).create_bucket(Bucket=names.bucket, CreateBucketConfiguration=place)
        scene.root("sqs", LOG).create_queue(QueueName=names.proof_queue)
        return Bench(scene, wish, Proof(bucket=names.bucket, replica=None, queue=names.proof_queue))

    return make


def grouped(scene: Scene, **spec: Any) -> Wish:
    """A cloudwatch wish whose group is there."""
    group = f"/aws/lambda/payments-proof-{uuid.uuid4().hex[:8]}"
    scene.root("logs", PRODUCTION).create_log_group(logGroupName=group)
    return fresh(spec={"log_groups": [group], **spec})


def test_a_marked_event_is_written_and_waited_for(scene: Scene, bench: Callable[..., Bench]) -> None:
    made = bench(grouped(scene, filter_pattern="ERROR"))
    verdict = made.look()
    [marked] = made.proof.marks
    events = scene.root("logs", PRODUCTION).get_log_events(
        logGroupName=marked.front, logStreamName="logflume-proof"
    )["events"]
    assert [marked.mark in event["message"] and "ERROR" in event["message"] for event in events] == [True]
    assert verdict.again is not None
    assert verdict.waiting_for == "the marked record to arrive in the bucket"


def test_the_mark_is_found_in_whichever_object_it_is_and_none_is_opened_twice(
    scene: Scene, bench: Callable[..., Bench]
) -> None:
    made = bench(grouped(scene))
    made.look()
    [marked] = made.proof.marks
    other = made.put(gzip.compress(b"nothing of ours\n" * 200_000), "big.gz")
    assert "no subscription filter" in str(made.look().failure), "without a filter nothing more comes"
    made.proof.broken = None
    split = gzip.compress(b"x" * 1_048_570) + gzip.compress(marked.mark.encode())
    key = made.put(split, "two-members.gz")
    made.tell("logs/older.gz", key)
    assert made.look().failure is None
    assert (marked.key, made.proof.over) == (key, True)
    assert made.proof.looked == [other, key]


def test_a_message_about_something_else_is_deleted_and_ours_is_left(
    scene: Scene, bench: Callable[..., Bench]
) -> None:
    made = bench(grouped(scene))
    made.look()
    key = made.put(gzip.compress(made.proof.marks[0].mark.encode()))
    made.tell(*(f"logs/older-{n}.gz" for n in range(12)), key)
    made.look()
    sqs = scene.root("sqs", LOG)
    url = sqs.get_queue_url(QueueName=made.proof.queue)["QueueUrl"]
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    assert sum(map(int, left.values())) <= 3, left
    assert made.proof.over


def test_a_front_that_refuses_is_the_broken_leg(bench: Callable[..., Bench]) -> None:
    made = bench(fresh(spec={"log_groups": ["/aws/lambda/payments-never-made"]}))
    failure = made.look().failure
    assert failure is not None
    assert (failure.code, made.proof.broken) == ("front_refused", "sent")
    assert "ResourceNotFoundException" in failure.message


def test_a_pattern_that_nothing_can_be_written_for_is_a_finding(
    scene: Scene, bench: Callable[..., Bench]
) -> None:
    made = bench(grouped(scene, filter_pattern="[ip, user]"))
    verdict = made.look()
    assert [finding.code for finding in verdict.findings] == ["front_not_provable"]
    assert (verdict.failure, verdict.again, made.proof.over) == (None, None, False)


def test_where_proofs_are_switched_off_nothing_is_sent(scene: Scene, bench: Callable[..., Bench]) -> None:
    made = bench(grouped(scene))
    made.environment["proofs"] = False
    assert [finding.field for finding in made.look().findings] == ["/environment"]
    assert (made.proof.provable, made.proof.sent) == (False, None)


def test_what_is_not_told_of_in_time_is_broken_there(scene: Scene, bench: Callable[..., Bench]) -> None:
    wish = grouped(scene)
    made = bench(wish)
    made.look()
    made.put(gzip.compress(made.proof.marks[0].mark.encode()))
    failure = made.look().failure
    assert failure is not None
    assert (failure.code, made.proof.broken) == ("not_announced", "announced")
    names = names_of(wish)
    assert names.topic in failure.message, "the bucket does not announce, and the topic is not there"


def test_a_load_balancer_that_is_not_for_us_is_not_proved(bench: Callable[..., Bench]) -> None:
    made = bench(syslog_wish(source_id=str(uuid.uuid4())))
    assert "does not find it" in made.look().findings[0].message
    made.reach.ways["tcp"] = Way("127.0.0.1", 9, "127.0.0.1", "10.9.0.1")
    assert "none of the source's networks" in made.look().findings[0].message
    made.reach.ways["tcp"] = Way("127.0.0.1", 9, "127.0.0.1", "10.20.0.1")
    assert "ConnectionRefusedError" in made.look().findings[0].message
    assert made.proof.sent is None


def test_a_name_in_a_key_is_enough_and_nothing_is_opened(bench: Callable[..., Bench]) -> None:
    made = bench(config_wish(source_id=str(uuid.uuid4())))
    names, at = names_of(made.wish), datetime.now(UTC)
    folder = f"logs/AWSLogs/{names.production_account}/Config/{names.production_region}"
    key = f"{folder}/{at.year}/{at.month}/{at.day}/ConfigSnapshot/of-id-42.json.gz"
    made.put(b"no gzip at all", key=key)
    made.proof.sent, made.proof.marks = at, [Marked(front="config", mark="id-42", in_key=True)]
    find(made.scene.view(made.wish).log("s3"), made.wish, made.proof, at, lambda: time.sleep(0))
    assert made.proof.marks[0].key == key
