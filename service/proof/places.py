"""Where in a store marked objects come, and how long that may take. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.policies import log_files_prefix
from programs.cloudtrail.spec import CloudTrailSpec
from programs.names import OBJECTS_PREFIX, names_of
from programs.syslog.fluentd import WAIT_SECONDS
from programs.syslog.spec import SyslogSpec
from programs.wish import Wish

EARLIER = timedelta(hours=1)
"""An object's key may have the hour of the oldest record in it."""
MARGIN = timedelta(minutes=3)
"""What CloudWatch Logs, S3 and a busy minute may add to a buffer."""
SNAPSHOT = timedelta(minutes=15)
"""AWS Config promises no time for a snapshot."""
TOLD_WITHIN = timedelta(minutes=3)
"""S3 announces "typically in seconds", sometimes after a minute ("Amazon S3 Event Notifications", S3 User Guide)."""
COPIED_WITHIN = timedelta(hours=1)
"""Most objects are copied within 15 minutes, sometimes it takes longer ("Replicating objects", S3 User Guide)."""


@dataclass(frozen=True)
class Place:
    """Keys that begin with `prefix`, from `after` on in their order."""

    prefix: str
    after: str


def places(wish: Wish, sent: datetime, now: datetime) -> list[Place]:
    """What is listed for what was sent then. A trail's and a recorder's files lie in a folder a day, by region."""
    names = names_of(wish)
    region, account = names.production_region, names.production_account
    since = (sent - EARLIER).astimezone(UTC)
    if isinstance(wish.spec, CloudTrailSpec):
        prefix = f"{log_files_prefix(names)}{region}/"
        return [Place(prefix, f"{prefix}{since:%Y/%m/%d}")]
    if isinstance(wish.spec, ConfigSpec):
        folder = f"{OBJECTS_PREFIX}AWSLogs/{account}/Config/{region}"
        days = sorted({(at.year, at.month, at.day) for at in (since, now.astimezone(UTC))})
        return [Place(f"{folder}/{y}/{m}/{d}/ConfigSnapshot/", "") for y, m, d in days]
    return [Place(OBJECTS_PREFIX, f"{OBJECTS_PREFIX}{since:%Y/%m/%d/%H}")]


def arrives_within(wish: Wish) -> timedelta:
    """How long something marked may take to the store: twice what its buffer may hold it, and a margin."""
    if isinstance(wish.spec, ConfigSpec):
        return SNAPSHOT
    if isinstance(wish.spec, SyslogSpec):
        # Its drain_seconds are for a server that goes.
        return 2 * timedelta(seconds=wish.spec.buffer_seconds + WAIT_SECONDS) + MARGIN
    return 2 * timedelta(seconds=wish.spec.drain_seconds) + MARGIN
