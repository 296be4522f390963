"""Buffering by size and by time, retries, and what a restart leaves to do."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from service.sandbox.delivery.buffer import RETRY_FIRST, RETRY_FOR, Batch, Buffer, Hints
from service.sandbox.delivery.courier import Courier, Errands
from service.sandbox.delivery.processing import Record

STREAM = "arn:aws:firehose:eu-west-3:111111111111:deliverystream/flume"
HOUR = Hints(size=1000, interval=3600)
WAIT = 10.0
"""Seconds a test waits at most for what a thread does at once."""


def record(data: bytes = b"x") -> Record:
    return Record(data, datetime(2026, 11, 24, tzinfo=UTC))


class Deliveries:
    """Stands in for S3: remembers batches, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.batches: list[tuple[bytes, ...]] = []
        self.failures = failures
        self.attempts = 0
        self.changed = threading.Condition()

    def __call__(self, batch: Batch) -> None:
        with self.changed:
            self.attempts += 1
            self.changed.notify_all()
            if self.failures:
                self.failures -= 1
                raise ConnectionError("S3 is away")
            self.batches.append(tuple(item.data for item in batch.records))

    def wait_for_batches(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.batches) >= count, timeout=WAIT)


def test_a_buffer_is_sealed_when_its_size_is_reached() -> None:
    buffer = Buffer(STREAM, HOUR)
    full = buffer.add([record(b"a" * 600), record(b"b" * 600), record(b"c")], HOUR, now=0)
    assert [[item.data[:1] for item in batch.records] for batch in full] == [[b"a", b"b"]]
    assert [item.data for item in buffer.records] == [b"c"]


def test_the_interval_counts_from_the_first_record_and_in_aws_time() -> None:
    buffer = Buffer(STREAM, HOUR)
    buffer.add([record()], HOUR, now=5)
    buffer.add([record()], HOUR, now=9)
    assert buffer.due(time_scale=1) == 5 + 3600
    assert buffer.due(time_scale=3600) == 6


def test_attempts_are_spaced_out_and_given_up_after_a_day() -> None:
    batch = Batch(STREAM, (record(),), sealed=0, due=0)
    assert batch.postpone(now=0, time_scale=1)
    assert batch.due == RETRY_FIRST
    assert batch.postpone(now=30, time_scale=1)
    assert batch.due == 30 + 2 * RETRY_FIRST
    assert not batch.postpone(now=RETRY_FOR, time_scale=1)


def test_records_are_delivered_when_the_interval_is_over() -> None:
    deliveries = Deliveries()
    courier = Courier(deliveries, time_scale=36_000)
    courier.start()
    courier.put(STREAM, [record(b"a"), record(b"b")], HOUR)
    assert deliveries.wait_for_batches(1)
    courier.close()
    assert deliveries.batches == [(b"a", b"b")]


def test_records_are_delivered_at_once_when_the_size_is_reached() -> None:
    deliveries = Deliveries()
    courier = Courier(deliveries, time_scale=1)
    courier.start()
    courier.put(STREAM, [record(b"a" * 1000), record(b"b")], HOUR)
    assert deliveries.wait_for_batches(1)
    courier.close()
    assert deliveries.batches == [(b"a" * 1000,)]
    assert courier.waiting(STREAM) == 1


def test_flush_delivers_what_waits_and_says_how_much() -> None:
    deliveries = Deliveries()
    courier = Courier(deliveries, time_scale=1)
    courier.put(STREAM, [record()], HOUR)
    courier.put(STREAM + "2", [record()], HOUR)
    assert courier.flush() == 2
    assert courier.flush() == 0
    assert len(deliveries.batches) == 2


def test_a_failed_batch_stays_and_is_tried_again_by_itself() -> None:
    deliveries = Deliveries(failures=2)
    courier = Courier(deliveries, time_scale=RETRY_FIRST * 1000)
    courier.start()
    courier.put(STREAM, [record()], Hints(size=1))
    assert deliveries.wait_for_batches(1)
    courier.close()
    assert deliveries.attempts == 3
    assert courier.waiting(STREAM) == 0


def test_flush_makes_one_attempt_and_keeps_what_failed() -> None:
    deliveries = Deliveries(failures=1)
    courier = Courier(deliveries, time_scale=1)
    courier.put(STREAM, [record()], HOUR)
    assert courier.flush() == 0
    assert courier.waiting(STREAM) == 1
    assert courier.flush() == 1


def test_what_waits_for_a_deleted_stream_is_lost() -> None:
    courier = Courier(Deliveries(), time_scale=1)
    courier.put(STREAM, [record(b"a" * 1000), record(b"b")], HOUR)
    assert courier.discard(STREAM) == 2
    assert courier.flush() == 0


def test_records_that_are_not_wanted_after_a_restart_are_dropped() -> None:
    deliveries = Deliveries()
    courier = Courier(deliveries, time_scale=1)
    courier.put(STREAM, [record(b"a" * 1000), record(b"b"), record(b"c")], HOUR)
    courier.keep(lambda _stream, item: item.data == b"c")
    courier.flush()
    assert deliveries.batches == [(b"c",)]


def test_errands_run_in_order_and_a_failing_one_stops_nobody() -> None:
    done: list[int] = []

    def fail() -> None:
        raise RuntimeError("told to")

    errands = Errands("test")
    errands.add(lambda: done.append(1))
    errands.add(fail)
    errands.add(lambda: done.append(2))
    errands.start()
    errands.drain()
    errands.close()
    assert done == [1, 2]


def test_draining_errands_that_do_not_run_ends() -> None:
    with pytest.raises(TimeoutError):
        Errands("test").drain(timeout=0.01)
