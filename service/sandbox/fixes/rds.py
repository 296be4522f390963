"""RDS: log exports are switched on and off as often as one likes, of clusters too.

moto fails on switching off what is off, keeps what is switched on twice, and looks for a cluster's change under the
name that CreateDBCluster has for it.
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CloudwatchLogsExportConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from service.sandbox.fixes import replaces

MEMBER = "cloudwatch_logs_export_configuration"


@replaces(DBInstance, "update")
def _update(original: Callable[..., None], self: Any, **asked: Any) -> None:
    change = asked.pop(MEMBER, None)
    original(self, **asked)
    _switch(self, change)


@replaces(RDSBackend, "modify_db_cluster")
def _modify_cluster(original: Callable[..., Any], self: Any, kwargs: Any) -> Any:
    asked = dict(kwargs)
    change = asked.pop(MEMBER, None)
    identifier = asked["db_cluster_identifier"]
    answered = original(self, asked)
    _switch(self.clusters[asked.get("new_db_cluster_identifier") or identifier], change)
    answered.enabled_cloudwatch_logs_exports = self.clusters[
        asked.get("new_db_cluster_identifier") or identifier
    ].enabled_cloudwatch_logs_exports
    return answered


def _switch(database: Any, change: dict[str, list[str]] | None) -> None:
    if change is None:
        return
    off = set(change.get("DisableLogTypes") or ())
    kept = [export for export in database.enabled_cloudwatch_logs_exports if export not in off]
    on = [export for export in change.get("EnableLogTypes") or () if export not in kept]
    database.enabled_cloudwatch_logs_exports = [*kept, *on]
