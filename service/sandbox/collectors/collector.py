"""One instance: takes messages in as its configuration says, buffers them on disk, and writes them to S3 under its role."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.sandbox.collectors.network import Protocol
from service.sandbox.collectors.script import Script, Unreadable
from service.sandbox.collectors.syslog import Event, event_of

Client = Callable[[str], Any]
"""Service name in, a client with the credentials of the instance's role out. Raises where the role cannot be taken."""

_PLACEHOLDER = re.compile(r"%\{(\w+)\}")
_NEEDED = {
    "auto_create_bucket": "false",
    "check_bucket": "false",
    "check_object": "false",
    "store_as": "gzip",
}
"""Of `out_s3`: the only values that are played. Each other value needs permissions that are not asked for here."""


class Collector:
    """What stands in for one Fluentd. Messages are kept until an object with them exists, across restarts too."""

    def __init__(
        self,
        instance: str,
        script: Script,
        client: Client,
        home: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        output = script.output
        wrong = [name for name, value in _NEEDED.items() if output.params.get(name) != value]
        if wrong or output.inner("format").params.get("@type") != "json":
            raise Unreadable(f"the stand-in does not play these settings of out_s3: {wrong or 'format'}")
        self.instance, self.script = instance, script
        self._output, self._client, self._clock = output, client, clock
        self._lock = threading.Lock()
        self._file = home / f"{instance}.jsonl"
        self._events: list[tuple[float, Event]] = _kept(self._file)
        self._open = True

    def listens(self, protocol: Protocol, port: int) -> bool:
        """Whether a `<source>` of the configuration takes messages in there."""
        return any(
            source.inner("transport").argument == protocol and int(source.params["port"]) == port
            for source in self.script.sources("syslog")
        )

    def healthy(self, port: int) -> bool:
        """Whether health checks at this port are answered."""
        ports = {int(source.params["port"]) for source in self.script.sources("monitor_agent")}
        return port in ports or self.listens("tcp", port)

    def accept(self, message: bytes, sender: str, protocol: Protocol, port: int) -> bool:
        """Take one message in; False once the instance has begun to go."""
        source = next(
            one
            for one in self.script.sources("syslog")
            if one.inner("transport").argument == protocol and int(one.params["port"]) == port
        )
        limit = int(source.params.get("message_length_limit", 2048))
        now = self._clock()
        event = event_of(message[:limit], source.params["tag"], datetime.fromtimestamp(now, UTC))
        event.record[source.params.get("source_address_key", "source_address")] = sender
        with self._lock:
            if self._open:
                self._events.append((now, event))
                with self._file.open("a") as file:
                    file.write(_line(now, event))
            return self._open

    def close(self) -> None:
        """Take nothing more in."""
        with self._lock:
            self._open = False

    @property
    def buffered(self) -> int:
        """How many messages are not written yet."""
        with self._lock:
            return len(self._events)

    def due(self, time_scale: float) -> float | None:
        """When the oldest chunk is to be written: a slice of time and the wait after it, counted from its first message."""
        buffer = self._output.inner("buffer")
        seconds = buffer.seconds("timekey", 86400) + buffer.seconds("timekey_wait", 600)
        with self._lock:
            oldest = min((arrived for arrived, _ in self._events), default=None)
        return None if oldest is None else oldest + seconds / time_scale

    def flush(self) -> int:
        """Write everything that waits, an object for each slice of time; answers how many objects that were.

        Raises what the role, the bucket or the key refuse; what was not written is kept.
        """
        timekey = self._output.inner("buffer").seconds("timekey", 86400)
        with self._lock:
            waiting = list(self._events)
        chunks: dict[int, list[tuple[float, Event]]] = defaultdict(list)
        for arrived, event in waiting:
            chunks[int(event.time // timekey * timekey)].append((arrived, event))
        for start, chunk in sorted(chunks.items()):
            self._write(start, [event for _, event in chunk])
            self._forget(chunk)
        return len(chunks)

    def complete(self) -> None:
        """Say that the instance may go, as the start-up script's drain service does."""
        words = self.script.constants
        self._client("autoscaling").complete_lifecycle_action(
            AutoScalingGroupName=words["GROUP"],
            LifecycleHookName=words["HOOK"],
            InstanceId=self.instance,
            LifecycleActionResult="CONTINUE",
        )

    def forget(self) -> None:
        """Its disk goes with it."""
        self._file.unlink(missing_ok=True)

    def _write(self, start: int, events: list[Event]) -> None:
        body = "".join(json.dumps(self._shown(event), ensure_ascii=False) + "\n" for event in events)
        self._client("s3").put_object(
            Bucket=self._output.params["s3_bucket"],
            Key=self._key(start),
            Body=gzip.compress(body.encode()),
            ContentType="application/x-gzip",
        )

    def _key(self, start: int) -> str:
        at = datetime.fromtimestamp(start, UTC)
        values = {
            "path": at.strftime(self._output.params["path"]),
            "time_slice": at.strftime(self._output.params["time_slice_format"]),
            "uuid_flush": str(uuid.uuid4()),
            "file_extension": "gz",
        }
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self._output.params["s3_object_key_format"])

    def _shown(self, event: Event) -> dict[str, str]:
        inject = self._output.inner("inject").params
        if "time_key" not in inject:
            return event.record
        at = datetime.fromtimestamp(event.time, UTC)
        nanoseconds = f"{at.microsecond * 1000:09d}"
        return {
            **event.record,
            inject["time_key"]: at.strftime(inject["time_format"].replace("%N", nanoseconds)),
        }

    def _forget(self, chunk: list[tuple[float, Event]]) -> None:
        written = {id(event) for _, event in chunk}
        with self._lock:
            self._events = [(arrived, event) for arrived, event in self._events if id(event) not in written]
            self._file.write_text("".join(_line(arrived, event) for arrived, event in self._events))


def _line(arrived: float, event: Event) -> str:
    return json.dumps({"arrived": arrived, **asdict(event)}) + "\n"


def _kept(file: Path) -> list[tuple[float, Event]]:
    """What was buffered before a restart; a last line that a dying process left unfinished is none."""
    if not file.exists():
        return []
    kept = []
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            fields = json.loads(line)
            kept.append((fields.pop("arrived"), Event(**fields)))
    return kept
