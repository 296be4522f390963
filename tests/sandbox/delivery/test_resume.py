"""What is sent after a restart: only what had not arrived before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from service.sandbox import delivery
from service.sandbox.delivery import plane
from service.sandbox.delivery.buffer import Hints
from service.sandbox.delivery.ledger import Ledger
from service.sandbox.delivery.processing import Record

STREAM = "arn:aws:firehose:eu-west-3:111111111111:deliverystream/resumed"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[plane.Plane]:
    """A data plane that delivers nothing yet; its ledger knows one delivered record and one that was dropped."""
    ledger = Ledger(tmp_path / delivery.LEDGER_FILE)
    ledger.done("k", STREAM, [record(b"delivered")])
    ledger.drop(b"dropped")
    delivery.install(NOBODY, 1.0, tmp_path)
    yield plane.current()
    delivery.close()


def record(data: bytes) -> Record:
    return Record(data, datetime(2026, 11, 24, tzinfo=UTC))


def test_log_events_are_sent_again_only_when_they_had_neither_arrived_nor_been_dropped(
    workers: plane.Plane,
) -> None:
    sent: list[str] = []
    workers.replayed = [b"arrived"]
    for data in (b"arrived", b"arrived", b"dropped", b"new"):
        workers.held.append((data, partial(sent.append, data.decode())))
    delivery.resume()
    workers.errands.drain()
    assert sent == ["arrived", "new"]


def test_records_that_had_become_objects_are_not_delivered_again(workers: plane.Plane) -> None:
    day = Hints(size=1000, interval=86_400)
    workers.courier.put(STREAM, [record(b"delivered"), record(b"delivered"), record(b"new")], day)
    delivery.resume()
    assert workers.courier.waiting(STREAM) == 2


def test_installing_again_ends_the_data_plane_before(workers: plane.Plane, tmp_path: Path) -> None:
    delivery.resume()
    delivery.install(NOBODY, 1.0, tmp_path)
    assert plane.current() is not workers
