"""What CloudTrail has noted and not yet written, kept in a file: calls that only read are not in the journal.

A line is added for each record that waits, and one for all that were written together. A process that is killed between a
file in S3 and its line writes those records once more.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.sandbox.delivery.ledger import digest

Waiting = tuple[str, bytes]
"""Name of a buffer, and a record in it."""


class Notebook:
    """Append-only while the sandbox runs, rewritten when it starts; without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.left = self._waiting()
        """What an earlier process noted and is not done, oldest first. Read at once, before anything is noted here."""

    def note(self, buffer: str, data: bytes) -> None:
        """The record waits."""
        self._write({"buffer": buffer, "data": data.decode()})

    def done(self, buffer: str, records: Sequence[bytes]) -> None:
        """The records need nothing more."""
        self._write({"buffer": buffer, "done": [digest(data) for data in records]})

    def _waiting(self) -> list[Waiting]:
        """The file then holds just that."""
        lines = self._lines()
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
        self._rewrite(left)
        return left

    def _rewrite(self, left: list[Waiting]) -> None:
        if self._path is not None and self._path.exists():
            fresh = self._path.with_suffix(".new")
            fresh.write_text("".join(_line({"buffer": name, "data": data.decode()}) for name, data in left))
            fresh.replace(self._path)

    def _lines(self) -> list[dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return []
        lines = []
        for text in self._path.read_text().splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                # The process died in the middle of this line, or it is the empty one before a line.
                continue
        return lines

    def _write(self, line: dict[str, Any]) -> None:
        if self._path is not None:
            with self._lock, self._path.open("a") as file:
                file.write(_line(line))


def _line(line: dict[str, Any]) -> str:
    """The newline comes first: a line that a dying process left unfinished does not swallow this one."""
    return "\n" + json.dumps(line, separators=(",", ":"))
