"""A file of JSON lines that is added to, and read again after whatever has happened to the process that wrote it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class Lines:
    """Append-only; without a path nothing is remembered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def read(self) -> list[dict[str, Any]]:
        """Every whole line, oldest first."""
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

    def add(self, line: dict[str, Any]) -> None:
        """One more line."""
        if self._path is not None:
            with self._lock, self._path.open("a") as file:
                file.write(_written(line))

    def rewrite(self, lines: Iterable[dict[str, Any]]) -> None:
        """The file, if there is one, then holds just these."""
        if self._path is not None and self._path.exists():
            fresh = self._path.with_suffix(".new")
            fresh.write_text("".join(map(_written, lines)))
            fresh.replace(self._path)


def _written(line: dict[str, Any]) -> str:
    """The newline comes first: a line that a dying process left unfinished does not swallow this one."""
    return "\n" + json.dumps(line, separators=(",", ":"))
