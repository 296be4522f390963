"""A receiver on this machine, a clock that is moved by hand, and something to tell."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from service.environments import Environments
from service.notices import Notice, NoticeDelivery
from service.notifications.sender import Sender
from service.settings import Settings
from tests.jobs.world import ENVIRONMENTS
from tests.preflight.conftest import scene

__all__ = ["scene"]

KEY = b"0123456789abcdefghijklmn"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The time, as a test says it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Receiver:
    """An HTTP server that answers with what it is told, and remembers what it was sent."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    location: str = ""
    silent: threading.Event | None = None
    """While it is not set, nothing is answered."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if told.silent is not None:
                told.silent.wait(20)
            self.send_response(told.answers.pop(0) if told.answers else 204)
            if told.location:
                self.send_header("Location", told.location)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    if told.silent is not None:
        told.silent.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


def notice(**more: Any) -> Notice:
    """A stalled source of team payments."""
    source = {"id": "s1", "name": "pay", "environment": "default", "kind": "cloudwatch", "team": "payments"}
    condition = {
        "type": "Stalled",
        "status": "True",
        "before": "False",
        "reason": "AwsQuota",
        "message": "No more.",
    }
    fields: dict[str, Any] = {
        "id": "6f1c0e6e-0000-4000-8000-000000000001",
        "at": START,
        "event": "source.stalled",
        "source_id": "s1",
        "environment": "default",
        "team": "payments",
        "data": {"source": source, "condition": condition},
    }
    return Notice(**fields | more)


def store(engine: Engine, *notices: Notice) -> None:
    """Put notices into the outbox."""
    with Session(engine) as session:
        session.add_all(notices)
        session.commit()


def deliveries(engine: Engine) -> list[NoticeDelivery]:
    """Every delivery, by notice and subscription."""
    with Session(engine) as session:
        return list(
            session.exec(
                select(NoticeDelivery).order_by(
                    col(NoticeDelivery.notice_id), col(NoticeDelivery.subscription)
                )
            )
        )


def environments(tmp_path: Path, subscriptions: str) -> Environments:
    """The environments file with these subscriptions of `default`."""
    path = tmp_path / "environments.toml"
    path.write_text(ENVIRONMENTS + subscriptions)
    return Environments.load(path)


HOOK = """
[[environments.default.notifications]]
name = "hook"
type = "webhook"
url_from = "env:TEST_NOTIFY_URL"
secret_from = "env:TEST_NOTIFY_SECRET"
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(
    engine: Engine, tmp_path: Path, clock: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Sender:
    """A sender that knows where the receiver is and what signs for it."""
    monkeypatch.setenv("TEST_NOTIFY_URL", receiver.url)
    monkeypatch.setenv("TEST_NOTIFY_SECRET", "whsec_" + base64.b64encode(KEY).decode())
    settings = Settings(home=tmp_path, notify_loopback=True)
    return Sender(engine, environments(tmp_path, HOOK), settings, clock)


def ids(number: int) -> list[str]:
    return [f"6f1c0e6e-0000-4000-8000-{n:012}" for n in range(number)]
