"""Security groups, launch templates, Auto Scaling groups, load balancers and instance profiles."""

from __future__ import annotations

import base64
from typing import Any

from tests.sandbox.provider.cases.case import TAGS, Case, Clients, Values
from tests.support.aws import trust
from tests.support.sandbox import LOG, REGION


def _network(clients: Clients, name: str) -> Values:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    return {"name": name, "vpc": vpc, "subnets": subnets}


def _groups(clients: Clients, name: str) -> Values:
    network = _network(clients, name)
    ids = [
        clients("ec2").create_security_group(GroupName=f"{name}-{n}", Description="x", VpcId=network["vpc"])[
            "GroupId"
        ]
        for n in range(2)
    ]
    return {**network, "group": ids[0], "other_group": ids[1]}


def _template(clients: Clients, name: str) -> Values:
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    made = clients("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return {**_network(clients, name), "template": made["LaunchTemplate"]["LaunchTemplateId"]}


def _target_group(clients: Clients, name: str, suffix: str = "tg", protocol: str = "TCP") -> Values:
    network = _network(clients, name)
    made = clients("elbv2").create_target_group(
        Name=f"{name}-{suffix}", Protocol=protocol, Port=5140, VpcId=network["vpc"], TargetType="instance"
    )
    return {**network, "target_group": made["TargetGroups"][0]["TargetGroupArn"]}


def _scaling_group(clients: Clients, name: str) -> Values:
    parts = _template(clients, name)
    clients("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": parts["template"]},
        VPCZoneIdentifier=parts["subnets"][0],
    )
    return parts


def _balancer(clients: Clients, name: str) -> Values:
    parts = _target_group(clients, name)
    made = clients("elbv2").create_load_balancer(Name=name, Type="network", Subnets=parts["subnets"])
    return {**parts, "balancer": made["LoadBalancers"][0]["LoadBalancerArn"]}


def _role(clients: Clients, name: str) -> Values:
    for suffix in ("one", "two"):
        clients("iam").create_role(
            RoleName=f"{name}-{suffix}", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com")
        )
    return {"name": name}


def _user_data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _data(names: Values, script: str) -> Values:
    return {
        "name": names["name"],
        "imageId": "ami-12345678",
        "instanceType": "t3.small",
        "userData": _user_data(script),
        "iamInstanceProfile": {"name": "a-profile"},
        "vpcSecurityGroupIds": [names["group"]],
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        },
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/sdf",
                "ebs": {
                    "volumeSize": 20,
                    "volumeType": "gp3",
                    "encrypted": "true",
                    "deleteOnTermination": "true",
                },
            }
        ],
        "tagSpecifications": [{"resourceType": "instance", "tags": TAGS}],
        "updateDefaultVersion": True,
        "tags": TAGS,
    }


def _rule(names: Values, **more: Any) -> Values:
    return {
        "securityGroupId": names["group"],
        "ipProtocol": "tcp",
        "fromPort": 514,
        "toPort": 514,
        "description": "clients",
        **more,
    }


def _new_version(clients: Clients, id: str) -> None:
    clients("ec2").create_launch_template_version(
        LaunchTemplateId=id, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
    )


def _open(clients: Clients, names: Values, id: str) -> None:
    clients("ec2").modify_security_group_rules(
        GroupId=names["group"],
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": id,
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 514,
                    "ToPort": 514,
                    "CidrIpv4": "0.0.0.0/0",
                },
            }
        ],
    )


CASES = (
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        needs=_network,
        inputs=lambda n: {"name": n["name"], "description": "syslog", "vpcId": n["vpc"], "tags": TAGS},
        change=lambda _: {"tags": {"team": "orders"}},
        changed=("tags.team",),
        by_hand=lambda c, _, id: c("ec2").delete_tags(Resources=[id], Tags=[{"Key": "team"}]),
        drifted="tags",
        replace={"description": "another"},
    ),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        needs=_groups,
        inputs=lambda n: _rule(n, cidrIpv4="10.0.0.0/8", tags=TAGS),
        change=lambda _: {"fromPort": 1514, "toPort": 1514, "tags": {"team": "orders"}},
        changed=("fromPort", "tags.team", "toPort"),
        by_hand=_open,
        drifted="cidrIpv4",
        replace={"securityGroupId": "sg-0123456789abcdef0"},
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        needs=_groups,
        inputs=lambda n: _rule(n, referencedSecurityGroupId=n["other_group"]),
        change=lambda _: {"fromPort": 1514, "toPort": 1514},
        changed=("fromPort", "toPort"),
        by_hand=lambda c, n, id: c("ec2").revoke_security_group_egress(
            GroupId=n["group"], SecurityGroupRuleIds=[id]
        ),
        drifted="",
        replace={"securityGroupId": "sg-0123456789abcdef0"},
    ),
    Case(
        "aws:ec2/launchTemplate:LaunchTemplate",
        needs=_groups,
        inputs=lambda n: _data(n, "#!/bin/sh\necho one\n"),
        change=lambda _: {"userData": _user_data("#!/bin/sh\necho two\n"), "tags": {"team": "orders"}},
        changed=("tags.team", "userData"),
        by_hand=lambda c, _, id: _new_version(c, id),
        drifted="instanceType",
        replace={"name": "another"},
    ),
    Case(
        "aws:autoscaling/group:Group",
        needs=lambda c, name: {**_template(c, name), **_target_group(c, name)},
        inputs=lambda n: {
            "name": n["name"],
            "minSize": 1,
            "maxSize": 2,
            "launchTemplate": {"id": n["template"], "version": "1"},
            "vpcZoneIdentifiers": n["subnets"],
            "targetGroupArns": [n["target_group"]],
            "healthCheckType": "ELB",
            "instanceRefresh": {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 100}},
            "tags": [{"key": "team", "value": "payments", "propagateAtLaunch": True}],
        },
        change=lambda _: {
            "maxSize": 3,
            "tags": [{"key": "team", "value": "orders", "propagateAtLaunch": True}],
        },
        changed=("maxSize", "tags[0].value"),
        by_hand=lambda c, _, id: c("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=id, MaxSize=9
        ),
        drifted="maxSize",
        replace={"name": "another"},
    ),
    Case(
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        needs=_scaling_group,
        inputs=lambda n: {
            "name": "flush",
            "autoscalingGroupName": n["name"],
            "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "heartbeatTimeout": 300,
            "defaultResult": "CONTINUE",
        },
        change=lambda _: {"heartbeatTimeout": 600},
        changed=("heartbeatTimeout",),
        by_hand=lambda c, n, id: c("autoscaling").put_lifecycle_hook(
            LifecycleHookName=id,
            AutoScalingGroupName=n["name"],
            LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
            HeartbeatTimeout=300,
            DefaultResult="ABANDON",
        ),
        drifted="defaultResult",
        replace={"name": "another"},
        import_id=lambda n, id: f"{n['name']}/{id}",
    ),
    Case(
        "aws:lb/loadBalancer:LoadBalancer",
        needs=_groups,
        inputs=lambda n: {
            "name": n["name"],
            "loadBalancerType": "network",
            "internal": True,
            "subnets": n["subnets"],
            "securityGroups": [n["group"]],
            "tags": TAGS,
        },
        change=lambda n: {"securityGroups": [n["other_group"]], "enableCrossZoneLoadBalancing": True},
        changed=("enableCrossZoneLoadBalancing", "securityGroups[0]"),
        by_hand=lambda c, n, id: c("elbv2").set_security_groups(
            LoadBalancerArn=id, SecurityGroups=[n["other_group"]]
        ),
        drifted="securityGroups",
        replace={"name": "another"},
    ),
    Case(
        "aws:lb/targetGroup:TargetGroup",
        needs=_network,
        inputs=lambda n: {
            "name": n["name"],
            "port": 5140,
            "protocol": "TCP_UDP",
            "vpcId": n["vpc"],
            "deregistrationDelay": 30,
            "healthCheck": {"protocol": "HTTP", "port": "24220", "path": "/api/plugins.json"},
            "tags": TAGS,
        },
        change=lambda _: {"deregistrationDelay": 60, "tags": {"team": "orders"}},
        changed=("deregistrationDelay", "tags.team"),
        by_hand=lambda c, _, id: c("elbv2").modify_target_group(TargetGroupArn=id, HealthCheckPath="/"),
        drifted="healthCheck.path",
        replace={"port": 5141},
    ),
    Case(
        "aws:lb/listener:Listener",
        needs=_balancer,
        inputs=lambda n: {
            "loadBalancerArn": n["balancer"],
            "port": 514,
            "protocol": "TCP",
            "defaultActions": [{"type": "forward", "targetGroupArn": n["target_group"]}],
            "tags": TAGS,
        },
        change=lambda _: {"port": 1514, "tags": {"team": "orders"}},
        changed=("port", "tags.team"),
        by_hand=lambda c, _, id: c("elbv2").modify_listener(ListenerArn=id, Port=515),
        drifted="port",
        replace={"loadBalancerArn": f"arn:aws:elasticloadbalancing:{REGION}:{LOG}:loadbalancer/net/a/1"},
    ),
    Case(
        "aws:iam/instanceProfile:InstanceProfile",
        needs=_role,
        inputs=lambda n: {"name": n["name"], "path": "/logflume/", "role": f"{n['name']}-one", "tags": TAGS},
        change=lambda n: {"role": f"{n['name']}-two", "tags": {"team": "orders"}},
        changed=("role", "tags.team"),
        by_hand=lambda c, n, id: c("iam").remove_role_from_instance_profile(
            InstanceProfileName=id, RoleName=f"{n['name']}-one"
        ),
        drifted="role",
        replace={"path": "/elsewhere/"},
    ),
)
