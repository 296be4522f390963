"""The control plane of an EKS cluster: one log group for all its log types."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from programs.cloudwatch.presets.spec import SourceSpec

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_LogSetup.html"""
LOG_TYPES: tuple[LogType, ...] = get_args(LogType)


class EksSpec(SourceSpec):
    """The control-plane logs of one cluster."""

    preset: Literal["eks"] = "eks"
    cluster: str = Field(
        title="Cluster",
        pattern=r"^[0-9A-Za-z][A-Za-z0-9_-]*$",
        max_length=100,
        description="Name of the EKS cluster.",
    )
    types: tuple[LogType, ...] = Field(
        default=LOG_TYPES,
        min_length=1,
        title="Log types to switch on",
        description="All types share one log group: those that are on besides are shipped too.",
    )

    @property
    def reads_log_groups(self) -> tuple[str, ...]:
        """ "Send control plane logs to CloudWatch Logs", EKS guide."""
        return (f"/aws/eks/{self.cluster}/cluster",)

    @property
    def log_group_fields(self) -> tuple[str, ...]:
        """The team is held against what the cluster is called."""
        return ("/spec/cluster",)

    @field_validator("types")
    @classmethod
    def _each_once(cls, types: tuple[LogType, ...]) -> tuple[LogType, ...]:
        twice = sorted({kind for kind in types if types.count(kind) > 1})
        if twice:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return types
