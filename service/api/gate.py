"""What every request passes before a handler sees it: an id, a size, content types, JSON that can be kept."""

from __future__ import annotations

import asyncio
import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyTooLarge, LogflumeError, NotAcceptable, WrongContentType

from . import accept, body
from .metrics import RequestCounts
from .problems import problem

log = structlog.get_logger(__name__)

LARGEST_BODY = 256 * 1024
API = "/v1/"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
_TEXT = re.compile(r"/v1/sources/[^/]+/consumers/[^/]+")
"""What is text to paste, and not JSON."""
_LENGTH = re.compile(r"[0-9]+")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Gate:
    """Refuses bodies over 256 KiB (chunked ones too) and API calls without JSON; answers HEAD as GET; logs each request."""

    def __init__(self, app: ASGIApp, *, sandbox: bool, counts: RequestCounts) -> None:
        self._app, self._sandbox, self._counts = app, sandbox, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        began, answered = time.monotonic(), {"status": 0}
        method, started = scope["method"], asyncio.Event()
        if method == "HEAD":
            # A GET of which nobody reads the body (RFC 9110, 9.3.2): a stream ends after its first look.
            scope, receive = {**scope, "method": "GET"}, _gone_after(started)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-ID"] = request_id
                if self._sandbox:
                    out["X-Logflume-Sandbox"] = "1"
                started.set()
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._guarded(scope, receive, send_with_headers, headers)
            self._counts.note(method, scope, answered["status"])
            took = round(time.monotonic() - began, 4)
            log.info("request", method=method, path=scope["path"], status=answered["status"], seconds=took)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        try:
            _check(scope, headers)
            sent = await _read(receive) if scope["method"] in WITH_BODY else None
            if sent and scope["path"].startswith(API):
                body.check(sent)
        except LogflumeError as error:
            await problem(error)(scope, receive, send)
            return
        await self._app(scope, receive if sent is None else _again(sent, receive), send)


def _check(scope: Scope, headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if _LENGTH.fullmatch(length) and (len(length) > 9 or int(length) > LARGEST_BODY):
        raise _too_large()
    if not scope["path"].startswith(API):
        return
    offers = _offers(scope["path"])
    if not accept.takes(", ".join(headers.getlist("accept")), offers):
        raise NotAcceptable(f"This is answered with {offers[0]}; send an Accept that takes it.")
    has_body = length not in ("", "0") or "transfer-encoding" in headers
    if has_body and scope["method"] in WITH_BODY:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise WrongContentType("Send the body as application/json.")


def _offers(path: str) -> tuple[str, ...]:
    """The content types that an address can be answered with."""
    if path.endswith("/events"):
        return (*accept.JSON, accept.EVENTS)
    return (accept.TEXT,) if _TEXT.fullmatch(path) else accept.JSON


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {LARGEST_BODY} bytes.", headers={"Connection": "close"})


async def _read(receive: Receive) -> bytes:
    """The whole body; its size is known only while it comes."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            raise _too_large()
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, for the app; after it whatever comes (a disconnect)."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


def _gone_after(started: asyncio.Event) -> Receive:
    async def receive_gone() -> Message:
        await started.wait()
        return {"type": "http.disconnect"}

    return receive_gone
