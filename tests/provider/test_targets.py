"""A change at the source takes AWS minutes: it is begun when the source can take it, and waited for to its end."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from service.plugin.server import PluginError
from service.provider.aws import Aws, Config
from service.provider.targets import Cluster, Database, Types

NONE: Types = frozenset()


class Scripted:
    """An AWS client whose answers to one describing call follow a script; the last one stays. It notes what it is told."""

    def __init__(self, describes: str, answers: list[Any], **others: Any) -> None:
        self._describes, self._answers, self._others = describes, answers, others
        self.asked: list[str] = []
        self.exceptions = type(
            "Exceptions", (), {"ClientError": ClientError, "ResourceNotFoundException": LookupError}
        )

    def __getattr__(self, operation: str) -> Any:
        def call(**_: Any) -> Any:
            self.asked.append(operation)
            if operation != self._describes:
                return self._others[operation]
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

        return call


def aws(service: str, client: Scripted, patience: float = 5.0) -> Aws:
    """AWS with this client."""
    made = Aws(Config("p", "eu-west-3", "111111111111"), threading.Event(), patience)
    made._clients[service] = client
    return made


def instance(status: str, *exports: str) -> dict[str, Any]:
    return {"DBInstances": [{"DBInstanceStatus": status, "EnabledCloudwatchLogsExports": [*exports]}]}


def test_a_database_is_changed_when_it_is_available_and_waited_for_until_it_is_again() -> None:
    script = [
        instance("modifying"),
        instance("available"),
        instance("available"),
        instance("configuring-log-exports", "error"),
        instance("configuring-log-exports", "error"),
        instance("available", "error"),
    ]
    rds = Scripted("describe_db_instances", script, modify_db_instance={})
    Database("instance", "shop").switch(aws("rds", rds), frozenset({"error"}), NONE)
    assert rds.asked.index("modify_db_instance") == 2
    assert len(script) == 1, "the last answer was waited for"


def test_a_stopped_database_is_told_at_once() -> None:
    rds = Scripted("describe_db_instances", [instance("stopped")])
    with pytest.raises(PluginError, match="DB instance shop is stopped: start it"):
        Database("instance", "shop").switch(aws("rds", rds), frozenset({"error"}), NONE)
    assert rds.asked == ["describe_db_instances"]


def test_an_update_that_fails_is_told_with_its_reason() -> None:
    answers = {
        "describe_cluster": {"cluster": {"status": "ACTIVE", "logging": {}}},
        "update_cluster_config": {"update": {"id": "u-1"}},
    }
    failed = {"update": {"status": "Failed", "errors": [{"errorMessage": "no room"}]}}
    eks = Scripted("describe_update", [{"update": {"status": "InProgress"}}, failed], **answers)
    with pytest.raises(PluginError, match="EKS cluster shop: the update failed: no room"):
        Cluster("cluster", "shop").switch(aws("eks", eks), frozenset({"audit"}), NONE)
    assert eks.asked == ["describe_cluster", "update_cluster_config", "describe_update", "describe_update"]


def test_waiting_ends_with_patience_and_with_the_engine() -> None:
    busy = Scripted("describe_cluster", [{"cluster": {"status": "UPDATING"}}])
    with pytest.raises(PluginError, match=r"EKS cluster shop to be active: timed out after 0\.2 s"):
        Cluster("cluster", "shop").switch(aws("eks", busy, patience=0.2), frozenset({"audit"}), NONE)
    cancelled = aws("eks", busy)
    cancelled.cancelled.set()
    with pytest.raises(PluginError, match="cancelled by the engine"):
        Cluster("cluster", "shop").switch(cancelled, frozenset({"audit"}), NONE)
