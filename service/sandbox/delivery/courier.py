"""Own threads of the data plane: one that carries batches when they are due, one that runs small errands in order."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from service.sandbox.delivery.buffer import Batch, Buffer, Hints
from service.sandbox.delivery.processing import Record

log = structlog.get_logger(__name__)


class Courier:
    """Buffers records by stream and hands batches to `deliver`, which raises when something could not be written."""

    def __init__(
        self,
        deliver: Callable[[Batch], None],
        time_scale: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliver, self._scale, self._clock = deliver, time_scale, clock
        self._changed = threading.Condition()
        self._buffers: dict[str, Buffer] = {}
        self._batches: list[Batch] = []
        self._in_flight = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, stream: str, records: Sequence[Record], hints: Hints) -> None:
        """Buffer records of the stream with this ARN."""
        with self._changed:
            buffer = self._buffers.setdefault(stream, Buffer(stream, hints))
            self._batches += buffer.add(records, hints, self._clock())
            self._changed.notify_all()

    def discard(self, stream: str) -> int:
        """Forget what waits for this stream; answers how many records that were."""
        with self._changed:
            buffer = self._buffers.pop(stream, None)
            lost = sum(len(batch.records) for batch in self._batches if batch.stream == stream)
            self._batches = [batch for batch in self._batches if batch.stream != stream]
            return lost + (len(buffer.records) if buffer else 0)

    def keep(self, wanted: Callable[[str, Record], bool]) -> None:
        """Drop every waiting record that is not wanted (after a restart: those that had been delivered)."""
        with self._changed:
            for batch in self._batches:
                batch.records = tuple(record for record in batch.records if wanted(batch.stream, record))
            self._batches = [batch for batch in self._batches if batch.records]
            for buffer in self._buffers.values():
                buffer.records = [record for record in buffer.records if wanted(buffer.stream, record)]
                buffer.size = sum(len(record.data) for record in buffer.records)

    def waiting(self, stream: str) -> int:
        """How many records of the stream are not delivered yet."""
        with self._changed:
            buffer = self._buffers.get(stream)
            batches = sum(len(batch.records) for batch in self._batches if batch.stream == stream)
            return batches + (len(buffer.records) if buffer else 0)

    def oldest(self, stream: str) -> float | None:
        """When the oldest record came in that is not delivered yet, in seconds since 1970; None where there is none."""
        with self._changed:
            buffer = self._buffers.get(stream)
            waiting = [*(buffer.records if buffer else ())]
            for batch in self._batches:
                if batch.stream == stream:
                    waiting += batch.records
            return min((record.arrived.timestamp() for record in waiting), default=None)

    def start(self) -> None:
        """Begin to deliver."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sandbox-firehose", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop delivering; what waits stays where it is."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def flush(self) -> int:
        """One attempt now for everything that waits; answers how many batches were delivered.

        Batches that fail stay for their next attempt.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight == 0, timeout=60)
            batches = self._take(lambda _due: True)
        return sum(self._attempt(batch) for batch in batches)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._something_is_due():
                    # Whatever wakes this up, the next round looks again.
                    self._changed.wait(timeout=self._until_next())
                if self._closed:
                    return
                now = self._clock()
                batches = self._take(lambda due: due <= now)  # noqa: B023 - used before the next round
            for batch in batches:
                self._attempt(batch)

    def _dues(self) -> list[float]:
        """When each batch, and each buffer that holds something, is due."""
        dues = [batch.due for batch in self._batches]
        return dues + [buffer.due(self._scale) for buffer in self._buffers.values() if buffer.records]

    def _something_is_due(self) -> bool:
        return self._closed or any(due <= self._clock() for due in self._dues())

    def _until_next(self) -> float | None:
        return max(0.0, min(dues) - self._clock()) if (dues := self._dues()) else None

    def _take(self, chosen: Callable[[float], bool]) -> list[Batch]:
        """Take out the batches and seal the buffers that are chosen by when they are due; the lock is held."""
        now = self._clock()
        taken = [batch for batch in self._batches if chosen(batch.due)]
        self._batches = [batch for batch in self._batches if not chosen(batch.due)]
        for buffer in self._buffers.values():
            if buffer.records and chosen(buffer.due(self._scale)):
                taken.append(buffer.seal(now))
        self._in_flight += len(taken)
        return taken

    def _attempt(self, batch: Batch) -> bool:
        delivered = False
        try:
            self._deliver(batch)
            delivered = True
        except Exception as error:  # Whatever went wrong, the records are kept and tried again, as AWS does.
            log.warning("delivery.failed", stream=batch.stream, attempt=batch.attempts + 1, error=str(error))
        with self._changed:
            self._in_flight -= 1
            if not delivered:
                if batch.postpone(self._clock(), self._scale):
                    self._batches.append(batch)
                else:
                    log.error("delivery.given_up", stream=batch.stream, records=len(batch.records))
            self._changed.notify_all()
        return delivered


class Errands:
    """Runs what it is given on one thread, in order."""

    def __init__(self, name: str) -> None:
        self._queue: queue.Queue[Callable[[], object] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._name = name

    def add(self, errand: Callable[[], object]) -> None:
        """Append an errand; it runs once `start` was called."""
        self._queue.put(errand)

    def start(self) -> None:
        """Begin with the first errand."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def drain(self, timeout: float = 60.0) -> None:
        """Return when everything that was added before has run.

        :raises TimeoutError: it has not within `timeout` seconds.
        """
        reached = threading.Event()
        self.add(reached.set)
        if not reached.wait(timeout):
            raise TimeoutError(f"{self._name} did not finish within {timeout} s")

    def close(self) -> None:
        """Run what was added before, then stop."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while (errand := self._queue.get()) is not None:
            try:
                errand()
            except Exception:
                # An errand that fails must not keep the ones behind it from running.
                log.exception("delivery.errand_failed")
