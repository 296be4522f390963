"""What AWS Config remembers between two deliveries, kept in a file: what it has told, and how the last attempts went."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.sandbox.delivery.configuration_items import Seen

KEPT = 100
"""Ids of on-demand snapshots that are remembered."""


@dataclass
class Recording:
    """One account and region. `snapshot` and `history` are ConfigExportDeliveryInfo, times in Unix seconds."""

    seen: dict[str, str] = field(default_factory=dict)
    snapshot: dict[str, Any] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)
    attempted: list[str] = field(default_factory=list)


class Recordings:
    """By account and region. Without a path nothing outlives the process."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kept = {name: Recording(**value) for name, value in self._read().items()}

    def of(self, account: str, region: str) -> Recording:
        """What is remembered; a new account and region has nothing."""
        with self._lock:
            return self._kept.setdefault(f"{account}/{region}", Recording())

    def told(self, account: str, region: str, seen: Seen) -> None:
        """The history up to here has been delivered."""
        self.of(account, region).seen = dict(seen)
        self._write()

    def attempted(
        self, account: str, region: str, kind: str, at: float, error: tuple[str, str] | None, id: str = ""
    ) -> None:
        """A delivery of `kind` (snapshot, history) was tried at `at`, and went wrong with a code and a message or did not."""
        recording = self.of(account, region)
        info = {"lastStatus": "FAILURE" if error else "SUCCESS", "lastAttemptTime": at}
        if error:
            before = getattr(recording, kind).get("lastSuccessfulTime")
            info |= {"lastErrorCode": error[0], "lastErrorMessage": error[1]}
            info |= {"lastSuccessfulTime": before} if before else {}
        else:
            info["lastSuccessfulTime"] = at
        setattr(recording, kind, info)
        if id:
            recording.attempted = [*recording.attempted, id][-KEPT:]
        self._write()

    def forget(self, account: str, region: str) -> None:
        """The channel is gone, and with it how it went."""
        with self._lock:
            self._kept.pop(f"{account}/{region}", None)
        self._write()

    def _read(self) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return {}
        kept: dict[str, Any] = json.loads(self._path.read_text())
        return kept

    def _write(self) -> None:
        if self._path is None:
            return
        with self._lock:
            whole = {name: asdict(recording) for name, recording in self._kept.items()}
            # Written beside and put in place: a process that dies in the middle leaves the file as it was.
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps(whole))
            beside.replace(self._path)
