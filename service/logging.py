"""Structured logs: one event a line, its name a constant, everything that varies in fields.

Standard library loggers (uvicorn, procrastinate, asyncio, …) go through the same formatter. `bound` puts the ids of
the request, source and operation at hand into every line of a block.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.settings import Settings

REDACTED = "[redacted]"
SECRET_WORDS = (
    "password",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "cookie",
    "credential",
    "private_key",
    "access_key",
    "external_id",
    "database_url",
)
"""A field whose name contains one of these is not written, at any depth."""
NOT_SECRET = ("fencing_token", "token_name", "secrets_provider")
NOISY = {
    "botocore": "WARNING",
    "boto3": "WARNING",
    "urllib3": "WARNING",
    "werkzeug": "WARNING",
    "waitress": "INFO",
    "procrastinate": "WARNING",
    "alembic.runtime.plugins": "WARNING",
}


def setup(settings: Settings, level: int = logging.INFO) -> None:
    """Configure structlog and the standard library's logging for this process; may be called again."""
    as_json = settings.log_format == "json" or (settings.log_format is None and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # Loggers made before this call follow it too.
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(as_json))
    )
    _take_over(handler, level)


def bound(**ids: str) -> AbstractContextManager[None]:
    """Put ids (`request_id`, `source_id`, `operation_id`) into every line of a block, in this task or thread."""
    return structlog.contextvars.bound_contextvars(**ids)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide the values of fields whose names say that they are secret."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    name = key.lower().replace("-", "_")
    if name not in NOT_SECRET and any(word in name for word in SECRET_WORDS):
        return REDACTED
    if isinstance(value, Mapping):
        return {inner: _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple) and key != "exc_info":  # That one is for the traceback's renderer.
        return [_redacted("", item) for item in value]
    return value


def _rendering(as_json: bool) -> list[Processor]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if as_json:
        # No local variables in a traceback: any of them may be a secret.
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        trace = structlog.processors.ExceptionRenderer(frames)
        return [strip, trace, structlog.processors.JSONRenderer(default=str)]
    plain = structlog.dev.plain_traceback
    return [strip, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _take_over(handler: logging.Handler, level: int) -> None:
    """One handler at the root; loggers that brought their own lose them, and are heard at the root."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in list(root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # The Pulumi SDK silences asyncio's logger in any process that has served a program.
    logging.getLogger("asyncio").setLevel(logging.NOTSET)
    for name, quiet in NOISY.items():
        logging.getLogger(name).setLevel(quiet)
