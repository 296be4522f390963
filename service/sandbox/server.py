"""The sandbox as an HTTP server on loopback."""

from __future__ import annotations

import logging
import re
import socket
import threading
import warnings
from pathlib import Path
from typing import Any

import structlog
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import WSGITask

from service.sandbox import clock, collectors, delivery
from service.sandbox.controls import CONTROLS, OWN_CHANGES, REPORTS
from service.sandbox.emulator import Emulator, UnansweredError

log = structlog.get_logger()

METADATA_NAME = re.compile(rb"^X-Amz-Meta-[^:]+", re.MULTILINE)

THREADS = 32
"""moto runs one request at a time; the others are for clients that wait for messages and for deliveries."""


class _Task(WSGITask):
    """Leaves the names of S3 metadata in lower case, as S3 sends them: clients take them for the keys. Loses answers."""

    def build_response_header(self) -> bytes:
        head: bytes = super().build_response_header()
        return METADATA_NAME.sub(lambda name: name[0].lower(), head)

    def execute(self) -> None:
        """Close the connection where the answer is to be lost; so waitress takes a client that has gone."""
        try:
            super().execute()
        except UnansweredError:
            raise ClientDisconnected from None


class _Parser(HTTPRequestParser):
    """Asks nobody to go on who has sent everything: after a "100 Continue" waitress waits for a body, even an empty one."""

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.completed:
            self.expect_continue = False
        return consumed


class _Channel(HTTPChannel):
    task_class = _Task
    parser_class = _Parser


class Server:
    """A sandbox that listens from the start, and answers once `run()` has replayed the journal."""

    def __init__(self, port: int, home: Path, time_scale: float) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore", message=r"Exception\(RefusedError\)")
        listening = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._emulator = Emulator(home, CONTROLS, OWN_CHANGES, REPORTS, delivery.watch)
        self._server: Any = create_server(self._emulator, sockets=[listening], threads=THREADS)
        self._server.channel_class = _Channel
        self._stop = threading.Event()
        delivery.install(self.url, time_scale, home)
        collectors.install(self.url, time_scale, home)

    def run(self) -> None:
        """Serve until `stop()`. Deliveries end first, while the sandbox still answers them."""
        try:
            count = self._emulator.replay()
            threading.Thread(target=self._answer, name="sandbox-http", daemon=True).start()
            delivery.resume()
            collectors.resume()
            log.info("sandbox_started", url=self.url, changes=count)
            self._emulator.look_at_the_clock()
            while not self._stop.wait(clock.until_midnight()):
                self._emulator.look_at_the_clock()
        finally:
            collectors.close()
            delivery.close()
            self._server.close()
            self._emulator.close()
            log.info("sandbox_stopped", url=self.url)

    def stop(self) -> None:
        """Let `run()` return. May be called from a signal handler and from any thread."""
        self._stop.set()

    def _answer(self) -> None:
        try:
            self._server.run()
        finally:
            self._stop.set()


def serve(port: int, home: Path, time_scale: float) -> Server:
    """A server bound to `port` (0: any free one) that keeps its journal under `home`.

    `time_scale` is how many seconds of AWS time pass in one second. Raises OSError where the port is taken.
    """
    return Server(port, home, time_scale)
