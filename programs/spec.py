"""What a program is built from: frozen, validated, and the only input a program has.

`Wish` is one source as the engine must make it. It holds no clock, no environment variable
and no credential, so the same wish always gives the same resources.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

PROGRAM_VERSION = "1"
"""Raised whenever a program would build something else from the same wish; it is part of the effective wish."""

PRODUCTION_PROFILE = "logflume-production"
LOG_PROFILE = "logflume-log"
"""Constant AWS profile names: nothing that changes from run to run may be a provider input."""

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]

LOG_GROUP_PATTERN = re.compile(r"^[.\-_/#A-Za-z0-9]{1,512}$")
"""Log group names, from the CreateLogGroup page of the CloudWatch Logs API."""


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


class Tier(Frozen):
    """A lifecycle step: after `days` days, objects move to `storage_class`."""

    days: int = Field(ge=1, le=36500)
    storage_class: Literal["STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]


DEFAULT_TIERS = (Tier(days=30, storage_class="STANDARD_IA"), Tier(days=90, storage_class="GLACIER_IR"))


class CloudWatchSpec(Frozen):
    """The `cloudwatch` kind: log groups -> subscription filter -> Firehose -> store.

    `log_group` is a short form of `log_groups` with one entry; it is accepted and never stored.
    """

    log_groups: tuple[str, ...] = Field(
        min_length=1, max_length=20, description="Log groups to ship, by exact name.", title="Log groups"
    )
    retention_days: int = Field(
        default=400, ge=1, le=3650, description="Days until a log object is deleted.", title="Retention (days)"
    )
    format: Literal["lines", "envelope"] = Field(
        default="lines",
        description="lines: one JSON record a line, of the log event's message; envelope: the whole CloudWatch record.",
    )
    filter_pattern: str = Field(default="", max_length=1024, description="CloudWatch Logs filter pattern; empty ships all.")
    create_log_group: bool = Field(default=False, description="Create log groups that do not exist yet.")
    buffer_seconds: int = Field(default=60, ge=0, le=900, description="Firehose buffers at most this long.")
    buffer_mib: int = Field(default=5, ge=1, le=128, description="Firehose buffers at most this much, in MiB.")
    tiers: tuple[Tier, ...] | None = Field(
        default=None, description="Cheaper storage by age. Left out: every default tier that fits the retention."
    )

    @model_validator(mode="before")
    @classmethod
    def _one_log_group(cls, data: Any) -> Any:
        if isinstance(data, dict) and "log_group" in data and "log_groups" not in data:
            data = {**data, "log_groups": [data["log_group"]]}
            del data["log_group"]
        return data


class Wish(Frozen):
    """One source, complete: what the program makes true in the two accounts."""

    source_id: str
    name: str
    environment: str
    team: str
    kind: Literal["cloudwatch"]
    spec: CloudWatchSpec
    production: AccountAccess
    log: AccountAccess
    readers: tuple[str, ...] = ()
    """Principal ARNs that may read the store, from the environment."""
    stage: Literal["active", "draining", "retired"] = "active"
    """draining: the filter is gone, the rest still delivers what is buffered; retired: only the store is left."""
    program_version: str = PROGRAM_VERSION
