"""Databases of RDS and Aurora: one log group an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from programs.cloudwatch.presets.spec import SourceSpec

Engine = Literal[
    "aurora-mysql", "aurora-postgresql", "db2", "mariadb", "mysql", "oracle", "postgres", "sqlserver"
]
IDENTIFIER = r"^[a-z](-?[a-z0-9])*$"
"""How RDS shows an identifier: letters in lower case, no hyphen at an end or beside another
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""
_AUTH = "iam-db-auth-error"
INSTANCE_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "db2": ("diag.log", "notify.log", _AUTH),
    "mariadb": ("audit", "error", "general", "slowquery", _AUTH),
    "mysql": ("audit", "error", "general", "slowquery", _AUTH),
    "oracle": ("alert", "audit", "listener", "oemagent", "trace"),
    "postgres": ("postgresql", "upgrade", _AUTH),
    "sqlserver": ("agent", "error"),
}
"""Exports of an instance by engine: EnableCloudwatchLogsExports of
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html. Aurora's are its cluster's."""
CLUSTER_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "aurora-mysql": ("audit", "error", "general", "instance", "slowquery", _AUTH),
    "aurora-postgresql": ("instance", "postgresql", _AUTH),
    "mysql": ("error", "general", "slowquery", _AUTH),
    "postgres": ("postgresql", "upgrade", _AUTH),
}
"""Exports of an Aurora or Multi-AZ cluster, likewise:
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html."""


class RdsSpec(SourceSpec):
    """The logs of one DB instance, or of one Aurora or Multi-AZ cluster."""

    preset: Literal["rds"] = "rds"
    instance: str | None = Field(
        title="DB instance",
        default=None,
        pattern=IDENTIFIER,
        max_length=63,
        description="Identifier of a DB instance; or name a cluster.",
    )
    cluster: str | None = Field(
        title="DB cluster",
        default=None,
        pattern=IDENTIFIER,
        max_length=63,
        description="Identifier of an Aurora or Multi-AZ cluster; its instances log through it.",
    )
    engine: Engine = Field(description="What runs there, without its edition.")
    exports: tuple[str, ...] = Field(
        min_length=1,
        max_length=6,
        title="Log exports",
        description="Which logs; docs/kinds/rds.md has those of each engine.",
    )

    @property
    def place(self) -> str:
        """`instance` or `cluster`."""
        return "instance" if self.instance is not None else "cluster"

    @property
    def identifier(self) -> str:
        """What RDS calls it."""
        return str(self.instance or self.cluster)

    @property
    def reads_log_groups(self) -> tuple[str, ...]:
        """ "Publishing database logs to Amazon CloudWatch Logs", RDS guide: a group an export."""
        return tuple(f"/aws/rds/{self.place}/{self.identifier}/{export}" for export in self.exports)

    @property
    def log_group_fields(self) -> tuple[str, ...]:
        """The team is held against what the database is called."""
        return (f"/spec/{self.place}",) * len(self.exports)

    @field_validator("exports")
    @classmethod
    def _each_once(cls, exports: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({export for export in exports if exports.count(export) > 1})
        if twice:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return exports

    @model_validator(mode="after")
    def _one_database_with_these_exports(self) -> Self:
        if (self.instance is None) == (self.cluster is None):
            raise ValueError("name an instance or a cluster, one of the two")
        known = (INSTANCE_EXPORTS if self.place == "instance" else CLUSTER_EXPORTS).get(self.engine)
        if known is None and self.place == "instance":
            raise ValueError(f"{self.engine} exports the logs of its cluster: name that")
        if known is None:
            raise ValueError(f"{self.engine} has no clusters: name the instance")
        wrong = [export for export in self.exports if export not in known]
        if wrong:
            raise ValueError(f"{self.engine} does not export {', '.join(wrong)}; it has {', '.join(known)}")
        return self
