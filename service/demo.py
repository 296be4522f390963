"""The main job, once, for real: ask for a source over REST, write a log line, find it in the log account.

Talks to the service as any tool would (HTTP) and to the sandbox as any AWS client would (boto3). Nothing here
reaches into the product.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import boto3

from service.engine.cli import find_pulumi
from service.processes import answers
from service.settings import Settings

PRODUCTION, LOG = "111111111111", "222222222222"
REGION = "eu-west-3"
NAME, GROUP = "payments-api", "/aws/lambda/payments"
MINUTE_IN_A_SECOND = "60"
"""Sandbox time for the demo: Firehose buffers for a minute, nobody waits for one."""


def run(settings: Settings, *, once: bool) -> int:
    """Run the journey and print it. With `once` everything is stopped at the end; without, it runs until Ctrl-C."""
    journey = Journey(settings)
    journey.say("the Pulumi engine")
    journey.note(str(find_pulumi(settings, progress=journey.note)))
    service = journey.start()
    try:
        journey.ask()
        marks = journey.write_events()
        key = journey.find(marks)
        journey.message(key)
    except DemoFailed as error:
        journey.note(f"FAILED: {error}")
        _stop(service)
        return 1
    journey.say("done")
    return _leave(settings, service, once)


class DemoFailed(Exception):
    """A step of the journey did not come out as it should."""


@dataclass
class Journey:
    """The steps, each timed."""

    settings: Settings
    began: float = field(default_factory=time.monotonic)
    outputs: dict[str, Any] = field(default_factory=dict)

    def say(self, title: str) -> None:
        """Head a step with the seconds since the start."""
        sys.stdout.write(f"\n[{time.monotonic() - self.began:6.1f} s] {title}\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line below the step."""
        sys.stdout.write(f"           {text}\n")
        sys.stdout.flush()

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def start(self) -> subprocess.Popen[bytes] | None:
        """Start `logflume serve`, or use the one that runs."""
        self.say("start database, sandbox AWS, web and worker")
        if answers(f"{self.url}/readyz"):
            self.note(f"already running at {self.url}")
            return None
        log = self.settings.home_path / "logs" / "serve.log"
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.note(f"its log: {log}")
        with log.open("ab") as out:
            service = subprocess.Popen(
                [sys.executable, "-m", "service", "serve"],
                env={"LOGFLUME_SANDBOX_TIME_SCALE": MINUTE_IN_A_SECOND, **os.environ},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        for _ in range(1200):
            if answers(f"{self.url}/readyz"):
                self.note(f"ready at {self.url}")
                return service
            if service.poll() is not None:
                raise SystemExit(f"logflume: the service ended before it was ready; {log} says why")
            time.sleep(0.1)
        _stop(service)
        raise SystemExit("logflume: the service was not ready within two minutes")

    def ask(self) -> None:
        """Request the log source and follow its operation to the end."""
        self.say(f"ask for log source {NAME!r} over REST")
        aws("logs", PRODUCTION, self.settings, _ensure_group)
        wish = {"name": NAME, "environment": "default", "kind": "cloudwatch", "team": "payments",
                "spec": {"log_group": GROUP, "retention_days": 400}}  # fmt: skip
        status, answer = self.call("POST", "/v1/sources", wish)
        if status == 409 and answer.get("code") == "name_taken":
            found = self.call("GET", f"/v1/sources?name={NAME}&environment=default")[1]["items"][0]
            self.note(f"asked for by an earlier run: {found['status']['phase']}")
            answer = found
        elif status != 202:
            raise DemoFailed(f"POST /v1/sources answered {status}: {answer}")
        if answer["status"]["phase"] != "ready":
            self._follow(answer["status"]["operation"]["id"])
        stack = self.call("GET", f"/v1/sources/{answer['id']}/stack")[1]
        self.outputs = stack["outputs"]
        accounts = [resource["account"] for resource in stack["resources"]]
        self.note(
            f"{accounts.count(PRODUCTION)} resources in production, {accounts.count(LOG)} in the log account"
        )

    def _follow(self, operation_id: str) -> None:
        for name, data in self._events(operation_id):
            if name != "engine_output":
                self.note(f"{name:<10} {data.get('message', '')}")
        operation = self.call("GET", f"/v1/operations/{operation_id}")[1]
        if operation["state"] != "succeeded":
            raise DemoFailed(f"the operation ended {operation['state']}: {operation['error']}")

    def _events(self, operation_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The operation's server-sent events until the stream closes."""
        with self._open(self._request("GET", f"/v1/operations/{operation_id}/events"), 300) as stream:
            name = ""
            for raw in stream:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))

    def write_events(self) -> list[str]:
        """Write three events into the production log group; their marks."""
        self.say(f"write log events to {GROUP} in production {PRODUCTION}")
        stamp = time.time_ns()
        marks = [f"demo-{stamp}-{n}" for n in range(3)]
        entries = [
            {"timestamp": int(time.time() * 1000), "message": json.dumps({"level": "info", "mark": mark})}
            for mark in marks
        ]
        stream = f"demo/{stamp}"

        def put(logs: Any) -> None:
            logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
            logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=entries)

        aws("logs", PRODUCTION, self.settings, put)
        self.note(entries[0]["message"])  # type: ignore[arg-type]  # The dict holds a number and a text.
        return marks

    def find(self, marks: list[str]) -> str:
        """Wait for the object with all marks in the log account's bucket; its key."""
        self.say(f"find them in bucket {self.outputs['bucket']} of log account {LOG}")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            key = aws("s3", LOG, self.settings, lambda s3: self._object_with(s3, marks))
            if key is not None:
                return str(key)
            time.sleep(0.3)
        raise DemoFailed("the events did not arrive within a minute")

    def _object_with(self, s3: Any, marks: list[str]) -> str | None:
        bucket = self.outputs["bucket"]
        objects = s3.list_objects_v2(Bucket=bucket, Prefix="logs/").get("Contents", [])
        for entry in sorted(objects, key=lambda item: item["LastModified"], reverse=True)[:5]:
            got = s3.get_object(Bucket=bucket, Key=entry["Key"])
            lines = gzip.decompress(got["Body"].read()).decode().splitlines()
            if all(any(mark in line for line in lines) for mark in marks):
                self.note(f"s3://{bucket}/{entry['Key']}")
                self.note(
                    f"{entry['Size']} bytes of gzip, encrypted with {got['ServerSideEncryption']} {got['SSEKMSKeyId']}"
                )
                for line in lines[:3]:
                    self.note(line)
                return str(entry["Key"])
        return None

    def message(self, key: str) -> None:
        """Receive the queue message that announces the object."""
        self.say(f"read the announcement in {self.queue_url}")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            body = aws("sqs", LOG, self.settings, self._receive)
            if body and key in urllib.parse.unquote(body):
                self.note(body[:300] + ("…" if len(body) > 300 else ""))
                return
        raise DemoFailed("no message announced the object")

    @property
    def queue_url(self) -> str:
        """Where Elastic would look for new objects."""
        return str(self.outputs["consumers"]["elastic"]["queue_url"])

    def _receive(self, sqs: Any) -> str | None:
        url = self.queue_url
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2, MaxNumberOfMessages=1).get(
            "Messages", []
        ):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return str(message["Body"])
        return None

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One REST call as the requester of team payments: status and JSON."""
        try:
            with self._open(self._request(method, path, body), 30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def _open(self, request: urllib.request.Request, seconds: float) -> Any:
        return urllib.request.urlopen(request, timeout=seconds)  # noqa: S310 - an http URL of our own making.

    def _request(self, method: str, path: str, body: Any = None) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer dev-requester", "Content-Type": "application/json"}
        return urllib.request.Request(f"{self.url}{path}", data, headers, method=method)  # noqa: S310 - our own http URL.


def aws(service: str, account: str, settings: Settings, use: Any) -> Any:
    """Call `use` with a boto3 client that is `account`'s root in the sandbox."""
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url=settings.sandbox_url,
        aws_access_key_id=account,
        aws_secret_access_key="test",  # noqa: S106 - the sandbox's published secret.
    )
    try:
        return use(client)
    finally:
        client.close()


def _ensure_group(logs: Any) -> None:
    try:
        logs.create_log_group(logGroupName=GROUP)
    except logs.exceptions.ResourceAlreadyExistsException:
        return


def _leave(settings: Settings, service: subprocess.Popen[bytes] | None, once: bool) -> int:
    """Stop what was started, or leave it running until Ctrl-C."""
    if service is None:
        return 0
    if once:
        _stop(service)
        return 0
    sys.stdout.write(
        f"\nlogflume is running at http://{settings.host}:{settings.port} (sign in as any of the four dev identities).\n"
    )
    sys.stdout.write(f"Sandbox AWS is at {settings.sandbox_url}. Ctrl-C stops everything.\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return service.wait()
    except KeyboardInterrupt:
        _stop(service)
        return 0


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _stop(service: subprocess.Popen[bytes] | None) -> None:
    if service is not None and service.poll() is None:
        service.terminate()
        service.wait(60)
