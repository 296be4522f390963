"""What CloudTrail has noted and not yet written, kept in a file: calls that only read are not in the journal.

A line is added for each record that waits, and one for all that were written together. A process that is killed between a
file in S3 and its line writes those records once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from service.sandbox.delivery.ledger import digest
from service.sandbox.delivery.lines import Lines

Waiting = tuple[str, bytes]
"""Name of a buffer, and a record in it."""


class Notebook:
    """Append-only while the sandbox runs, rewritten when it starts; without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._lines = Lines(path)
        self.left = self._waiting()
        """What an earlier process noted and is not done, oldest first. Read at once, before anything is noted here."""

    def note(self, buffer: str, data: bytes) -> None:
        """The record waits."""
        self._lines.add({"buffer": buffer, "data": data.decode()})

    def done(self, buffer: str, records: Sequence[bytes]) -> None:
        """The records need nothing more."""
        self._lines.add({"buffer": buffer, "done": [digest(data) for data in records]})

    def _waiting(self) -> list[Waiting]:
        """The file then holds just that."""
        lines = self._lines.read()
        gone = Counter((line["buffer"], each) for line in lines for each in line.get("done", ()))
        left: list[Waiting] = []
        for line in lines:
            if "data" not in line:
                continue
            data = line["data"].encode()
            name = (line["buffer"], digest(data))
            if gone[name]:
                gone[name] -= 1
            else:
                left.append((line["buffer"], data))
        self._lines.rewrite({"buffer": name, "data": data.decode()} for name, data in left)
        return left
