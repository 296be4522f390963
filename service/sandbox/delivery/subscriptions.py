"""Subscription filters: what CloudWatch Logs sends to Firehose when log events come in.

Source: "Log group-level subscription filters", "Cross-service confused deputy prevention" and "Subscriptions" (an
error that is not worth a retry, such as a role that may not be taken, skips the events) in the Amazon CloudWatch
Logs User Guide. Hooks into moto's PutLogEvents and PutSubscriptionFilter; destinations other than Firehose stay moto's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from moto.logs.models import LogGroup, LogsBackend, LogStream

from service.sandbox import journal, moment
from service.sandbox.delivery import plane, sessions
from service.sandbox.delivery.firehose import MAX_RECORD
from service.sandbox.delivery.patterns import compile_pattern
from service.sandbox.delivery.processing import control_message, data_message, pack
from service.sandbox.fixes import replaces

log = structlog.get_logger(__name__)


def event_id(stream_arn: str, timestamp: int, sequence: int, index: int) -> str:
    """The id of an event: 56 digits, never the same twice, the same again when a request is replayed."""
    stream = int.from_bytes(hashlib.sha256(stream_arn.encode()).digest()[:8], "big") % 10**18
    return f"3{timestamp:017d}{stream:018d}{sequence:010d}{index:010d}"


def send(data: bytes, destination_arn: str, role_arn: str, log_group_arn: str, filter_name: str) -> None:
    """Put one record on the stream, as the filter's role; what is refused is dropped, with a line in the log."""
    workers = plane.current()
    try:
        firehose = sessions.as_logs("firehose", log_group_arn, role_arn, workers.url)
        firehose.put_record(DeliveryStreamName=destination_arn.rsplit("/", 1)[1], Record={"Data": data})
    except (sessions.Refused, ClientError, BotoCoreError) as error:
        workers.ledger.drop(data)
        log.warning(
            "delivery.refused",
            log_group=log_group_arn,
            filter=filter_name,
            destination=destination_arn,
            role=role_arn,
            error=str(error),
        )


def records(
    owner: str, group: str, stream: str, filter_name: str, events: list[dict[str, Any]]
) -> list[bytes]:
    """One record with all the events, or several where one would be larger than Firehose takes."""
    data = pack(data_message(owner, group, stream, filter_name, events))
    if len(data) <= MAX_RECORD or len(events) == 1:
        return [data]
    half = len(events) // 2
    first = records(owner, group, stream, filter_name, events[:half])
    return first + records(owner, group, stream, filter_name, events[half:])


def _hand_over(
    data: bytes, destination_arn: str, role_arn: str, log_group_arn: str, filter_name: str
) -> None:
    """Send from the data plane's own thread. During a replay wait, to see whether it had been sent already."""

    def errand() -> None:
        send(data, destination_arn, role_arn, log_group_arn, filter_name)

    workers = plane.current()
    if journal.replaying():
        workers.held.append((data, errand))
    else:
        workers.errands.add(errand)


@replaces(LogStream, "_send_log_events")
def _send_log_events(
    original: Callable[..., None],
    self: LogStream,
    service: str,
    destination_arn: str,
    filter_name: str,
    log_events: list[dict[str, Any]],
) -> None:
    if service != "firehose":
        return original(self, service, destination_arn, filter_name, log_events)
    chosen = self.log_group.subscription_filters[filter_name]
    matches = compile_pattern(chosen.filter_pattern or "")
    events = [
        {
            "id": event_id(self.arn, event["timestamp"], self.upload_sequence_token, index),
            "timestamp": event["timestamp"],
            "message": event["message"],
        }
        for index, event in enumerate(log_events)
        if matches(event["message"])
    ]
    if events:
        group = self.log_group
        for data in records(self.account_id, group.name, self.log_stream_name, filter_name, events):
            _hand_over(data, destination_arn, chosen.role_arn, group.arn, filter_name)
    return None


@replaces(LogsBackend, "put_subscription_filter")
def _put_subscription_filter(
    original: Callable[..., None],
    self: LogsBackend,
    log_group_name: str,
    filter_name: str,
    filter_pattern: str,
    destination_arn: str,
    role_arn: str,
) -> None:
    original(self, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)
    if ":firehose:" in destination_arn:
        now = moment.utcnow().replace(tzinfo=UTC)
        data = pack(control_message(int(now.timestamp() * 1000)))
        _hand_over(data, destination_arn, role_arn, self.groups[log_group_name].arn, filter_name)


@replaces(LogGroup, "put_subscription_filter")
def _put_in_group(original: Callable[..., None], self: LogGroup, filter_name: str, *settings: str) -> None:
    """A filter that is there may be changed however many there are; moto counts it as a new one."""
    present = self.subscription_filters.get(filter_name)
    if present is not None:
        present.update(*settings)
    else:
        original(self, filter_name, *settings)
