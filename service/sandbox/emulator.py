"""AWS in one process: moto behind a layer that knows accounts, signatures and permissions.

A request is resolved to its operation and principal, authorised, held against what AWS refuses, served by
moto and, where it changed something, written to the journal before it is answered.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from pathlib import Path
from typing import Any

import structlog
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import sqs_backends

from service.sandbox import clock, faults, fixes
from service.sandbox.authoriser import authorise
from service.sandbox.call import Call, Denial
from service.sandbox.identity import identify, signature_of
from service.sandbox.journal import Change, Journal, changes_state
from service.sandbox.moment import EXCLUSIVE, Moment, new_moment, standing_at
from service.sandbox.refusals import refuse
from service.sandbox.routing import serving_account, with_found_key
from service.sandbox.wire import (
    Answer,
    Incoming,
    Operation,
    UnknownOperationError,
    failure,
    operation_of,
    success,
)

log = structlog.get_logger()

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Control = Callable[[bytes], tuple[int, dict[str, Any]]]
"""Something the sandbox is told to do, from the body of the request to status and answer."""
OwnChange = Callable[[dict[str, Any]], dict[str, Any]]
"""Something AWS does to moto's stores by itself, from one JSON object to another. A ValueError refuses."""
CONTROL_PATH = "/_sandbox/"

MARK = ("X-Logflume-Sandbox", "1")
DEFAULT_REGION = "us-east-1"
LONGEST_WAIT = 20.0
"""Seconds; https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""


class UnansweredError(Exception):
    """The call was served, and whoever asked is not to hear of it."""


class _Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which otherwise lists its own package folder twice in every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        if host is not None and self._backends[host] is None:
            raise NotImplementedError(f"no service answers at {host}")
        return self._backends[host]


class Emulator:
    """The WSGI application. `home` holds the journal; `controls` are what can be posted to ``/_sandbox/<name>``.

    So are `own_changes`, which are made under the lock, at a moment of S3's clock, and journalled like a request;
    `reports` can be read there. `watch` is told of every call that was answered.
    """

    def __init__(
        self,
        home: Path,
        controls: Mapping[str, Control],
        own_changes: Mapping[str, OwnChange],
        reports: Mapping[str, Control],
        watch: Callable[[Call, Answer, float], None],
    ) -> None:
        fixes.install()
        self._controls, self._own_changes, self._reports = controls, own_changes, reports
        self._watch = watch
        self._journal = Journal(home)
        self._moto = _Dispatcher()
        self._changed = threading.Condition()

    def replay(self) -> int:
        """Bring moto to where the journal says it was; the number of changes that took.

        A change that moto can no longer make (after an update, say) is logged and left out.
        """
        count = 0
        with EXCLUSIVE, self._journal.changes() as changes:
            for change in changes:
                count += 1
                try:
                    self._run(change)
                except Exception:
                    log.exception(
                        "sandbox_change_lost", method=change.incoming.method, path=change.incoming.path
                    )
        return count

    def close(self) -> None:
        """Close the journal."""
        with EXCLUSIVE:
            self._journal.close()

    def look_at_the_clock(self) -> None:
        """Let lifecycle rules do what fell due at the midnights that have passed, if any has."""
        if clock.midnight_passed():
            self._change(Incoming("POST", f"{CONTROL_PATH}clock", "", {}, b'{"forward": 0}'))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        incoming = _incoming(environ)
        answer = self._control(incoming) if incoming.path.startswith(CONTROL_PATH) else self._answer(incoming)
        headers = _sent_headers(answer, with_length=incoming.method != "HEAD")
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", headers)
        return [] if incoming.method == "HEAD" else [answer.body]

    def _control(self, incoming: Incoming) -> Answer:
        if (incoming.method, incoming.path) == ("GET", "/_sandbox/health"):
            return _json(200, {"status": "ok"})
        name = incoming.path.removeprefix(CONTROL_PATH)
        told = {"GET": self._reports, "POST": self._controls}.get(incoming.method, {})
        if name in told:
            return _json(*told[name](incoming.body))
        if incoming.method == "POST" and name in self._own_changes:
            return self._change(incoming)
        return _json(404, {"status": "not found"})

    def _change(self, incoming: Incoming) -> Answer:
        """Let AWS do something by itself, and remember it."""
        change = Change(incoming, "", new_moment("s3"))
        try:
            with EXCLUSIVE:
                answer = self._run(change)
                self._journal.append(change)
        except (KeyError, TypeError, ValueError) as error:
            return _json(400, {"status": "not understood", "reason": f"{type(error).__name__}: {error}"})
        with self._changed:
            self._changed.notify_all()
        return answer

    def _answer(self, incoming: Incoming) -> Answer:
        signature = signature_of(incoming)
        try:
            operation = operation_of(incoming, signature.signing_name if signature else None)
        except UnknownOperationError as error:
            return error.answer
        region = signature.region if signature else DEFAULT_REGION
        with EXCLUSIVE:
            principal = identify(incoming, signature)
        if isinstance(principal, Denial):
            return failure(operation, principal)
        call = Call(
            service=operation.service,
            operation=operation.name,
            account=principal.account or principal.source_account,
            region=region,
            principal=principal,
            params=with_found_key(operation.service, operation.name, operation.params, region),
            secure=incoming.headers.get("x-sandbox-transport") != "http",
            headers=incoming.headers,
        )
        with EXCLUSIVE:
            fault = faults.of(call, serving_account(call))
        if fault is None:
            return self._received(incoming, operation, call)
        fault.wait()
        answer = self._received(incoming, operation, call, fault.refusal(call))
        if fault.kind == "lost":
            raise UnansweredError
        return answer

    def _received(
        self, incoming: Incoming, operation: Operation, call: Call, told: Denial | None = None
    ) -> Answer:
        """Serve a call. SQS long polling asks again when something has changed, or a second is over, until the wait is."""
        polls = (call.service, call.operation) == ("sqs", "ReceiveMessage")
        deadline = time.monotonic() + (_patience(call) if polls else 0.0)
        while True:
            answer = self._serve(incoming, operation, call, told)
            left = deadline - time.monotonic()
            if left <= 0 or answer.status != 200 or b"MessageId" in answer.body:
                return answer
            with self._changed:
                self._changed.wait(min(left, 1.0))

    def _serve(self, incoming: Incoming, operation: Operation, call: Call, told: Denial | None) -> Answer:
        with EXCLUSIVE:
            now = new_moment(call.service)
            denial = told or authorise(call) or refuse(call)
            answer = failure(operation, denial) if denial else self._served(incoming, operation, call, now)
            self._watch(call, answer, now.time)
        with self._changed:
            self._changed.notify_all()
        return answer

    def _served(self, incoming: Incoming, operation: Operation, call: Call, now: Moment) -> Answer:
        if call.operation == "GetCallerIdentity" and call.principal.kind == "root":
            return success(operation, _root_identity(call))
        change = Change(incoming, serving_account(call), now)
        try:
            answer = self._run(change)
        except NotImplementedError as error:
            return failure(
                operation, Denial("NotImplemented", f"The sandbox does not play this: {error}", 501)
            )
        except Exception:
            log.exception("sandbox_fault", service=call.service, operation=call.operation)
            message = f"The sandbox failed in {call.service}:{call.operation}; its log says why."
            return failure(operation, Denial("InternalFailure", message, 500))
        if answer.body[:15].lower() == b"<!doctype html>":
            message = f"The sandbox does not play {call.service}:{call.operation}."
            return failure(operation, Denial("NotImplemented", message, 501))
        if answer.status < 400 and _worth_keeping(operation, answer):
            self._journal.append(change)
        return answer

    def _run(self, change: Change) -> Answer:
        """Let moto serve one request, or make one change of AWS's own, at its moment."""
        clock.begin(change.moment.time)
        own = self._own_changes.get(change.incoming.path.removeprefix(CONTROL_PATH))
        if own is not None:
            with standing_at(change.moment):
                return _json(200, own(json.loads(change.incoming.body)))
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started.update(status=int(status.split(" ", 1)[0]), headers=headers)

        with standing_at(change.moment):
            chunks = self._moto(change.incoming.environ(change.account), start_response)
            body = b"".join(chunks)
        return Answer(started["status"], started["headers"], body)


def _incoming(environ: dict[str, Any]) -> Incoming:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers.pop("x-moto-account-id", None)
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        headers["content-length"] = environ["CONTENT_LENGTH"]
    path, _, query = environ["REQUEST_URI"].partition("?")
    body = environ["wsgi.input"].read(length) if length else b""
    return Incoming(environ["REQUEST_METHOD"], path, query, headers, body)


def _sent_headers(answer: Answer, *, with_length: bool) -> list[tuple[str, str]]:
    """The headers of a response; `with_length` is False for HEAD, where the length is the object's."""
    replaced = ("connection", "content-length", "date") if with_length else ("connection", "date")
    headers = [(name, value) for name, value in answer.headers if name.lower() not in replaced]
    length = [("Content-Length", str(len(answer.body)))] if with_length else []
    return [*headers, *length, MARK]


def _worth_keeping(operation: Operation, answer: Answer) -> bool:
    """A receive that found nothing changed nothing."""
    if (operation.service, operation.name) == ("sqs", "ReceiveMessage"):
        return b"MessageId" in answer.body
    return changes_state(operation)


def _patience(call: Call) -> float:
    """Seconds a ReceiveMessage may wait: its own, or else the queue's."""
    wait = call.params.get("WaitTimeSeconds")
    if wait is None:
        name = str(call.params.get("QueueUrl", "")).rsplit("/", 1)[-1]
        queue: Any = sqs_backends[serving_account(call)][call.region].queues.get(name)
        wait = queue.receive_message_wait_time_seconds if queue else 0
    return min(float(wait), LONGEST_WAIT)


def _root_identity(call: Call) -> dict[str, Any]:
    """moto knows no root. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    return {"UserId": call.account, "Account": call.account, "Arn": call.principal.arn}


def _json(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(document).encode())
