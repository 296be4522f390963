"""What IAM is asked about calls of EC2, EC2 Auto Scaling and Elastic Load Balancing. The caller holds `EXCLUSIVE`.

Source: the Service Authorization Reference of the three services, "Amazon EC2 Auto Scaling API permissions" (what a group with
a launch template needs besides) and "Grant permission to tag resources during creation" (EC2 and ELB user guides).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from service.sandbox.asked import Asked, Context
from service.sandbox.call import Call
from service.sandbox.policies import PARTITION

SERVICES = ("autoscaling", "ec2", "elbv2")

_EC2_KINDS = {
    "LaunchTemplateId": "launch-template",
    "GroupId": "security-group",
    "VpcId": "vpc",
    "InstanceId": "instance",
}
"""Members that name what a call of EC2 is about; of several, each is asked about."""
_EC2_MAKES = {"CreateLaunchTemplate": "launch-template", "CreateSecurityGroup": "security-group"}
_ID_KINDS = {
    "lt": "launch-template",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "vpc": "vpc",
    "i": "instance",
}
_ELB_ARNS = ("ListenerArn", "TargetGroupArn", "LoadBalancerArn")
_ELB_MAKES = {"CreateLoadBalancer": "loadbalancer/net", "CreateTargetGroup": "targetgroup"}


def asked_of_servers(call: Call) -> Iterator[Asked]:
    """Everything that must be allowed for a call of one of `SERVICES` to go on."""
    if call.operation.startswith("Describe"):
        yield Asked(_action(call), "*")
        return
    by_service = {"autoscaling": _autoscaling, "ec2": _ec2, "elbv2": _elb}
    yield from by_service[call.service](call)


def _action(call: Call) -> str:
    prefix = "elasticloadbalancing" if call.service == "elbv2" else call.service
    return f"{prefix}:{call.operation}"


def _ec2(call: Call) -> Iterator[Asked]:
    here = f"arn:aws:ec2:{call.region}:{call.account}"
    specified = call.params.get("TagSpecifications") or []
    tags = _request_tags([tag for one in specified for tag in one.get("Tags") or []])
    if call.operation in ("CreateTags", "DeleteTags"):
        context = _request_tags(call.params.get("Tags") or [])
        for id in call.params.get("Resources") or []:
            arn = f"{here}:{_kind_of(str(id))}/{id}"
            yield Asked(_action(call), arn, context | _ec2_tags(call, str(id)))
        return
    if call.operation in _EC2_MAKES:
        yield Asked(_action(call), f"{here}:{_EC2_MAKES[call.operation]}/*", tags)
    named = [
        (kind, str(call.params[member])) for member, kind in _EC2_KINDS.items() if call.params.get(member)
    ]
    for kind, id in named:
        yield Asked(_action(call), f"{here}:{kind}/{id}", _ec2_tags(call, id))
    if not named and call.operation not in _EC2_MAKES:
        yield Asked(_action(call), "*")
    for kind in sorted({one["ResourceType"] for one in specified}):
        yield Asked("ec2:CreateTags", f"{here}:{kind}/*", tags | {"ec2:CreateAction": call.operation})


def _kind_of(id: str) -> str:
    return _ID_KINDS.get(id.partition("-")[0], "*")


def _ec2_tags(call: Call, id: str) -> Context:
    tags = ec2_backends[call.account][call.region].tags.get(id, {})
    return {f"aws:ResourceTag/{name}": str(value) for name, value in tags.items()}


def _request_tags(tags: list[dict[str, Any]]) -> Context:
    context: Context = {f"aws:RequestTag/{tag['Key']}": str(tag.get("Value", "")) for tag in tags}
    return context | {"aws:TagKeys": [str(tag["Key"]) for tag in tags]} if tags else context


def _autoscaling(call: Call) -> Iterator[Asked]:
    tags = call.params.get("Tags") or []
    names = (
        [str(call.params.get("AutoScalingGroupName") or "")] if "AutoScalingGroupName" in call.params else []
    )
    names += sorted({str(tag["ResourceId"]) for tag in tags if not names})
    for name in names:
        yield Asked(_action(call), _group_arn(call, name), _request_tags(tags))
    if not names:
        yield Asked(_action(call), "*")
    if call.operation in ("CreateAutoScalingGroup", "UpdateAutoScalingGroup") and call.params.get(
        "LaunchTemplate"
    ):
        yield from _launching(call)


def _group_arn(call: Call, name: str) -> str:
    """A group that is not there yet has no id: the policies that let it be made leave the id open."""
    group = autoscaling_backends[call.account][call.region].autoscaling_groups.get(name)
    if group is not None:
        return str(group.arn)
    return f"arn:aws:autoscaling:{call.region}:{call.account}:autoScalingGroup:*:autoScalingGroupName/{name}"


def _launching(call: Call) -> Iterator[Asked]:
    """Whoever gives a group a launch template must be allowed to launch from it and to pass its instance profile's role."""
    backend = ec2_backends[call.account][call.region]
    wanted = call.params["LaunchTemplate"]
    id = wanted.get("LaunchTemplateId") or backend.launch_template_name_to_ids.get(
        wanted.get("LaunchTemplateName")
    )
    template = backend.launch_templates.get(str(id))
    if template is None:
        return
    here = f"arn:aws:ec2:{call.region}:{call.account}"
    yield Asked(
        "ec2:RunInstances", f"{here}:instance/*", {"ec2:LaunchTemplate": f"{here}:launch-template/{id}"}
    )
    version = template.get_version(wanted.get("Version") or "$Default")
    for specified in version.data.get("TagSpecifications") or []:
        tags = _request_tags(specified.get("Tags") or [])
        launched: Context = {"ec2:CreateAction": "RunInstances"}
        yield Asked("ec2:CreateTags", f"{here}:{specified['ResourceType']}/*", tags | launched)
    profile = version.data.get("IamInstanceProfile") or {}
    for role in _roles_of_profile(call.account, profile):
        yield Asked("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"})


def _roles_of_profile(account: str, profile: dict[str, Any]) -> list[str]:
    profiles = iam_backends[account][PARTITION].instance_profiles.values()
    found = [one for one in profiles if one.name == profile.get("Name") or one.arn == profile.get("Arn")]
    return [str(role.arn) for one in found for role in one.roles]


def _elb(call: Call) -> Iterator[Asked]:
    here = f"arn:aws:elasticloadbalancing:{call.region}:{call.account}"
    tags = call.params.get("Tags") or []
    if call.operation in ("AddTags", "RemoveTags"):
        for arn in call.params.get("ResourceArns") or []:
            yield Asked(_action(call), str(arn), _request_tags(tags) | _elb_tags(call, str(arn)))
        return
    made = _ELB_MAKES.get(call.operation)
    arn = f"{here}:{made}/{call.params.get('Name')}/*" if made else _elb_arn(call)
    yield Asked(_action(call), arn, _request_tags(tags) | _elb_tags(call, arn))
    if tags:
        new = (
            arn.replace(":loadbalancer/", ":listener/") + "/*" if call.operation == "CreateListener" else arn
        )
        action: Context = {"elasticloadbalancing:CreateAction": call.operation}
        yield Asked("elasticloadbalancing:AddTags", new, _request_tags(tags) | action)


def _elb_arn(call: Call) -> str:
    return next((str(call.params[member]) for member in _ELB_ARNS if call.params.get(member)), "*")


def _elb_tags(call: Call, arn: str) -> Context:
    tagger = elbv2_backends[call.account][call.region].tagging_service
    tags = tagger.get_tag_dict_for_resource(arn)
    return {f"aws:ResourceTag/{name}": str(value) for name, value in tags.items()}
