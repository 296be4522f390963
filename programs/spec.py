"""What a program is built from: frozen, validated, and the only input a program has.

`Wish` is one source as the engine must make it. It holds no clock, no environment variable
and no credential, so the same wish always gives the same resources.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

PROGRAM_VERSION = "1"
"""Raised whenever a program would build something else from the same wish; it is part of the effective wish."""

PRODUCTION_PROFILE = "logflume-production"
LOG_PROFILE = "logflume-log"
"""Constant AWS profile names: nothing that changes from run to run may be a provider input."""

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]

SOURCE_NAME = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
"""What a source may be called. Every physical name is made from it, so it is what the narrowest (a bucket) takes."""
ENVIRONMENT_NAME = r"^[a-z](-?[a-z0-9]){0,29}$"

LOG_GROUP_PATTERN = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
"""Log group names, from the CreateLogGroup page of the CloudWatch Logs API."""
OWN_LOG_GROUPS = "/logflume/"
"""Where our own error logs are. Shipping them would make each error of a delivery the cause of another delivery."""

STORAGE_CLASSES = ("STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""The storage classes of a tier, each colder than the one before."""
IA_DAYS = 30
"""Objects must be this old before they may go to STANDARD_IA, and must stay this long before they go on
("Transitioning objects using Amazon S3 Lifecycle", S3 User Guide)."""


ADVANCED: dict[str, Any] = {"advanced": True}
"""Marks fields that a form may fold away: their defaults fit nearly everybody."""


class Frozen(BaseModel):
    """A value: immutable, and strict about names so that a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountAccess(Frozen):
    """One AWS account as a program sees it: who it is and which profile reaches it."""

    account_id: AccountId
    region: Region
    profile: Literal["logflume-production", "logflume-log"]
    boundary_arn: str
    """Permissions boundary that every role created in this account must carry."""


def _log_group(name: str) -> str:
    if not LOG_GROUP_PATTERN.fullmatch(name):
        raise ValueError("a log group name has 1 to 512 characters out of A-Z a-z 0-9 . - _ / #")
    if name.lower().startswith("aws/"):
        raise ValueError("names that start with aws/ are reserved by AWS")
    if name.startswith(OWN_LOG_GROUPS):
        raise ValueError(f"{OWN_LOG_GROUPS} holds logflume's own error logs, which are not shipped")
    return name


LogGroupName = Annotated[str, AfterValidator(_log_group)]
ReaderArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)$")
]
"""An account's root, a role or a user; never a wildcard."""


class Tier(Frozen):
    """A lifecycle step: after `days` days, objects move to `storage_class`."""

    days: int = Field(ge=1, le=36500)
    storage_class: Literal["STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]


DEFAULT_TIERS = (Tier(days=30, storage_class="STANDARD_IA"), Tier(days=90, storage_class="GLACIER_IR"))


class CloudWatchSpec(Frozen):
    """The `cloudwatch` kind: log groups -> subscription filter -> Firehose -> store.

    `log_group` is a short form of `log_groups` with one entry; it is accepted and never stored.
    """

    log_groups: tuple[LogGroupName, ...] = Field(
        min_length=1, max_length=20, description="Log groups to ship, by exact name.", title="Log groups"
    )
    retention_days: int = Field(
        default=400,
        ge=1,
        le=3650,
        description="Days until a log object is deleted; its bytes are gone a week later.",
        title="Retention (days)",
    )
    format: Literal["lines", "envelope"] = Field(
        default="lines",
        description="lines: one JSON record a line, of the log event's message; envelope: the whole CloudWatch record.",
    )
    filter_pattern: str = Field(
        title="Only events that match",
        json_schema_extra=ADVANCED,
        default="",
        max_length=1024,
        description="CloudWatch Logs filter pattern; empty ships all.",
    )
    create_log_group: bool = Field(
        title="Create log groups that do not exist yet",
        default=False,
        description="Otherwise a group that does not exist is an error.",
    )
    buffer_seconds: int = Field(
        title="Deliver after at most (seconds)",
        json_schema_extra=ADVANCED,
        default=60,
        ge=0,
        le=900,
        description="Firehose buffers at most this long.",
    )
    buffer_mib: int = Field(
        title="Deliver after at most (MiB)",
        json_schema_extra=ADVANCED,
        default=5,
        ge=1,
        le=128,
        description="Firehose buffers at most this much, in MiB.",
    )
    tiers: tuple[Tier, ...] | None = Field(
        title="Cheaper storage by age",
        json_schema_extra=ADVANCED,
        default=None,
        description="Cheaper storage by age. Left out: every default tier that fits the retention.",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_log_group(cls, data: Any) -> Any:
        if isinstance(data, dict) and "log_group" in data and "log_groups" not in data:
            data = {**data, "log_groups": [data["log_group"]]}
            del data["log_group"]
        return data

    @field_validator("log_groups")
    @classmethod
    def _each_once(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({group for group in groups if groups.count(group) > 1})
        if twice:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return groups

    @field_validator("tiers")
    @classmethod
    def _tiers_go_down(cls, tiers: tuple[Tier, ...] | None, info: ValidationInfo) -> tuple[Tier, ...] | None:
        if tiers and "retention_days" in info.data:
            _check_tiers(tiers, info.data["retention_days"])
        return tiers


def _check_tiers(tiers: tuple[Tier, ...], retention_days: int) -> None:
    """Raise ValueError for a lifecycle that S3 refuses (PutBucketLifecycleConfiguration)."""
    for earlier, later in pairwise(tiers):
        if STORAGE_CLASSES.index(later.storage_class) <= STORAGE_CLASSES.index(earlier.storage_class):
            raise ValueError(f"{later.storage_class} is not colder than {earlier.storage_class} before it")
        stay = IA_DAYS if earlier.storage_class == "STANDARD_IA" else 1
        if later.days < earlier.days + stay:
            raise ValueError(
                f"{later.storage_class} begins at day {earlier.days + stay} at the earliest,"
                f" {stay} days after {earlier.storage_class}; not {later.days}"
            )
    for tier in tiers:
        if tier.storage_class == "STANDARD_IA" and tier.days < IA_DAYS:
            raise ValueError(f"STANDARD_IA begins at day {IA_DAYS} at the earliest, not {tier.days}")
        if tier.days >= retention_days:
            raise ValueError(
                f"{tier.storage_class} from day {tier.days} on is never reached: objects are deleted at day {retention_days}"
            )


class Wish(Frozen):
    """One source, complete: what the program makes true in the two accounts."""

    source_id: str = Field(min_length=1, max_length=64)
    name: str = Field(pattern=SOURCE_NAME)
    environment: str = Field(pattern=ENVIRONMENT_NAME)
    team: str = Field(
        pattern=r"^[A-Za-z0-9 _.:/=+@-]{1,128}$", description="What a tag's value may be made of."
    )
    kind: Literal["cloudwatch"]
    spec: CloudWatchSpec
    production: AccountAccess
    log: AccountAccess
    readers: tuple[ReaderArn, ...] = ()
    """Principal ARNs that may read the store, from the environment."""
    stage: Literal["active", "draining", "retired"] = "active"
    """draining: the filter is gone, the rest still delivers what is buffered; retired: only the store is left."""
    program_version: str = PROGRAM_VERSION

    @model_validator(mode="after")
    def _two_accounts(self) -> Self:
        # Logs that lie in the account they come from can be altered by whoever administers it.
        if self.production.account_id == self.log.account_id:
            raise ValueError("the log account must be another account than the production account")
        return self
