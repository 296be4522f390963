"""EKS: a change of the logging touches the types it names, and answers an update that can be asked after.

moto replaces the whole setting, answers the cluster, and knows no updates.
https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html,
https://docs.aws.amazon.com/eks/latest/APIReference/API_LogSetup.html ("each individual log type can be enabled or
disabled independently"), https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeUpdate.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks import urls
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.models import Cluster, EKSBackend
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

from service.sandbox.fixes import adds, replaces

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_LogSetup.html"""

urls.url_paths["{0}/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$"] = urls.response.dispatch


def types_on(logging: dict[str, Any] | None) -> set[str]:
    """The control-plane log types that a cluster's logging setting has on."""
    setups = (logging or {}).get("clusterLogging") or ()
    return {kind for setup in setups if setup.get("enabled") for kind in setup.get("types") or ()}


def setting(on: set[str]) -> dict[str, Any]:
    """A logging setting as DescribeCluster shows it: what is on, then what is off."""
    halves = ((True, on), (False, set(LOG_TYPES) - on))
    return {"clusterLogging": [{"types": sorted(kinds), "enabled": flag} for flag, kinds in halves if kinds]}


def after(present: dict[str, Any] | None, change: dict[str, Any] | None) -> set[str]:
    """What is on once `change` was made to `present`."""
    setups = (change or {}).get("clusterLogging") or ()
    off = {kind for setup in setups if not setup.get("enabled") for kind in setup.get("types") or ()}
    return (types_on(present) - off) | types_on(change)


@replaces(Cluster, "__init__")
def _new_cluster(original: Callable[..., None], self: Any, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.logging = setting(types_on(self.logging))
    self.updates = {}


@replaces(EKSBackend, "update_cluster_config")
def _update_cluster_config(
    original: Callable[..., Any], self: Any, name: str, *args: Any, logging: Any = None, **kwargs: Any
) -> Any:
    cluster = original(self, name, *args, logging=None, **kwargs)
    if logging:
        cluster.logging = setting(after(cluster.logging, logging))
    id = str(mock_random.uuid4())
    kind = "LoggingUpdate" if logging else "EndpointAccessUpdate"
    cluster.updates[id] = {
        "id": id, "status": "Successful", "type": kind, "params": [], "createdAt": utcnow(), "errors": [],
    }  # fmt: skip
    return cluster


@replaces(EKSResponse, "update_cluster_config")
def _answer_update(original: Callable[..., Any], self: Any) -> ActionResult:
    original(self)
    updates = self.eks_backend.clusters[self._get_param("name")].updates
    return ActionResult({"update": list(updates.values())[-1]})


@adds(EKSResponse, "describe_update")
def _describe_update(self: Any) -> ActionResult:
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    update = cluster.updates.get(self._get_param("updateId"))
    if update is None:
        raise ResourceNotFoundException(
            clusterName=cluster.name,
            nodegroupName=None,
            fargateProfileName=None,
            addonName=None,
            message="No such update was found",
        )
    return ActionResult({"update": update})
