"""What was delivered, kept in a file, so that a restart delivers the rest and nothing twice.

The sandbox replays every PutRecord after a restart; this file says which of those records have already become
objects. A line is written before an object is, and another one after it: where only the first is found, the object
itself (replayed too) says whether the write had happened.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from service.sandbox.delivery.lines import Lines
from service.sandbox.delivery.processing import Record

ObjectExists = Callable[[str, str], bool]
"""Bucket and key in, whether there is such an object out."""


class Ledger:
    """Append-only; without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._lines = Lines(path)

    def begin(self, name: str, stream: str, records: Sequence[Record], bucket: str, key: str) -> None:
        """The records are about to be written as `key`; `name` is unique to the batch."""
        digests = [digest(record.data) for record in records]
        self._lines.add({"begin": name, "stream": stream, "bucket": bucket, "key": key, "records": digests})

    def done(self, name: str, stream: str, records: Sequence[Record]) -> None:
        """The records need nothing more: written, or dropped by a processor."""
        self._lines.add(
            {"done": name, "stream": stream, "records": [digest(record.data) for record in records]}
        )

    def drop(self, data: bytes) -> None:
        """CloudWatch Logs could not hand this record on, and does not try again."""
        self._lines.add({"dropped": digest(data)})

    def dropped(self) -> Counter[str]:
        """How often each record, by digest, was given up before it reached a stream."""
        return Counter(line["dropped"] for line in self._lines.read() if "dropped" in line)

    def delivered(self, exists: ObjectExists) -> Counter[tuple[str, str]]:
        """How often each record, by stream ARN and digest, needs no delivery any more."""
        begun: dict[str, dict[str, Any]] = {}
        finished: dict[str, dict[str, Any]] = {}
        for line in self._lines.read():
            if "begin" in line:
                begun[line["begin"]] = line
            elif "done" in line:
                finished[line["done"]] = line
        for name, line in begun.items():
            if name not in finished and exists(line["bucket"], line["key"]):
                finished[name] = line
        return Counter((line["stream"], record) for line in finished.values() for record in line["records"])


def digest(data: bytes) -> str:
    """What a record is known by: 32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]
