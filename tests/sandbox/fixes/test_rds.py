"""Log exports are switched on and off as often as one likes, of instances and of clusters."""

from __future__ import annotations

from tests.sandbox.databases import exports_of, make_aurora, make_instance
from tests.support.sandbox import PRODUCTION, Sandbox


def test_exports_of_an_instance_are_switched_one_by_one_and_twice(sandbox: Sandbox) -> None:
    rds = sandbox.client("rds", PRODUCTION)
    make_instance(rds, "switched", "postgres", "upgrade")
    for _ in range(2):
        rds.modify_db_instance(
            DBInstanceIdentifier="switched",
            CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        )
    assert exports_of(rds, "switched") == ["postgresql", "upgrade"]
    for _ in range(2):
        rds.modify_db_instance(
            DBInstanceIdentifier="switched",
            CloudwatchLogsExportConfiguration={"DisableLogTypes": ["upgrade"]},
        )
    assert exports_of(rds, "switched") == ["postgresql"]


def test_exports_of_a_cluster_are_switched_by_the_name_of_the_api(sandbox: Sandbox) -> None:
    rds = sandbox.client("rds", PRODUCTION)
    make_aurora(rds, "switched-cluster", "aurora-mysql", "error")
    answered = rds.modify_db_cluster(
        DBClusterIdentifier="switched-cluster",
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["audit"], "DisableLogTypes": ["error"]},
    )
    assert answered["DBCluster"]["EnabledCloudwatchLogsExports"] == ["audit"]
    assert exports_of(rds, "switched-cluster", cluster=True) == ["audit"]
