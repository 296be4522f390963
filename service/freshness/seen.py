"""When something last came into a store, as cheaply as AWS says it: one or two calls a source.

CloudTrail and AWS Config keep it themselves (GetTrailStatus, DescribeDeliveryChannelStatus), with the reason where the last
delivery failed. For everything else the newest keys of the store are listed: they begin with the hour that they are from,
so a listing that starts an hour before the last known delivery is short (ListObjectsV2, `StartAfter`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from programs.aws_config.spec import ConfigSpec
from programs.cloudtrail.spec import CloudTrailSpec
from programs.names import OBJECTS_PREFIX, names_of
from programs.spec import LOG_PROFILE, PRODUCTION_PROFILE
from programs.wish import Wish
from service.engine.aws import Accounts

FIRST_LOOK = timedelta(days=1)
"""How far back is looked where no delivery is known."""
OVERLAP = timedelta(hours=1)
MOST_PAGES = 10


@dataclass(frozen=True)
class Seen:
    """The newest delivery, None where there was none; and why the last try failed, if it did."""

    last: datetime | None
    problem: str | None = None


def last_delivery(wish: Wish, accounts: Accounts, known: datetime | None, now: datetime) -> Seen:
    """What is to be seen of a source; `known` is the delivery that was seen last.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: AWS would not say.
    """
    if isinstance(wish.spec, CloudTrailSpec):
        return _of_trail(accounts.client(PRODUCTION_PROFILE, "cloudtrail"), wish, wish.spec)
    if isinstance(wish.spec, ConfigSpec):
        return _of_channel(accounts.client(PRODUCTION_PROFILE, "config"), wish.spec)
    return _of_objects(accounts.client(LOG_PROFILE, "s3"), wish, (known or now - FIRST_LOOK) - OVERLAP)


def _of_trail(cloudtrail: Any, wish: Wish, spec: CloudTrailSpec) -> Seen:
    status = cloudtrail.get_trail_status(Name=spec.adopt or names_of(wish).trail)
    return Seen(status.get("LatestDeliveryTime"), status.get("LatestDeliveryError") or None)


def _of_channel(config: Any, spec: ConfigSpec) -> Seen:
    channels = config.describe_delivery_channel_status(DeliveryChannelNames=[spec.channel_name])
    last, problem = None, None
    for channel in channels["DeliveryChannelsStatus"]:
        for part in ("configHistoryDeliveryInfo", "configSnapshotDeliveryInfo"):
            told = channel.get(part) or {}
            last = max(filter(None, (last, told.get("lastSuccessfulTime"))), default=None)
            if told.get("lastStatus") == "FAILURE":
                problem = told.get("lastErrorMessage") or told.get("lastErrorCode")
    return Seen(last, problem)


def _of_objects(s3: Any, wish: Wish, since: datetime) -> Seen:
    names = names_of(wish)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=names.bucket,
        Prefix=OBJECTS_PREFIX,
        StartAfter=f"{OBJECTS_PREFIX}{since.astimezone(UTC):%Y/%m/%d/%H}",
        ExpectedBucketOwner=names.log_account,
        PaginationConfig={"MaxItems": MOST_PAGES * 1000},
    )
    modified = (entry["LastModified"] for page in pages for entry in page.get("Contents", []))
    return Seen(max(modified, default=None))
