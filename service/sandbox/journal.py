"""Changes kept on disk, so that a restart, even after `kill -9`, finds every change that was acknowledged.

One line of JSON a change, written before the answer is sent: the operating system then holds it, whatever
happens to the process. Nothing is compacted: the file grows by about 1 KB a change plus the body (objects
put into S3 included), and a start replays it at the speed of moto, some hundred changes a second.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from service.sandbox.moment import Moment
from service.sandbox.wire import Incoming, Operation

FILE_NAME = "journal.jsonl"

READS = ("Describe", "Filter", "Get", "Head", "List", "Lookup", "Select", "Simulate", "Test")
"""How the names of operations that change nothing begin."""

STATELESS = {
    ("kms", name)
    for name in ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateRandom",
                 "ReEncrypt", "Sign", "Verify")
}  # fmt: skip
"""Operations that answer without changing anything, whatever their name."""

UNUSED_HEADERS = {
    "accept", "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "connection", "expect",
    "user-agent", "x-amz-security-token",
}  # fmt: skip
"""Headers moto does not read, or that would keep a credential."""

_replaying = False


def replaying() -> bool:
    """Whether changes are being replayed: what they once caused elsewhere must not be caused again."""
    return _replaying


def changes_state(operation: Operation) -> bool:
    """Whether an operation may leave a trace in moto's stores."""
    if "alias/aws/" in str(operation.params.get("KeyId", "")):
        return True  # The first use of an AWS managed key makes it, even by DescribeKey.
    if (operation.service, operation.name) in STATELESS:
        return False
    return not operation.name.startswith(READS)


@dataclass(frozen=True)
class Change:
    """One request that changed something: what it was, for which account, and its moment."""

    incoming: Incoming
    account: str
    moment: Moment

    def line(self) -> bytes:
        """The change as one line of JSON."""
        body = base64.b64encode(self.incoming.body).decode()
        entry = {
            "time": self.moment.time,
            "seed": self.moment.seed,
            "account": self.account,
            "method": self.incoming.method,
            "path": self.incoming.path,
            "query": self.incoming.query,
            "headers": _kept_headers(self.incoming.headers),
            "body": body,
        }
        return json.dumps(entry, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Change:
        """The change `line()` wrote. Raises ValueError or KeyError where the line is none."""
        entry: dict[str, Any] = json.loads(line)
        incoming = Incoming(
            method=entry["method"],
            path=entry["path"],
            query=entry["query"],
            headers=entry["headers"],
            body=base64.b64decode(entry["body"]),
        )
        return cls(incoming, entry["account"], Moment(entry["time"], entry["seed"]))


class Journal:
    """The file of changes under `home`. Used under `moment.EXCLUSIVE` only."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.path = home / FILE_NAME
        self._file: BinaryIO | None = None

    def append(self, change: Change) -> None:
        """Hand the change to the operating system. It survives the process, not a loss of power."""
        if self._file is None:
            self._file = self.path.open("ab", buffering=0)
        self._file.write(change.line())

    @contextmanager
    def changes(self) -> Iterator[Iterator[Change]]:
        """The changes so far, oldest first; while they are read, `replaying()` holds.

        A last line without an end was never acknowledged and is cut off.
        """
        global _replaying
        _replaying = True
        try:
            yield self._read()
        finally:
            _replaying = False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> Iterator[Change]:
        if not self.path.exists():
            return
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                yield Change.from_line(line)
                whole += len(line)
        os.truncate(self.path, whole)


def _kept_headers(headers: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name not in UNUSED_HEADERS}
    if "authorization" in kept:
        # moto reads region, service and key id from here; the signature has done its work.
        kept["authorization"] = kept["authorization"].split("Signature=")[0] + "Signature=0"
    return kept
