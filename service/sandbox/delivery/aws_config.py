"""AWS Config: configuration history and snapshots as objects, put by the recorder's role or by the service itself.

Sources: AWS Config Developer Guide, "Delivering configuration snapshots to an Amazon S3 bucket" (contents, the empty
ConfigWritabilityCheckFile), "How AWS Config works" (a history file a resource type every six hours). Notifications to a
topic are not played.

Hooks into moto's recorder and channel. What is due is done on threads of the data plane, through the sandbox's own
endpoint, so that the policies of bucket and key apply; how it went is in DescribeDeliveryChannelStatus.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from moto.config.models import ConfigBackend, RecordingGroup, config_backends

from service.sandbox import journal, moment
from service.sandbox.delivery import plane
from service.sandbox.delivery.config_channel import Channel, channel_of, write
from service.sandbox.delivery.configuration_items import Item, changes, items_of
from service.sandbox.fixes import replaces
from service.sandbox.fixes.config import frequency_of

HOUR = 3600.0
HISTORY_PERIODS = {"CONTINUOUS": 6 * HOUR, "DAILY": 24 * HOUR}
SNAPSHOT_PERIODS = {
    "One_Hour": HOUR,
    "Three_Hours": 3 * HOUR,
    "Six_Hours": 6 * HOUR,
    "Twelve_Hours": 12 * HOUR,
    "TwentyFour_Hours": 24 * HOUR,
}
_delivering = threading.RLock()
"""Held over a delivery, so that a timer's and a flush's do not tell the same change twice."""


def deliver_snapshot(account: str, region: str, id: str | None = None) -> None:
    """Write down everything that is recorded; `id` is new where the schedule asks."""
    known = _recorded(account, region)
    if known is None:
        return
    channel, items = known
    at, name = _now(), id or str(uuid4())
    body = {"fileVersion": "1.0", "configSnapshotId": name}
    content = body | {"configurationItems": [item.captured(_iso(at), "OK") for item in items]}
    key = channel.named("ConfigSnapshot", at, f"{at:%Y%m%dT%H%M%SZ}_{name}")
    error = write(channel, key, gzip.compress(json.dumps(content, default=str).encode(), mtime=0))
    plane.current().recordings.attempted(account, region, "snapshot", at.timestamp(), error, name)


def deliver_history(account: str, region: str) -> int:
    """Write down what has changed since the last time, an object a resource type; answers how many were written."""
    with _delivering:
        known = _recorded(account, region)
        if known is None:
            return 0
        channel, items = known
        recordings = plane.current().recordings
        at = _after(_now(), recordings.of(account, region).history.get("lastAttemptTime", 0.0))
        found = changes(recordings.of(account, region).seen, items, _iso(at))
        errors = [_tell(channel, at, kind, told, items) for kind, told in sorted(found.items())]
        failed = [error for error in errors if error]
        if found:
            last = failed[-1] if failed else None
            recordings.attempted(account, region, "history", at.timestamp(), last)
        return len(errors) - len(failed)


def flush() -> int:
    """Deliver every change that has not been told; answers how many objects were written."""
    with moment.EXCLUSIVE:
        places = [
            (account, region)
            for account, regions in list(config_backends.items())
            for region, backend in list(regions.items())
            if channel_of(backend) is not None
        ]
    return sum(deliver_history(account, region) for account, region in places)


def ask_for_snapshot(backend: ConfigBackend, id: str) -> None:
    """Deliver a snapshot of this id soon; one that was asked for before a restart, unless it was tried then."""
    place = backend.account_id, backend.region_name
    workers = plane.current()
    if not (journal.replaying() and id in workers.recordings.of(*place).attempted):
        workers.errands.add(partial(deliver_snapshot, *place, id))


def _tell(
    channel: Channel, at: datetime, kind: str, told: list[dict[str, Any]], items: list[Item]
) -> tuple[str, str] | None:
    """One history object; what it tells is remembered once it is written."""
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    key = channel.named("ConfigHistory", at, f"{kind}_{stamp}_{stamp}_1")
    content = {"fileVersion": "1.0", "configurationItems": told}
    error = write(channel, key, gzip.compress(json.dumps(content, default=str).encode(), mtime=0))
    if error is None:
        recordings = plane.current().recordings
        others = recordings.of(channel.account, channel.region).seen.items()
        seen = {name: digest for name, digest in others if not name.startswith(f"{kind}/")}
        seen |= {item.name: item.digest for item in items if item.kind == kind}
        recordings.told(channel.account, channel.region, seen)
    return error


def _recorded(account: str, region: str) -> tuple[Channel, list[Item]] | None:
    """The channel of a recorder that records, and everything it records now."""
    with moment.EXCLUSIVE:
        backend = config_backends[account][region]
        channel = channel_of(backend)
        recorder = next(iter(backend.recorders.values()), None)
        if channel is None or recorder is None or not recorder.status.recording:
            return None
        group: RecordingGroup = recorder.recording_group
        return channel, items_of(account, region, group)


def _schedule(backend: ConfigBackend) -> None:
    """Start, change or stop the timers of an account and region, as its recorder and channel are now."""
    timers = plane.current().timers
    place = backend.account_id, backend.region_name
    recorder = next(iter(backend.recorders.values()), None)
    channel = next(iter(backend.delivery_channels.values()), None)
    history, snapshot = ("config-history", *place), ("config-snapshot", *place)
    if recorder is None or channel is None or not recorder.status.recording:
        timers.cancel(history)
        timers.cancel(snapshot)
        return
    timers.every(history, HISTORY_PERIODS[frequency_of(recorder)], partial(deliver_history, *place))
    properties = channel.config_snapshot_delivery_properties
    if properties is None:
        timers.cancel(snapshot)
    else:
        period = SNAPSHOT_PERIODS[properties.delivery_frequency]
        timers.every(snapshot, period, partial(deliver_snapshot, *place))


def _after(now: datetime, last: float) -> datetime:
    """Now, but a second after the last history: keys tell seconds, and two deliveries must have two keys."""
    return now if now.timestamp() >= last + 1 else datetime.fromtimestamp(last + 1, UTC)


def _now() -> datetime:
    return moment.utcnow().replace(tzinfo=UTC)


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


@replaces(ConfigBackend, "put_delivery_channel")
def _put_delivery_channel(
    original: Callable[..., None], self: ConfigBackend, delivery_channel: dict[str, Any]
) -> None:
    original(self, delivery_channel)
    channel = channel_of(self)
    if channel is not None and not journal.replaying():
        plane.current().errands.add(partial(write, channel, channel.check_file, b""))
    _schedule(self)


@replaces(ConfigBackend, "delete_delivery_channel")
def _delete_delivery_channel(original: Callable[..., None], self: ConfigBackend, channel_name: str) -> None:
    original(self, channel_name)
    plane.current().recordings.forget(self.account_id, self.region_name)
    _schedule(self)


def _rescheduling(name: str) -> None:
    """Look at the timers again after one of moto's operations."""

    @replaces(ConfigBackend, name)
    def _then_schedule(original: Callable[..., None], self: ConfigBackend, *args: Any) -> None:
        original(self, *args)
        _schedule(self)


for _name in (
    *("delete_configuration_recorder", "put_configuration_recorder"),
    *("start_configuration_recorder", "stop_configuration_recorder"),
):
    _rescheduling(_name)
