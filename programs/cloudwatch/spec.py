"""What the `cloudwatch` kind can be asked for."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from programs.firehose.spec import FirehoseSpec
from programs.spec import ADVANCED, LogGroupName


class LogGroupsSpec(FirehoseSpec):
    """Log groups -> subscription filter -> Firehose -> store; which groups, `reads_log_groups` says."""

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

    @property
    def makes_log_groups(self) -> bool:
        """Whether groups that do not exist are made; otherwise a missing one is an error."""
        raise NotImplementedError(f"{type(self).__name__} does not say whether it makes log groups")


class CloudWatchSpec(LogGroupsSpec):
    """Log groups by name.

    `log_group` is a short form of `log_groups` with one entry; it is accepted and never stored.
    """

    log_groups: tuple[LogGroupName, ...] = Field(
        min_length=1, max_length=20, description="Log groups to ship, by exact name.", title="Log groups"
    )
    create_log_group: bool = Field(
        title="Create log groups that do not exist yet",
        default=False,
        description="Otherwise a group that does not exist is an error.",
    )

    @property
    def makes_log_groups(self) -> bool:
        """As asked for."""
        return self.create_log_group

    @property
    def reads_log_groups(self) -> tuple[str, ...]:
        """The groups as they were asked for."""
        return self.log_groups

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
