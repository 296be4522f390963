"""What a worker does while an engine runs: renew the lease, listen for a cancel, tell the story, put checkpoints away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from service import events
from service.engine.outcome import read_events
from service.engine.supervisor import Stop
from service.models import Operation

from . import leases, records
from .leases import Held, LeaseLost

log = structlog.get_logger(__name__)

_DONE = {
    "create": "created",
    "import": "adopted",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "refresh": "read",
}


class OperationWatch:
    """The `Watch` of one operation. A database that is away is survived for as long as the lease is good."""

    def __init__(
        self, database: Database, held: Held, operation_id: str, seconds: float, stopping: threading.Event
    ) -> None:
        self._database, self._held, self._operation_id = database, held, operation_id
        self._seconds, self._stopping = seconds, stopping
        self._good_until = time.monotonic() + seconds
        self._offset = 0
        self._saved: bytes | None = None
        self._saved_at = 0.0
        self._told: set[tuple[str, str]] = set()
        self.events_path: Path | None = None
        self.read_checkpoint: Callable[[], bytes | None] = lambda: None

    def follow(self, events_path: Path, read_checkpoint: Callable[[], bytes | None]) -> None:
        """Tell of this run from now on."""
        self.events_path, self.read_checkpoint, self._offset = events_path, read_checkpoint, 0
        self._told.clear()

    def alive(self) -> float:
        """Renew the lease; seconds it is good for.

        Raises:
            Stop: cancelled, the lease is lost, or this worker is stopping.
        """
        if self._stopping.is_set():
            raise Stop("shutdown")
        asked = time.monotonic()
        try:
            with Session(self._database) as session:
                leases.renew(session, self._held, self._seconds)
                operation = session.get(Operation, self._operation_id)
                cancelled = operation is not None and operation.cancel_requested_by is not None
                session.commit()
        except LeaseLost as lost:
            raise Stop("lease_lost") from lost
        except OperationalError as error:
            log.warning("lease.database_away", operation_id=self._operation_id, error=type(error).__name__)
            return self._good_until - time.monotonic()
        self._good_until = asked + self._seconds
        if cancelled:
            raise Stop("cancelled")
        return self._seconds

    def progress(self) -> None:
        """Pass on what the engine has done since the last call. A failure here never harms the run."""
        try:
            self._tell()
            self._save()
        except (OperationalError, LeaseLost) as error:
            log.warning("progress.not_written", operation_id=self._operation_id, error=type(error).__name__)

    def _tell(self) -> None:
        if self.events_path is None:
            return
        seen, offset = read_events(self.events_path, self._offset)
        lines = [line for line in map(_line, seen) if line is not None]
        fresh = [line for line in lines if (line["urn"], line["op"]) not in self._told]
        if fresh:
            self._told |= {(line["urn"], line["op"]) for line in fresh}
            with Session(self._database) as session:
                told = [(events.RESOURCE, str(line.pop("message")), line) for line in fresh]
                events.add_all(session, self._operation_id, told)
                session.commit()
        self._offset = offset

    def _save(self) -> None:
        """At most once a second, and only what has changed."""
        if time.monotonic() - self._saved_at < 1:
            return
        body = self.read_checkpoint()
        if body is None or body == self._saved:
            return
        with Session(self._database) as session:
            leases.fence(session, self._held)
            records.put_away(session, self._held, body)
            session.commit()
        self._saved, self._saved_at = body, time.monotonic()


def _line(event: dict[str, Any]) -> dict[str, Any] | None:
    """One finished step as a line of the story; steps that change nothing are left out."""
    meta = (event.get("resOutputsEvent") or {}).get("metadata")
    failed = (event.get("resOpFailedEvent") or {}).get("metadata")
    subject = meta or failed
    if (
        subject is None
        or subject["type"].startswith(("pulumi:", "logflume:"))
        or subject["op"] in ("same", "refresh", "read")
    ):
        return None
    name, kind = subject["urn"].split("::")[-1], subject["type"].rpartition(":")[2]
    verb = _DONE.get(subject["op"], subject["op"]) if meta else f"{subject['op']} failed:"
    return {
        "urn": subject["urn"],
        "op": subject["op"],
        "failed": meta is None,
        "message": f"{verb} {kind} {name}",
    }
