"""Log lines: one event a line, ids in every line, no secret in any."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog

from service.logging import bound, setup
from service.settings import Settings


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_with_the_events_name(capsys: pytest.CaptureFixture[str]) -> None:
    early = structlog.get_logger("early")
    setup(Settings(log_format="json"))

    early.info("source_requested", kind="cloudwatch")

    (line,) = lines(capsys)
    assert line["event"] == "source_requested"
    assert (line["kind"], line["level"], line["logger"]) == ("cloudwatch", "info", "early")
    assert line["timestamp"].endswith("Z")


def test_ids_at_hand_are_in_every_line_of_the_block(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(log_format="json"))

    with bound(request_id="r1", source_id="s1"):
        structlog.get_logger().info("inside")
        logging.getLogger("library").info("of a library")
    structlog.get_logger().info("outside")

    inside, library, outside = lines(capsys)
    assert (inside["request_id"], library["source_id"]) == ("r1", "s1")
    assert "request_id" not in outside


@pytest.mark.parametrize(
    "name", ["password", "Authorization", "aws_secret_access_key", "session-token", "DATABASE_URL"]
)
def test_a_secret_is_hidden_at_any_depth(capsys: pytest.CaptureFixture[str], name: str) -> None:
    setup(Settings(log_format="json"))

    structlog.get_logger().info("seen", **{name: "hush"}, nested=[{"inner": {name: "hush"}}])
    logging.getLogger("library").info("seen", extra={name: "hush"})

    written = capsys.readouterr().err
    assert "hush" not in written
    assert written.count("[redacted]") == 3


def test_what_only_sounds_secret_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(log_format="json"))

    structlog.get_logger().info("lease_taken", fencing_token=7)

    assert lines(capsys)[0]["fencing_token"] == 7


def test_standard_library_loggers_go_the_same_way_once(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("uvicorn.access.test")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.propagate = False
    setup(Settings(log_format="json"))
    setup(Settings(log_format="json"))

    logger.warning("%s is slow", "it")

    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("it is slow", "warning")


def test_an_error_in_a_forgotten_task_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(log_format="json"))

    async def fails() -> None:
        raise ValueError("lost")

    async def forget() -> None:
        task = asyncio.ensure_future(fails())
        await asyncio.wait([task])

    asyncio.run(forget())
    gc.collect()

    (line,) = lines(capsys)
    assert line["logger"] == "asyncio"
    assert line["exception"][0]["exc_value"] == "lost"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_local_variables(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    setup(Settings(log_format=form))
    hidden = "".join(["hu", "sh"])

    try:
        raise ValueError(len(hidden))
    except ValueError:
        structlog.get_logger().exception("broken")

    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "hush" not in written


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings(log_format="console"))

    structlog.get_logger().info("source_requested", kind="cloudwatch")

    written = capsys.readouterr().err
    assert "source_requested" in written
    assert "kind=cloudwatch" in written
    assert not written.startswith("{")


def test_without_a_terminal_logs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Settings())

    structlog.get_logger().info("started")

    assert lines(capsys)[0]["event"] == "started"
