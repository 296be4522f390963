"""Instances behind a load balancer, as tests of the sandbox make them by hand."""

from __future__ import annotations

import base64
from typing import Any

from tests.support.sandbox import REGION, Sandbox


def network(sandbox: Sandbox, account: str) -> tuple[str, list[str]]:
    """A VPC and two of its subnets."""
    ec2 = sandbox.client("ec2", account)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    return str(vpc), [str(subnet["Subnet"]["SubnetId"]) for subnet in subnets]


def encoded(text: str) -> str:
    """User data as EC2 takes it."""
    return base64.b64encode(text.encode()).decode()


def template(sandbox: Sandbox, account: str, name: str, **data: Any) -> str:
    """A launch template; its id."""
    made = sandbox.client("ec2", account).create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.small", **data},
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def group(
    sandbox: Sandbox, account: str, name: str, *, size: int = 1, version: str = "1", **more: Any
) -> str:
    """An Auto Scaling group of its own template; the template's id."""
    id = template(sandbox, account, name)
    _, subnets = network(sandbox, account)
    sandbox.client("autoscaling", account).create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=size,
        MaxSize=size * 2,
        LaunchTemplate={"LaunchTemplateId": id, "Version": version},
        VPCZoneIdentifier=",".join(subnets),
        **more,
    )
    return id


def instances(sandbox: Sandbox, account: str, name: str) -> dict[str, tuple[str, str]]:
    """Instance ids of a group, each with its lifecycle state and the version it was launched from."""
    autoscaling = sandbox.client("autoscaling", account)
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return {
        one["InstanceId"]: (one["LifecycleState"], one["LaunchTemplate"]["Version"])
        for one in found[0]["Instances"]
    }
