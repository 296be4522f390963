"""What AWS does again and again by itself: errands with a period, on one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

Errand = Callable[[], object]


@dataclass
class _Timer:
    period: float
    due: float
    errand: Errand


class Timers:
    """Hands each errand to `run` when it is due. Periods are seconds of AWS time; `time_scale` of them pass in a second."""

    def __init__(
        self, run: Callable[[Errand], object], time_scale: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._run_errand, self._scale, self._clock = run, time_scale, clock
        self._changed = threading.Condition()
        self._timers: dict[Hashable, _Timer] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def every(self, name: Hashable, period: float, errand: Errand) -> None:
        """Begin to run an errand every `period` seconds, the first time after one.

        Asked again with the same period, the errand of this name goes on as before.
        """
        with self._changed:
            present = self._timers.get(name)
            if present is None or present.period != period:
                self._timers[name] = _Timer(period, self._clock() + period / self._scale, errand)
            self._changed.notify_all()

    def cancel(self, name: Hashable) -> None:
        """Run the errand of this name no more."""
        with self._changed:
            self._timers.pop(name, None)

    def start(self) -> None:
        """Begin to look at the clock."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sandbox-timers", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop; an errand that was handed over goes on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._closed and not self._due():
                    # Whatever wakes this up, the next round looks again.
                    self._changed.wait(timeout=self._until_next())
                if self._closed:
                    return
                due = self._due()
                for timer in due:
                    timer.due = self._clock() + timer.period / self._scale
            for timer in due:
                self._run_errand(timer.errand)

    def _due(self) -> list[_Timer]:
        now = self._clock()
        return [timer for timer in self._timers.values() if timer.due <= now]

    def _until_next(self) -> float | None:
        dues = [timer.due for timer in self._timers.values()]
        return max(0.0, min(dues) - self._clock()) if dues else None
