"""The buffer of a stream and the schedule of its deliveries. Pure: every instant is passed in.

Source: "Configure buffering hints" and "Understand data delivery in Amazon Data Firehose" (an object is written when
the size or the interval is reached, whichever is first; a failed write to S3 is tried again for up to 24 hours).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from service.sandbox.delivery.processing import Record

RETRY_FIRST = 30.0
"""Seconds of AWS time before the second attempt; doubled for each further one. AWS does not document its own."""
RETRY_LONGEST = 900.0
RETRY_FOR = 24 * 3600.0
"""Seconds of AWS time after which undelivered records are given up."""


@dataclass(frozen=True)
class Hints:
    """``BufferingHints``: bytes of incoming data, and seconds of AWS time."""

    size: int = 5 * 1024 * 1024
    interval: float = 300.0

    @classmethod
    def of(cls, hints: dict[str, Any] | None) -> Hints:
        """Read ``BufferingHints``; what is left out has AWS's defaults (5 MiB, 300 s)."""
        hints = hints or {}
        return cls(int(hints.get("SizeInMBs", 5)) * 1024 * 1024, float(hints.get("IntervalInSeconds", 300)))


@dataclass(frozen=True)
class Parcel:
    """One object to write: its key, its body, and the records it settles."""

    key: str
    body: bytes
    records: tuple[Record, ...]


@dataclass
class Batch:
    """Records that leave the buffer together. `due` and `sealed` are instants of the caller's clock (seconds)."""

    stream: str
    """ARN of the stream."""
    records: tuple[Record, ...]
    sealed: float
    due: float
    attempts: int = 0
    parcels: list[Parcel] | None = None
    """What is still to be written; None before the first attempt."""

    def postpone(self, now: float, time_scale: float) -> bool:
        """Set when to try again; False when the records are to be given up."""
        self.attempts += 1
        self.due = now + min(RETRY_FIRST * 2 ** (self.attempts - 1), RETRY_LONGEST) / time_scale
        return now - self.sealed < RETRY_FOR / time_scale


@dataclass
class Buffer:
    """Records of one stream that wait for company."""

    stream: str
    hints: Hints
    """As they were when records last came in."""
    records: list[Record] = field(default_factory=list)
    size: int = 0
    opened: float = 0.0

    def add(self, records: Iterable[Record], hints: Hints, now: float) -> list[Batch]:
        """Take the records in; answers the batches that the size limit has filled."""
        self.hints = hints
        full: list[Batch] = []
        for record in records:
            if not self.records:
                self.opened = now
            self.records.append(record)
            self.size += len(record.data)
            if self.size >= hints.size:
                full.append(self.seal(now))
        return full

    def due(self, time_scale: float) -> float:
        """The instant at which the interval ends."""
        return self.opened + self.hints.interval / time_scale

    def seal(self, now: float) -> Batch:
        """Empty the buffer into a batch that is due at once."""
        batch = Batch(self.stream, tuple(self.records), sealed=now, due=now)
        self.records, self.size = [], 0
        return batch
