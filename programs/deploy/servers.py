"""What the deploy role may do for syslog servers: network parts, templates and groups that are ours by tag or by name.

Sources: the Service Authorization Reference of EC2, EC2 Auto Scaling and Elastic Load Balancing; "Amazon EC2 Auto Scaling API
permissions" and "Control Amazon EC2 launch template usage in Auto Scaling groups" (EC2 Auto Scaling User Guide); "Grant
permission to tag Amazon EC2 resources during creation" (EC2 User Guide).
"""

from __future__ import annotations

from programs.deploy.spec import BootstrapSpec
from programs.documents import Condition, Statement, allow
from programs.names import PREFIX, ROLE_PATH

LINKED_SERVICES = ["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"]
"""Their own roles are made the first time a group or a load balancer is."""
_LAUNCHED_FROM = ("instance", "launch-template", "network-interface", "security-group", "subnet", "volume")
"""What a launch makes and uses in the account, by the resource types of RunInstances."""
_OURS: Condition = {"StringEquals": {"aws:ResourceTag/managed-by": "logflume"}}


def servers(spec: BootstrapSpec) -> list[Statement]:
    """Security groups, launch templates and Auto Scaling groups."""
    return [*_profiles(spec), *_network(spec), *_launching(spec), *_groups(spec)]


def let_itself_go(spec: BootstrapSpec) -> Statement:
    """Of a server, for the boundary: say that it may be terminated now."""
    return allow("LetItselfGo", ["autoscaling:CompleteLifecycleAction"], Resource=_group_arn(spec))


def balancers(spec: BootstrapSpec) -> list[Statement]:
    """Network load balancers, their target groups and listeners, by name."""
    here = f"arn:aws:elasticloadbalancing:*:{spec.account_id}"
    kinds = (f"loadbalancer/net/{PREFIX}*/*", f"targetgroup/{PREFIX}*/*", f"listener/net/{PREFIX}*/*/*")
    actions = [
        "AddTags",
        "CreateListener",
        "CreateLoadBalancer",
        "CreateTargetGroup",
        "DeleteListener",
        "DeleteLoadBalancer",
        "DeleteTargetGroup",
        "ModifyListener",
        "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "RemoveTags",
        "SetSecurityGroups",
        "SetSubnets",
    ]
    return [
        allow("SeeBalancers", ["elasticloadbalancing:Describe*"], Resource="*"),
        allow(
            "Balancers",
            [f"elasticloadbalancing:{action}" for action in actions],
            Resource=[f"{here}:{kind}" for kind in kinds],
        ),
    ]


def _profiles(spec: BootstrapSpec) -> list[Statement]:
    linked = {"StringEquals": {"iam:AWSServiceName": LINKED_SERVICES}}
    actions = [
        "AddRoleToInstanceProfile",
        "CreateInstanceProfile",
        "DeleteInstanceProfile",
        "GetInstanceProfile",
        "RemoveRoleFromInstanceProfile",
        "TagInstanceProfile",
        "UntagInstanceProfile",
    ]
    return [
        allow(
            "Profiles",
            [f"iam:{action}" for action in actions],
            Resource=f"arn:aws:iam::{spec.account_id}:instance-profile{ROLE_PATH}*",
        ),
        allow("FindProfiles", ["iam:ListInstanceProfiles"], Resource="*"),
        allow(
            "PassToServers",
            ["iam:PassRole"],
            Resource=f"arn:aws:iam::{spec.account_id}:role{ROLE_PATH}*-syslog",
            Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
        allow(
            "ServicesOwnRoles",
            ["iam:CreateServiceLinkedRole"],
            Resource=f"arn:aws:iam::{spec.account_id}:role/aws-service-role/*",
            Condition=linked,
        ),
    ]


def _network(spec: BootstrapSpec) -> list[Statement]:
    here = f"arn:aws:ec2:*:{spec.account_id}"
    template, group = f"{here}:launch-template/*", f"{here}:security-group/*"
    ours = [template, group, f"{here}:security-group-rule/*"]
    tagged = {"StringEquals": {"aws:RequestTag/managed-by": "logflume"}}
    creating = [
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateLaunchTemplate",
        "CreateSecurityGroup",
    ]
    changing = [
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateLaunchTemplateVersion",
        "CreateTags",
        "DeleteLaunchTemplate",
        "DeleteSecurityGroup",
        "DeleteTags",
        "ModifyLaunchTemplate",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
    ]
    return [
        allow("MakeTemplates", ["ec2:CreateLaunchTemplate"], Resource=template, Condition=tagged),
        allow("MakeGroups", ["ec2:CreateSecurityGroup"], Resource=group, Condition=tagged),
        allow("InAnyNetwork", ["ec2:CreateSecurityGroup"], Resource=f"{here}:vpc/*"),
        allow(
            "TagWhatIsMade",
            ["ec2:CreateTags"],
            Resource=ours,
            Condition={"StringEquals": {"ec2:CreateAction": creating}},
        ),
        # A rule that is made with tags has none yet: only what is sent with it can be asked about.
        allow(
            "MakeRules",
            ["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
            Resource=f"{here}:security-group-rule/*",
            Condition=tagged,
        ),
        allow("OurNetworkParts", [f"ec2:{action}" for action in changing], Resource=ours, Condition=_OURS),
    ]


def _launching(spec: BootstrapSpec) -> list[Statement]:
    here = f"arn:aws:ec2:*:{spec.account_id}"
    seen = (
        # The load balancer's calls look at these, too ("Elastic Load Balancing API permissions").
        *("AccountAttributes", "Addresses", "Instances", "InternetGateways"),
        *("Images", "LaunchTemplateVersions", "LaunchTemplates", "NetworkInterfaces"),
        *("SecurityGroupRules", "SecurityGroups", "Subnets", "Tags", "Vpcs"),
    )
    return [
        allow("SeeNetworks", [f"ec2:Describe{what}" for what in seen], Resource="*"),
        allow(
            "LaunchFromTemplates",
            ["ec2:RunInstances"],
            Resource=[
                *(f"{here}:{kind}/*" for kind in _LAUNCHED_FROM),
                "arn:aws:ec2:*::image/*",
                "arn:aws:ec2:*::snapshot/*",
            ],
            Condition={"ArnLike": {"ec2:LaunchTemplate": f"{here}:launch-template/*"}},
        ),
        allow(
            "TagWhatIsLaunched",
            ["ec2:CreateTags"],
            Resource=[f"{here}:instance/*", f"{here}:volume/*"],
            Condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}},
        ),
        allow(
            "FindTheImage",
            ["ssm:GetParameters"],
            Resource=f"arn:aws:ssm:*:{spec.account_id}:parameter/logflume/*",
        ),
    ]


def _groups(spec: BootstrapSpec) -> list[Statement]:
    actions = [
        "AttachLoadBalancerTargetGroups",
        "CancelInstanceRefresh",
        "CreateAutoScalingGroup",
        "CreateOrUpdateTags",
        "DeleteAutoScalingGroup",
        "DeleteLifecycleHook",
        "DeleteTags",
        "DetachLoadBalancerTargetGroups",
        "PutLifecycleHook",
        "StartInstanceRefresh",
        "UpdateAutoScalingGroup",
    ]
    return [
        allow("SeeGroups", ["autoscaling:Describe*"], Resource="*"),
        allow("Groups", [f"autoscaling:{action}" for action in actions], Resource=_group_arn(spec)),
    ]


def _group_arn(spec: BootstrapSpec) -> str:
    return f"arn:aws:autoscaling:*:{spec.account_id}:autoScalingGroup:*:autoScalingGroupName/{PREFIX}*"
