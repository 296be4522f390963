"""Which permissions calls of EC2, Auto Scaling and load balancing need, by the Service Authorization Reference."""

from __future__ import annotations

from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from service.sandbox.actions import asked_of
from tests.sandbox.calls import asked, call
from tests.support.sandbox import PRODUCTION, REGION

HERE = f"{REGION}:{PRODUCTION}"
EC2 = f"arn:aws:ec2:{HERE}"
ELB = f"arn:aws:elasticloadbalancing:{HERE}"
GROUP = f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/flume"
TAGS = [{"Key": "managed-by", "Value": "logflume"}]


def specified(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


@pytest.mark.parametrize(
    ("service", "operation", "params", "needed"),
    [
        ("ec2", "DescribeInstances", {}, [("ec2:DescribeInstances", "*")]),
        (
            "ec2",
            "CreateLaunchTemplate",
            {"TagSpecifications": specified("launch-template")},
            [
                ("ec2:CreateLaunchTemplate", f"{EC2}:launch-template/*"),
                ("ec2:CreateTags", f"{EC2}:launch-template/*"),
            ],
        ),
        (
            "ec2",
            "CreateSecurityGroup",
            {"VpcId": "vpc-1"},
            [
                ("ec2:CreateSecurityGroup", f"{EC2}:security-group/*"),
                ("ec2:CreateSecurityGroup", f"{EC2}:vpc/vpc-1"),
            ],
        ),
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            {"GroupId": "sg-1"},
            [("ec2:AuthorizeSecurityGroupIngress", f"{EC2}:security-group/sg-1")],
        ),
        (
            "ec2",
            "DeleteTags",
            {"Resources": ["lt-1", "sgr-1"], "Tags": TAGS},
            [
                ("ec2:DeleteTags", f"{EC2}:launch-template/lt-1"),
                ("ec2:DeleteTags", f"{EC2}:security-group-rule/sgr-1"),
            ],
        ),
        ("ec2", "AllocateAddress", {}, [("ec2:AllocateAddress", "*")]),
        (
            "autoscaling",
            "StartInstanceRefresh",
            {"AutoScalingGroupName": "flume"},
            [("autoscaling:StartInstanceRefresh", GROUP)],
        ),
        (
            "autoscaling",
            "CreateOrUpdateTags",
            {"Tags": [{"ResourceId": "flume", **TAGS[0]}]},
            [("autoscaling:CreateOrUpdateTags", GROUP)],
        ),
        (
            "elbv2",
            "CreateLoadBalancer",
            {"Name": "flume", "Tags": TAGS},
            [
                ("elasticloadbalancing:CreateLoadBalancer", f"{ELB}:loadbalancer/net/flume/*"),
                ("elasticloadbalancing:AddTags", f"{ELB}:loadbalancer/net/flume/*"),
            ],
        ),
        (
            "elbv2",
            "CreateListener",
            {"LoadBalancerArn": f"{ELB}:loadbalancer/net/flume/1", "Tags": TAGS},
            [
                ("elasticloadbalancing:CreateListener", f"{ELB}:loadbalancer/net/flume/1"),
                ("elasticloadbalancing:AddTags", f"{ELB}:listener/net/flume/1/*"),
            ],
        ),
        (
            "elbv2",
            "RemoveTags",
            {"ResourceArns": [f"{ELB}:targetgroup/flume/1"], "TagKeys": ["a"]},
            [("elasticloadbalancing:RemoveTags", f"{ELB}:targetgroup/flume/1")],
        ),
        (
            "iam",
            "AddRoleToInstanceProfile",
            {"RoleName": "r", "InstanceProfileName": "i"},
            [
                ("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{PRODUCTION}:instance-profile/i"),
                ("iam:PassRole", f"arn:aws:iam::{PRODUCTION}:role/r"),
            ],
        ),
    ],
)
def test_a_call_needs_its_actions(
    service: str, operation: str, params: dict[str, Any], needed: list[tuple[str, str]]
) -> None:
    assert asked(service, operation, **params) == needed


def test_tags_that_are_given_and_tags_that_are_there_are_told_apart() -> None:
    ec2 = ec2_backends[PRODUCTION][REGION]
    made = ec2.create_launch_template(
        "tags-there", "", {"ImageId": "ami-1"}, {"launch-template": {"team": "a"}}
    )
    [kept, *_] = asked_of(call("ec2", "CreateTags", Resources=[made.id], Tags=TAGS))
    assert kept.context["aws:ResourceTag/team"] == "a"
    assert kept.context["aws:RequestTag/managed-by"] == "logflume"
    [_, tagging] = asked_of(
        call("ec2", "CreateLaunchTemplate", TagSpecifications=specified("launch-template"))
    )
    assert tagging.context["ec2:CreateAction"] == "CreateLaunchTemplate"


def test_a_group_needs_what_its_launch_template_needs() -> None:
    iam = iam_backends[PRODUCTION]["aws"]
    iam.create_role("carried", "{}", "/logflume/", None, "", [], "3600")
    iam.create_instance_profile("carrier", "/", ["carried"])
    data = {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "carrier"}}
    made = ec2_backends[PRODUCTION][REGION].create_launch_template("carrying", "", data, {})
    _, run, passed = asked_of(
        call(
            "autoscaling",
            "CreateAutoScalingGroup",
            AutoScalingGroupName="flume",
            LaunchTemplate={"LaunchTemplateId": made.id},
        )
    )
    assert (run.action, run.resource) == ("ec2:RunInstances", f"{EC2}:instance/*")
    assert run.context == {"ec2:LaunchTemplate": f"{EC2}:launch-template/{made.id}"}
    assert (passed.action, passed.resource) == (
        "iam:PassRole",
        f"arn:aws:iam::{PRODUCTION}:role/logflume/carried",
    )
    assert passed.context == {"iam:PassedToService": "ec2.amazonaws.com"}
