"""What a Firehose record is made of and what the processors of a stream make of it. Pure.

Source: "Send CloudWatch Logs data to Firehose" (decompression, message extraction and its FAQ) and "Configure error
handling" in the Amazon Data Firehose Developer Guide; "Real-time processing of log data with subscriptions" in the
Amazon CloudWatch Logs User Guide.

The guide's sample of message extraction shows one message a line, so the messages of one record are joined by a
newline. Between records there is a newline only with the processor ``AppendDelimiterToRecord``, as for any data.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CONTROL_TEXT = "CWL CONTROL MESSAGE: Checking health of destination Firehose."
DECOMPRESSION_FAILED = "decompression-failed"
PROCESSING_FAILED = "processing-failed"


@dataclass(frozen=True)
class Record:
    """One record of a stream, as it was put."""

    data: bytes
    arrived: datetime
    """Aware."""


@dataclass(frozen=True)
class Failure:
    """A record that a processor could not read."""

    record: Record
    kind: str
    """The ``error-output-type``: `DECOMPRESSION_FAILED` or `PROCESSING_FAILED`."""
    message: str


@dataclass(frozen=True)
class Processed:
    """What is left to write: the body of the object, and the records that go to the error prefix."""

    body: bytes
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class Processors:
    """The processors of a stream that the sandbox simulates."""

    decompress: bool = False
    extract: bool = False
    delimiter: bytes = b""

    @classmethod
    def of(cls, configuration: dict[str, Any] | None) -> Processors:
        """Read a ``ProcessingConfiguration``; one that is not enabled does nothing."""
        if not configuration or configuration.get("Enabled") is False:
            return cls()
        found = {
            processor["Type"]: {
                parameter["ParameterName"]: parameter["ParameterValue"]
                for parameter in processor.get("Parameters") or ()
            }
            for processor in configuration.get("Processors") or ()
        }
        extraction = found.get("CloudWatchLogProcessing", {}).get("DataMessageExtraction", "false")
        delimiter = found.get("AppendDelimiterToRecord")
        return cls(
            decompress="Decompression" in found,
            extract=extraction.lower() == "true",
            # The API takes the delimiter as the two characters \n.
            delimiter=b""
            if delimiter is None
            else delimiter.get("Delimiter", "\\n").replace("\\n", "\n").encode(),
        )

    def process(self, records: Sequence[Record]) -> Processed:
        """Run the records through the processors, in the order in which AWS runs them."""
        parts: list[bytes] = []
        failures: list[Failure] = []
        for record in records:
            outcome = self._one(record)
            if isinstance(outcome, Failure):
                failures.append(outcome)
            elif outcome is not None:
                parts.append(outcome + self.delimiter)
        return Processed(b"".join(parts), failures)

    def _one(self, record: Record) -> bytes | Failure | None:
        data = record.data
        if self.decompress:
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError, zlib.error) as error:
                return Failure(record, DECOMPRESSION_FAILED, f"The record could not be decompressed: {error}")
        if not self.extract:
            return data
        try:
            envelope = json.loads(data)
            if envelope["messageType"] == "CONTROL_MESSAGE":
                return None
            return "\n".join(event["message"] for event in envelope["logEvents"]).encode()
        except (ValueError, KeyError, TypeError) as error:
            return Failure(record, PROCESSING_FAILED, f"The record is no CloudWatch Logs record: {error!r}")


def pack(envelope: dict[str, Any]) -> bytes:
    """The record CloudWatch Logs sends: compact JSON, compressed with gzip; equal envelopes give equal bytes."""
    return gzip.compress(json.dumps(envelope, separators=(",", ":")).encode(), mtime=0)


def data_message(
    owner: str, group: str, stream: str, filter_name: str, events: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The envelope of log events; `events` have ``id`` (56 digits), ``timestamp`` (ms) and ``message``."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [filter_name],
        "logEvents": list(events),
    }


def control_message(timestamp: int) -> dict[str, Any]:
    """The envelope CloudWatch Logs sends to see whether a destination can be reached; `timestamp` in ms."""
    return {
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [{"id": "", "timestamp": timestamp, "message": CONTROL_TEXT}],
    }


def error_lines(failures: Sequence[Failure], now: datetime) -> bytes:
    """The body of an error object: a JSON document a line, the record itself in base64."""
    return b"".join(_error_line(failure, now) for failure in failures)


def _error_line(failure: Failure, now: datetime) -> bytes:
    codes = {DECOMPRESSION_FAILED: "DecompressionFailed", PROCESSING_FAILED: "ProcessingFailed"}
    document = {
        "attemptsMade": 1,
        "arrivalTimestamp": int(failure.record.arrived.timestamp() * 1000),
        "errorCode": codes[failure.kind],
        "errorMessage": failure.message,
        "attemptEndingTimestamp": int(now.timestamp() * 1000),
        "rawData": base64.b64encode(failure.record.data).decode(),
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"
