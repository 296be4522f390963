"""The queries of a public hosted zone. Route 53 logs them in us-east-1 alone, so the sender's side lives there."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from programs.cloudwatch.presets.spec import SourceSpec
from programs.spec import ADVANCED, LogGroupName

QUERY_REGION = "us-east-1"
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html: the group and the policy that
lets Route 53 write are there; a subscription filter and its stream are where the group is."""
QUERY_GROUPS = "/aws/route53/"
"""The prefix that the same page recommends, so that one log resource policy of an account covers every zone."""


class Route53Spec(SourceSpec):
    """The query log of one zone."""

    preset: Literal["route53"] = "route53"
    zone: str = Field(
        title="Hosted zone",
        pattern=r"^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63}$",
        max_length=253,
        description="Domain name of the public hosted zone, without the dot at the end.",
    )
    zone_id: str | None = Field(
        title="Hosted zone id",
        default=None,
        pattern=r"^[A-Z0-9]{1,32}$",
        description="Route 53's id of that zone; needed to switch logging on.",
    )
    log_group: LogGroupName | None = Field(
        title="Log group of the queries",
        json_schema_extra=ADVANCED,
        default=None,
        description="Where the queries are logged already, if not in /aws/route53/<zone>. In us-east-1.",
    )

    @property
    def sender_region(self) -> str:
        """Where the logs are, whatever the environment's region is."""
        return QUERY_REGION

    @property
    def reads_log_groups(self) -> tuple[str, ...]:
        """One group a zone."""
        return (self.log_group or f"{QUERY_GROUPS}{self.zone}",)

    @property
    def log_group_fields(self) -> tuple[str, ...]:
        """The team is held against the zone's name, or the group that was named."""
        return ("/spec/zone" if self.log_group is None else "/spec/log_group",)

    @model_validator(mode="after")
    def _what_switching_on_needs(self) -> Self:
        if self.enable_at_source and self.zone_id is None:
            raise ValueError("zone_id is needed to switch query logging on")
        # The team's right to the zone is its right to the group that is called like the zone.
        if self.enable_at_source and self.log_group is not None:
            raise ValueError(
                f"query logging is switched on into {QUERY_GROUPS}{self.zone}: leave log_group out,"
                " or set enable_at_source to false to take a group that is there"
            )
        return self
