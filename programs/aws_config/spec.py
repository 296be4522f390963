"""What the `config` kind can be asked for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from programs.spec import ADVANCED
from programs.store.spec import StoreSpec

ResourceType = Annotated[str, StringConstraints(pattern=r"^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$", max_length=128)]
"""How AWS Config names a type; which there are, it says itself ("Supported resource types", AWS Config guide)."""
SINGLETON_NAME = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]+$", max_length=256)]
"""A recorder's or a channel's name (API_ConfigurationRecorder, API_DeliveryChannel: 1 to 256 characters)."""

NEVER_DAILY = (
    "AWS::Config::ResourceCompliance",
    "AWS::Config::ConformancePackCompliance",
    "AWS::Config::ConfigurationRecorder",
)
"""Types that cannot be recorded daily where they are named (API_RecordingMode); with all types they stay continuous."""


class ConfigSpec(StoreSpec):
    """What is recorded, how often it is told, and what happens to a recorder that is there already."""

    resource_types: tuple[ResourceType, ...] = Field(
        default=(),
        max_length=200,
        title="Only these resource types",
        description="For example AWS::EC2::SecurityGroup. Left out: every type AWS Config supports, new ones included.",
    )
    global_types: bool = Field(
        default=False,
        title="IAM users, groups, roles and policies too",
        description="They are the same in every region: switch this on in one region of an account.",
    )
    frequency: Literal["CONTINUOUS", "DAILY"] = Field(
        default="CONTINUOUS",
        title="Recording",
        description="CONTINUOUS: every change. DAILY: the state of a day, where it differs from the day before; cheaper.",
    )
    snapshot_frequency: Literal[
        "One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"
    ] = Field(
        default="TwentyFour_Hours",
        title="Snapshot every",
        json_schema_extra=ADVANCED,
        description="How often everything that is recorded is written down whole, besides the history of changes.",
    )
    adopt: bool = Field(
        default=False,
        title="Take over the recorder that is there",
        json_schema_extra=ADVANCED,
        description="An account has one recorder a region. Otherwise one that is there already is an error.",
    )
    recorder_name: SINGLETON_NAME = Field(
        default="default",
        title="Name of the recorder",
        json_schema_extra=ADVANCED,
        description="AWS's own default is `default`; one that is taken over keeps its name.",
    )
    channel_name: SINGLETON_NAME = Field(
        default="default",
        title="Name of the delivery channel",
        json_schema_extra=ADVANCED,
        description="Likewise.",
    )

    @property
    def drain_seconds(self) -> int:
        """Nothing waits in a buffer of ours, and what AWS Config has recorded stays in AWS Config for 30 to 2,557 days
        (API_GetResourceConfigHistory)."""
        return 0

    @field_validator("resource_types")
    @classmethod
    def _each_once(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({kind for kind in types if types.count(kind) > 1})
        if twice:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return types

    @model_validator(mode="after")
    def _recordable(self) -> Self:
        if self.resource_types and self.global_types:
            raise ValueError("global_types goes with all types; name AWS::IAM::Role and the like instead")
        never = [kind for kind in self.resource_types if kind in NEVER_DAILY]
        if self.frequency == "DAILY" and never:
            raise ValueError(f"cannot be recorded daily: {', '.join(never)}")
        return self
