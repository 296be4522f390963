"""How to ask AWS for the parts of a syslog server that are there already: by name, and rules by their tags."""

from __future__ import annotations

from typing import Any

from .finders import Finder, Place


def _security_group(ec2: Any, inputs: dict[str, Any], _: Place) -> str | None:
    """A name is one group's in its network."""
    wanted = {"group-name": inputs["name"], "vpc-id": inputs["vpcId"]}
    found = ec2.describe_security_groups(Filters=_filters(wanted))["SecurityGroups"]
    return next((str(group["GroupId"]) for group in found), None)


def _rule(ec2: Any, inputs: dict[str, Any], _: Place) -> str | None:
    """A rule has no name: the one with exactly our tags is ours."""
    tags = inputs.get("tags") or {}
    group = inputs.get("securityGroupId")
    if not tags or not isinstance(group, str) or not group.startswith("sg-"):
        return None  # Its group is still to be made, so it cannot be there.
    pages = ec2.get_paginator("describe_security_group_rules").paginate(Filters=_filters({"group-id": group}))
    for page in pages:
        for rule in page["SecurityGroupRules"]:
            if tags.items() <= {tag["Key"]: tag["Value"] for tag in rule.get("Tags") or []}.items():
                return str(rule["SecurityGroupRuleId"])
    return None


def _filters(wanted: dict[str, str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]} for name, value in wanted.items()]


def _launch_template(ec2: Any, inputs: dict[str, Any], _: Place) -> str | None:
    wanted = _filters({"launch-template-name": inputs["name"]})
    found = ec2.describe_launch_templates(Filters=wanted)["LaunchTemplates"]
    return next((str(template["LaunchTemplateId"]) for template in found), None)


def _scaling_group(autoscaling: Any, inputs: dict[str, Any], _: Place) -> str | None:
    name = inputs["name"]
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return str(name) if found else None


def _load_balancer(elb: Any, inputs: dict[str, Any], _: Place) -> str | None:
    found = elb.describe_load_balancers(Names=[inputs["name"]])["LoadBalancers"]
    return next((str(one["LoadBalancerArn"]) for one in found), None)


def _target_group(elb: Any, inputs: dict[str, Any], _: Place) -> str | None:
    found = elb.describe_target_groups(Names=[inputs["name"]])["TargetGroups"]
    return next((str(one["TargetGroupArn"]) for one in found), None)


def _listener(elb: Any, inputs: dict[str, Any], _: Place) -> str | None:
    """A load balancer has one listener a port."""
    balancer = inputs.get("loadBalancerArn")
    if not isinstance(balancer, str) or not balancer.startswith("arn:"):
        return None  # Its load balancer is still to be made.
    found = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    return next((str(one["ListenerArn"]) for one in found if one["Port"] == int(inputs["port"])), None)


def _instance_profile(iam: Any, inputs: dict[str, Any], _: Place) -> str | None:
    for page in iam.get_paginator("list_instance_profiles").paginate(PathPrefix=inputs.get("path") or "/"):
        for profile in page["InstanceProfiles"]:
            if profile["InstanceProfileName"] == inputs["name"]:
                return str(profile["InstanceProfileName"])
    return None


SERVER_FINDERS: dict[str, tuple[str, Finder]] = {
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", _security_group),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("ec2", _rule),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("ec2", _rule),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", _launch_template),
    "aws:autoscaling/group:Group": ("autoscaling", _scaling_group),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", _load_balancer),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", _target_group),
    "aws:lb/listener:Listener": ("elbv2", _listener),
    "aws:iam/instanceProfile:InstanceProfile": ("iam", _instance_profile),
}
