"""Start the child of an engine run, keep its lease alive while it works, end it when it must not go on."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol


class Stop(Exception):
    """Raised by `Watch.alive`: end the run, for this reason (`cancelled`, `lease_lost`, `shutdown`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Watch(Protocol):
    """What the caller wants to know and decide while the engine runs. Called from the supervising thread."""

    def alive(self) -> float:
        """Renew the lease; how many seconds it is good for. Raises `Stop` to end the run."""

    def progress(self) -> None:
        """The event log or the state may have grown."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int | None
    """Exit code of the CLI; None when the child died before it could say."""
    stopped: str | None = None
    """Why the run was ended early: cancelled, lease_lost, shutdown, timeout."""
    died: bool = False
    """The child went away without a word."""
    job_given: float | None = None
    cli_started: float | None = None
    cli_ended: float | None = None
    """Times (Unix seconds): the job was given, the CLI was seen started, the CLI was seen gone."""


class Child:
    """One `service.engine.child` process, used once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.engine.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("LOGFLUME_")},
            start_new_session=True,  # Ctrl-C is for the worker; it ends the child in its own way.
        )
        self._in, self._out, self._err = _pipes(self._process)
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def errors(self) -> str:
        """What the child wrote to stderr: why it died, if it did."""
        return "".join(self._errors)[-4000:]

    @property
    def usable(self) -> bool:
        """Whether the process still lives."""
        return self._process.poll() is None

    def _read(self) -> None:
        for line in self._out:
            try:
                self._inbox.put(json.loads(line))
            except ValueError:
                self._errors.append(line)
        self._inbox.put(None)

    def _read_errors(self) -> None:
        for line in self._err:
            self._errors.append(line)

    def say(self, message: dict[str, Any]) -> None:
        """Send one line; a child that is gone is noticed by `hear`."""
        try:
            self._in.write(json.dumps(message) + "\n")
            self._in.flush()
        except (BrokenPipeError, ValueError):
            pass

    def hear(self, timeout: float) -> dict[str, Any] | None:
        """The next message, `{}` when none came within `timeout` seconds, None when the child is gone."""
        try:
            return self._inbox.get(timeout=timeout)
        except queue.Empty:
            return {}

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def close(self) -> None:
        """End the process, which is idle or done, and reap it."""
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        self._out.close()
        self._err.close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("the child was started without pipes")
    return process.stdin, process.stdout, process.stderr


class Standby:
    """Children that have imported the SDK and wait. Each is used once: a run leaves nothing to the next."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._idle: list[Child] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Child:
        """A waiting child, or a new one."""
        with self._lock:
            while self._idle:
                child = self._idle.pop(0)
                if child.usable:
                    return child
                child.close()
        return Child()

    def fill(self) -> None:
        """Start children until enough wait. Called when a run has ended, so as not to compete with it for the CPU."""
        with self._lock:
            while not self._closed and len(self._idle) < self._size:
                self._idle.append(Child())

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()


def supervise(
    child: Child, job: dict[str, Any], watch: Watch, *, timeout: float, grace: float, tick: float = 0.5
) -> Ended:
    """Give the child its job and stay with it to the end. Blocks; the CLI is gone when this returns.

    `timeout` and `grace` are seconds; `tick` is how often events are looked at, the lease being renewed each `lease / 4`.
    """
    run = _Run(child, watch, deadline=time.monotonic() + timeout, grace=grace)
    began = time.time()
    child.say(job)
    renew_every = max(0.2, float(job["lease"]) / 4)
    next_renewal = 0.0
    while True:
        message = child.hear(tick)
        if message is None:
            return run.child_died(began)
        if message.get("event") == "started":
            run.cli, run.cli_started = int(message["pid"]), time.time()
            note_cli(Path(job["folder"]), run.cli)
        if message.get("event") == "ended":
            watch.progress()
            return Ended(int(message["code"]), run.stopped, False, began, run.cli_started, time.time())
        if time.monotonic() >= next_renewal:
            next_renewal = time.monotonic() + renew_every
            run.renew()
        run.check_deadline()
        watch.progress()


class _Run:
    def __init__(self, child: Child, watch: Watch, deadline: float, grace: float) -> None:
        self.child, self.watch, self.deadline, self.grace = child, watch, deadline, grace
        self.stopped: str | None = None
        self.stopped_at: float | None = None
        self.cli: int | None = None
        self.cli_started: float | None = None

    def renew(self) -> None:
        """Renew the lease and pass it on; the child keeps its own clock, in case this thread is held up."""
        try:
            self.child.say({"alive": self.watch.alive()})
        except Stop as stop:
            self.stop(stop.reason)

    def check_deadline(self) -> None:
        if self.stopped is None and time.monotonic() > self.deadline:
            self.stop("timeout")
        if self.stopped_at is not None and time.monotonic() > self.stopped_at + 3 * self.grace + 5:
            self.child.kill()  # It does not listen; its CLI is ended when it is gone.

    def stop(self, reason: str) -> None:
        if self.stopped is None:
            self.stopped, self.stopped_at = reason, time.monotonic()
            self.child.say({"stop": reason})

    def child_died(self, began: float) -> Ended:
        """The CLI has lost its program and ends by itself; it is waited for, since it may still write to AWS."""
        if self.cli is not None:
            end_process(self.cli, self.grace)
        return Ended(None, self.stopped, True, began, self.cli_started, time.time())


def note_cli(folder: Path, pid: int) -> None:
    """Leave word of who runs here, for a successor on this node."""
    (folder / "cli.json").write_text(json.dumps({"pid": pid, "started": start_time(pid)}))


def end_leftover(folder: Path, grace: float) -> bool:
    """End the CLI that a dead attempt left running in its folder; True when there was one."""
    try:
        noted = json.loads((folder / "cli.json").read_text())
    except (FileNotFoundError, ValueError):
        return False
    if noted["started"] is None or start_time(noted["pid"]) != noted["started"]:
        return False
    end_process(noted["pid"], grace)
    return True


def end_process(pid: int, grace: float, wait: Callable[[float], None] = time.sleep) -> None:
    """Give a process that is not our child `grace` seconds to end, then kill its session, and see it gone."""
    started = start_time(pid)
    deadline = time.monotonic() + grace
    while started is not None and start_time(pid) == started:
        if time.monotonic() > deadline:
            try:
                os.killpg(pid, 9)
            except ProcessLookupError:
                return
            deadline += 3600
        wait(0.05)


def start_time(pid: int) -> str | None:
    """Start time of a live process in clock ticks: with the pid it names a process for good. None for a dead one or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]
