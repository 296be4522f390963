"""Databases, clusters and zones as somebody's own tools made them, for tests of what logs at its source."""

from __future__ import annotations

from typing import Any

from tests.support.aws import policy


def make_instance(rds: Any, name: str, engine: str = "postgres", *exports: str) -> dict[str, Any]:
    """An instance with these log exports on."""
    made: dict[str, Any] = rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine=engine,
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="a-password",
        EnableCloudwatchLogsExports=[*exports],
    )["DBInstance"]
    return made


def make_aurora(rds: Any, name: str, engine: str = "aurora-mysql", *exports: str) -> None:
    """An Aurora cluster with these log exports on."""
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=engine,
        MasterUsername="owner",
        MasterUserPassword="a-password",
        EnableCloudwatchLogsExports=[*exports],
    )


def exports_of(rds: Any, name: str, *, cluster: bool = False) -> list[str]:
    """The log exports that are on, sorted."""
    if cluster:
        [found] = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    else:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return sorted(found.get("EnabledCloudwatchLogsExports") or [])


def make_cluster(eks: Any, account: str, name: str, *types: str) -> None:
    """An EKS cluster with these control-plane log types on."""
    eks.create_cluster(
        name=name,
        roleArn=f"arn:aws:iam::{account}:role/eks",
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
        logging={"clusterLogging": [{"types": [*types], "enabled": True}]} if types else {},
    )


def types_of(eks: Any, name: str) -> list[str]:
    """The control-plane log types that are on, sorted."""
    setups = eks.describe_cluster(name=name)["cluster"]["logging"]["clusterLogging"]
    return sorted(kind for setup in setups if setup["enabled"] for kind in setup["types"])


def make_zone(route53: Any, name: str, *, private: bool = False) -> str:
    """A hosted zone; its id."""
    inside = {"VPC": {"VPCRegion": "eu-west-3", "VPCId": "vpc-1"}, "HostedZoneConfig": {"PrivateZone": True}}
    more = inside if private else {}
    zone = route53.create_hosted_zone(Name=name, CallerReference=name, **more)["HostedZone"]
    return str(zone["Id"]).rpartition("/")[2]


def route53_may_write(logs: Any, name: str, resource: str, **condition: Any) -> None:
    """A log resource policy that lets Route 53 write to `resource`."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": resource,
    }
    more = {"Condition": condition} if condition else {}
    logs.put_resource_policy(policyName=name, policyDocument=policy(**statement, **more))
