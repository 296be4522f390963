"""All processes of one machine under one parent: `logflume serve`. Whatever it started, it ends."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import structlog

from service.engine.supervisor import end_process, start_time
from service.settings import Settings

log = structlog.get_logger(__name__)

STOP_SECONDS = 40.0
"""A worker first ends its engines and lets them save."""
NOTED = "processes.json"


class Stopped(Exception):
    """Somebody asked to stop before everything was up."""


class Group:
    """Child processes that live and die together."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_stop = False

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start `logflume <command>`, its log in `home/logs/<name>.log`."""
        logs = self._home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with open(logs / f"{name}.log", "ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "service", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this process alone, which stops the others in order.
            )
        self._children[name] = child
        noted = {n: {"pid": c.pid, "started": start_time(c.pid)} for n, c in self._children.items()}
        (self._home / NOTED).write_text(json.dumps(noted))

    def end_leftovers(self) -> None:
        """End what an earlier group of this home left running because it was killed; a reused pid is left alone."""
        try:
            noted = json.loads((self._home / NOTED).read_text())
        except (FileNotFoundError, ValueError):
            return
        for name, process in reversed(noted.items()):
            if process["started"] is not None and start_time(process["pid"]) == process["started"]:
                log.warning("process.leftover_ended", process=name)
                os.kill(process["pid"], signal.SIGTERM)
                end_process(process["pid"], STOP_SECONDS)

    def wait_for(self, name: str, url: str, seconds: float = 60.0) -> None:
        """Wait until `url` answers 200.

        Raises:
            RuntimeError: the process ended first, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while not answers(url):
            if self._asked_to_stop:
                raise Stopped
            if self._children[name].poll() is not None:
                raise RuntimeError(
                    f"{name} ended before it was ready; see {self._home / 'logs' / (name + '.log')}"
                )
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not answer at {url} within {seconds:.0f} s")
            time.sleep(0.1)

    def watch(self) -> int:
        """Stay until asked to stop (0), or until one of the processes ends by itself (1)."""
        while not self._asked_to_stop:
            for name, child in self._children.items():
                if child.poll() is not None:
                    log.error("process.ended", process=name, code=child.returncode)
                    return 1
            time.sleep(0.2)
        return 0

    def listen(self) -> None:
        """Take every ask to stop from now on, also while things are being started."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def stop(self) -> None:
        """End all in reverse order of their start; those that do not listen are killed."""
        for name, child in reversed(self._children.items()):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    log.warning("process.killed", process=name)
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
        (self._home / NOTED).unlink(missing_ok=True)


def serve(settings: Settings) -> int:
    """Run the sandbox (in sandbox mode), the web and a worker until asked to stop."""
    from service import bootstrap, migrate, postgres
    from service.db import database_url

    group = Group(settings.home_path)
    settings.home_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (settings.home_path / "serve.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        sys.stderr.write(f"logflume: {settings.home_path} is being served already\n")
        return 1
    group.listen()
    group.end_leftovers()
    try:
        if settings.mode == "sandbox":
            group.start("sandbox", ["sandbox"])
        migrate.upgrade(database_url(settings))
        if settings.mode == "sandbox":
            group.wait_for("sandbox", f"{settings.sandbox_url}/_sandbox/health")
            bootstrap.sandbox(settings)
        group.start("web", ["web"])
        group.start("worker", ["worker"])
        group.wait_for("web", f"http://{settings.host}:{settings.port}/readyz")
        log.info("serving", address=f"http://{settings.host}:{settings.port}", sandbox=settings.sandbox_url)
        return group.watch()
    except Stopped:
        return 0
    finally:
        group.stop()
        lock.close()
        if settings.database_url is None:
            postgres.stop_server(settings.home_path)


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - an http URL of our own making.
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
