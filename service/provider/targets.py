"""Databases and clusters whose log types can be switched: what is on, and how it is changed.

RDS: ModifyDBInstance and ModifyDBCluster with CloudwatchLogsExportConfiguration, "always applied immediately"
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html). EKS: UpdateClusterConfig with
`logging` (https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html); both leave the types alone
that they do not name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from service.plugin.server import PluginError
from service.plugin.values import Values
from service.provider.aws import Aws, code_of

Types = frozenset[str]


class Target(ABC):
    """One database or cluster of somebody else."""

    members: ClassVar[tuple[str, ...]]
    """The inputs that may name it; exactly one is given."""

    def __init__(self, member: str, name: str) -> None:
        self.member, self.name = member, name

    @classmethod
    def of(cls, inputs: Values) -> Target:
        """The target that some inputs name."""
        member = next(member for member in cls.members if inputs.get(member))
        return cls(member, str(inputs[member]))

    @property
    @abstractmethod
    def called(self) -> str:
        """What a person calls it: "DB instance shop"."""

    @abstractmethod
    def on(self, aws: Aws) -> Types | None:
        """The log types that are on; None where there is no such target."""

    @abstractmethod
    def switch(self, aws: Aws, on: Types, off: Types) -> None:
        """Switch types on and off, and return when AWS has done it. One of the two is not empty."""


class Database(Target):
    """An RDS instance, or an Aurora or Multi-AZ cluster."""

    members = ("instance", "cluster")

    @property
    def called(self) -> str:
        return f"DB {self.member} {self.name}"

    def on(self, aws: Aws) -> Types | None:
        found = self._found(aws)
        return None if found is None else frozenset(found.get("EnabledCloudwatchLogsExports") or ())

    def switch(self, aws: Aws, on: Types, off: Types) -> None:
        self._await_available(aws)
        change = {"EnableLogTypes": sorted(on), "DisableLogTypes": sorted(off)}
        wanted = {name: types for name, types in change.items() if types}
        call = aws.client("rds").modify_db_instance
        if self.member == "cluster":
            call = aws.client("rds").modify_db_cluster
        call(**self._identifier, CloudwatchLogsExportConfiguration=wanted)
        # The status changes some seconds after the answer; the exports are listed when they work.
        aws.until(f"the log exports of {self.called}", lambda: self._is(aws, on, off))
        self._await_available(aws)

    def _is(self, aws: Aws, on: Types, off: Types) -> bool:
        live = self.on(aws)
        return live is not None and on <= live and not (off & live)

    def _await_available(self, aws: Aws) -> None:
        """Only an available database takes a change (InvalidDBInstanceState); one that is stopped stays so."""

        def available() -> bool:
            found = self._found(aws) or {}
            status = found.get("DBInstanceStatus" if self.member == "instance" else "Status")
            if status in _RESTING:
                raise PluginError(f"{self.called} is {status}: start it, then ask for apply")
            return bool(status == "available")

        aws.until(f"{self.called} to be available", available)

    @property
    def _identifier(self) -> dict[str, str]:
        return {"DBInstanceIdentifier" if self.member == "instance" else "DBClusterIdentifier": self.name}

    def _found(self, aws: Aws) -> dict[str, Any] | None:
        rds = aws.client("rds")
        try:
            if self.member == "instance":
                found = rds.describe_db_instances(**self._identifier)["DBInstances"]
            else:
                found = rds.describe_db_clusters(**self._identifier)["DBClusters"]
        except rds.exceptions.ClientError as error:
            if code_of(error) in ("DBInstanceNotFound", "DBClusterNotFoundFault"):
                return None
            raise
        return dict(found[0])


_RESTING = ("failed", "stopped", "stopping", "deleting", "inaccessible-encryption-credentials")
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html: states that do not end by themselves."""


class Cluster(Target):
    """The control plane of an EKS cluster."""

    members = ("cluster",)

    @property
    def called(self) -> str:
        return f"EKS cluster {self.name}"

    def on(self, aws: Aws) -> Types | None:
        found = self._found(aws)
        if found is None:
            return None
        setups = (found.get("logging") or {}).get("clusterLogging") or ()
        return frozenset(kind for setup in setups if setup.get("enabled") for kind in setup["types"])

    def switch(self, aws: Aws, on: Types, off: Types) -> None:
        aws.until(f"{self.called} to be active", lambda: self._status(aws) == "ACTIVE")
        update = _Update(self.name, self._change(aws, on, off))
        aws.until(f"the logging of {self.called}", lambda: update.done(aws, self.called))

    def _change(self, aws: Aws, on: Types, off: Types) -> str:
        """Begin the update; its id."""
        halves: Iterable[tuple[Types, bool]] = ((on, True), (off, False))
        setups = [{"types": sorted(types), "enabled": flag} for types, flag in halves if types]
        begun = aws.client("eks").update_cluster_config(name=self.name, logging={"clusterLogging": setups})
        return str(begun["update"]["id"])

    def _status(self, aws: Aws) -> str | None:
        return (self._found(aws) or {}).get("status")

    def _found(self, aws: Aws) -> dict[str, Any] | None:
        eks = aws.client("eks")
        try:
            return dict(eks.describe_cluster(name=self.name)["cluster"])
        except eks.exceptions.ResourceNotFoundException:
            return None


@dataclass(frozen=True)
class _Update:
    """An update of a cluster that EKS is making."""

    cluster: str
    id: str

    def done(self, aws: Aws, called: str) -> bool:
        """Whether it succeeded. Raises PluginError where it failed or was cancelled."""
        update = aws.client("eks").describe_update(name=self.cluster, updateId=self.id)["update"]
        if update["status"] in ("Failed", "Cancelled"):
            reasons = "; ".join(error["errorMessage"] for error in update.get("errors") or ())
            raise PluginError(f"the logging of {called}: the update {update['status'].lower()}: {reasons}")
        return bool(update["status"] == "Successful")
