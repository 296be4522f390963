"""Auto Scaling groups. Calls: the EC2 Auto Scaling API reference; inputs: aws.autoscaling.Group of the provider's documentation.

A changed launch template starts an instance refresh where the group asks for one; like the real provider, an update does not
wait for its end. A group is emptied before it is deleted, so that lifecycle hooks have their say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.errors import AwsError
from service.sandbox.catalog.resource import Naming, Resource, present
from service.sandbox.catalog.schema import (
    REGION,
    Values,
    block,
    choice,
    flag,
    list_of,
    number,
    set_of,
    text,
)

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws

_SETTLED_WITHIN = 120.0
"""Seconds for instances to come up or to go; the real provider waits ten minutes."""
_PREFERENCES = {
    "minHealthyPercentage": number(0, 100, default=90),
    "maxHealthyPercentage": number(100, 200),
    "instanceWarmup": text(r"\d+"),
    "skipMatching": flag(),
    "autoRollback": flag(),
}
_TAG = {"key": text(required=True), "value": text(required=True), "propagateAtLaunch": flag(required=True)}


class Group(Resource):
    """aws.autoscaling.Group from a launch template. Import by name."""

    token, title = "aws:autoscaling/group:Group", "Auto Scaling Group"
    documented = "autoscaling_group"
    naming = Naming("name", "namePrefix", 255)
    inputs = {
        "name": text(longest=255, replaces=True),
        "namePrefix": text(longest=229, replaces=True),
        "minSize": number(0, required=True),
        "maxSize": number(0, required=True),
        "desiredCapacity": number(0, computed=True),
        "launchTemplate": block(
            {
                "id": text(r"lt-[0-9a-f]+", computed=True),
                "name": text(computed=True),
                "version": text(computed=True),
            },
            required=True,
        ),
        "vpcZoneIdentifiers": set_of(text(r"subnet-[0-9a-f]+"), required=True, shortest=1),
        "targetGroupArns": set_of(text(r"arn:.+")),
        "healthCheckType": choice("EC2", "ELB", computed=True),
        "healthCheckGracePeriod": number(0, default=300),
        "instanceRefresh": block(
            {
                "strategy": choice("Rolling", required=True),
                "preferences": block(_PREFERENCES),
                "triggers": set_of(text()),
            },
            local=True,
        ),
        "forceDelete": flag(default=False, local=True),
        "waitForCapacityTimeout": text(default="10m", local=True),
        "tags": list_of(block(_TAG), key="key"),
        "region": REGION,
    }
    computed = ("arn", "availabilityZones", "defaultCooldown", "serviceLinkedRoleArn")

    @property
    def tagged(self) -> bool:
        """Its tags say of themselves whether instances inherit them: default tags do not reach them."""
        return False

    def create(self, aws: Aws, inputs: Values) -> str:
        def make() -> dict[str, Any]:
            return aws.call(
                "autoscaling",
                "CreateAutoScalingGroup",
                AutoScalingGroupName=inputs["name"],
                **_settings(inputs),
                TargetGroupARNs=inputs.get("targetGroupArns") or None,
                Tags=[_tag(inputs["name"], tag) for tag in inputs.get("tags") or []] or None,
            )

        aws.retrying(make, _profile_is_new)
        return str(inputs["name"])

    def settle(self, aws: Aws, id: str, inputs: Values) -> None:
        if inputs["waitForCapacityTimeout"] != "0":
            aws.wait(f"{self.title} ({id}) capacity", lambda: _is_full(aws, id), _SETTLED_WITHIN)

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        group = group_called(aws, id)
        if group is None:
            return None
        template = group["LaunchTemplate"]
        return {
            "name": group["AutoScalingGroupName"],
            "arn": group["AutoScalingGroupARN"],
            "minSize": group["MinSize"],
            "maxSize": group["MaxSize"],
            "desiredCapacity": group["DesiredCapacity"],
            "launchTemplate": {
                "id": template["LaunchTemplateId"],
                "name": template["LaunchTemplateName"],
                "version": template.get("Version"),
            },
            "vpcZoneIdentifiers": (group.get("VPCZoneIdentifier") or "").split(","),
            "availabilityZones": group["AvailabilityZones"],
            "targetGroupArns": group.get("TargetGroupARNs") or [],
            "healthCheckType": group["HealthCheckType"],
            "healthCheckGracePeriod": group["HealthCheckGracePeriod"],
            "defaultCooldown": group["DefaultCooldown"],
            "serviceLinkedRoleArn": group["ServiceLinkedRoleARN"],
            "tags": [
                {"key": tag["Key"], "value": tag["Value"], "propagateAtLaunch": tag["PropagateAtLaunch"]}
                for tag in group.get("Tags") or []
            ],
        }

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags", "targetGroupArns"}:
            aws.call("autoscaling", "UpdateAutoScalingGroup", AutoScalingGroupName=id, **_settings(new))
        if "tags" in changed:
            self._retag(aws, id, old, new)
        if "targetGroupArns" in changed:
            self._attach(
                aws, id, set(old.get("targetGroupArns") or []), set(new.get("targetGroupArns") or [])
            )
        refresh = new.get("instanceRefresh")
        if refresh and changed & {"launchTemplate", *(refresh.get("triggers") or [])}:
            _refresh(aws, id, refresh)

    def _retag(self, aws: Aws, id: str, old: Values, new: Values) -> None:
        before = {tag["key"]: tag for tag in old.get("tags") or []}
        after = {tag["key"]: tag for tag in new.get("tags") or []}
        gone = [_tag(id, before[key]) for key in sorted(before.keys() - after.keys())]
        written = [_tag(id, tag) for key, tag in sorted(after.items()) if before.get(key) != tag]
        if gone:
            aws.call("autoscaling", "DeleteTags", Tags=gone)
        if written:
            aws.call("autoscaling", "CreateOrUpdateTags", Tags=written)

    def _attach(self, aws: Aws, id: str, before: set[str], after: set[str]) -> None:
        for verb, arns in (("Detach", before - after), ("Attach", after - before)):
            if arns:
                aws.call(
                    "autoscaling",
                    f"{verb}LoadBalancerTargetGroups",
                    AutoScalingGroupName=id,
                    TargetGroupARNs=sorted(arns),
                )

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if group_called(aws, id) is None:
            return
        if not known.get("forceDelete"):
            aws.call(
                "autoscaling",
                "UpdateAutoScalingGroup",
                AutoScalingGroupName=id,
                MinSize=0,
                MaxSize=0,
                DesiredCapacity=0,
            )
            aws.wait(f"{self.title} ({id}) drain", lambda: _is_empty(aws, id), _SETTLED_WITHIN)
        aws.call(
            "autoscaling",
            "DeleteAutoScalingGroup",
            AutoScalingGroupName=id,
            ForceDelete=bool(known.get("forceDelete")),
        )


def _settings(inputs: Values) -> dict[str, Any]:
    """What CreateAutoScalingGroup and UpdateAutoScalingGroup both take."""
    template = inputs["launchTemplate"]
    named = (
        {"LaunchTemplateId": template["id"]}
        if template.get("id")
        else {"LaunchTemplateName": template["name"]}
    )
    return present(
        MinSize=inputs["minSize"],
        MaxSize=inputs["maxSize"],
        DesiredCapacity=inputs.get("desiredCapacity"),
        LaunchTemplate=named | present(Version=template.get("version")),
        VPCZoneIdentifier=",".join(inputs["vpcZoneIdentifiers"]),
        HealthCheckType=inputs.get("healthCheckType"),
        HealthCheckGracePeriod=inputs["healthCheckGracePeriod"],
    )


def _refresh(aws: Aws, id: str, refresh: Values) -> None:
    preferences = refresh.get("preferences") or {}
    warmup = preferences.get("instanceWarmup")
    aws.call(
        "autoscaling",
        "StartInstanceRefresh",
        AutoScalingGroupName=id,
        Strategy=refresh["strategy"],
        Preferences=present(
            MinHealthyPercentage=preferences.get("minHealthyPercentage"),
            MaxHealthyPercentage=preferences.get("maxHealthyPercentage"),
            InstanceWarmup=int(warmup) if warmup else None,
            SkipMatching=preferences.get("skipMatching"),
            AutoRollback=preferences.get("autoRollback"),
        )
        or None,
    )


def _tag(group: str, tag: Values) -> dict[str, Any]:
    return {
        "ResourceId": group,
        "ResourceType": "auto-scaling-group",
        "Key": tag["key"],
        "Value": tag["value"],
        "PropagateAtLaunch": tag["propagateAtLaunch"],
    }


def group_called(aws: Aws, name: str) -> dict[str, Any] | None:
    """The group of that name, if there is one."""
    found = aws.call("autoscaling", "DescribeAutoScalingGroups", AutoScalingGroupNames=[name])
    return next(iter(found["AutoScalingGroups"]), None)


def _is_full(aws: Aws, name: str) -> bool:
    group = group_called(aws, name)
    if group is None:
        return False
    serving = [one for one in group["Instances"] if one["LifecycleState"] == "InService"]
    return len(serving) >= int(group["DesiredCapacity"])


def _is_empty(aws: Aws, name: str) -> bool:
    group = group_called(aws, name)
    return group is None or not group["Instances"]


def _profile_is_new(error: AwsError) -> bool:
    """An instance profile made a moment ago is unknown to EC2 until it has spread."""
    return error.code == "ValidationError" and "Invalid IAM Instance Profile" in error.message


RESOURCES: tuple[Resource, ...] = (Group(),)
