"""Lifecycle hooks of Auto Scaling groups. Calls: the EC2 Auto Scaling API reference; inputs: aws.autoscaling.LifecycleHook of
the provider's documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.sandbox.catalog.autoscaling import group_called
from service.sandbox.catalog.resource import Naming, Resource
from service.sandbox.catalog.schema import REGION, Values, choice, number, text

if TYPE_CHECKING:
    from service.sandbox.provider.aws import Aws


class LifecycleHook(Resource):
    """aws.autoscaling.LifecycleHook, without notifications. Import by `group/hook`."""

    token, title = "aws:autoscaling/lifecycleHook:LifecycleHook", "Auto Scaling Lifecycle Hook"
    documented = "autoscaling_lifecycle_hook"
    naming = Naming("name", None, 255)
    inputs = {
        "name": text(r"[A-Za-z0-9\-_/]+", longest=255, replaces=True),
        "autoscalingGroupName": text(required=True, replaces=True),
        "lifecycleTransition": choice(
            "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING", required=True
        ),
        "heartbeatTimeout": number(30, 7200),
        "defaultResult": choice("ABANDON", "CONTINUE", computed=True),
        "region": REGION,
    }

    def create(self, aws: Aws, inputs: Values) -> str:
        self._put(aws, inputs)
        return str(inputs["name"])

    def _put(self, aws: Aws, inputs: Values) -> None:
        aws.call(
            "autoscaling",
            "PutLifecycleHook",
            AutoScalingGroupName=inputs["autoscalingGroupName"],
            LifecycleHookName=inputs["name"],
            LifecycleTransition=inputs["lifecycleTransition"],
            HeartbeatTimeout=inputs.get("heartbeatTimeout"),
            DefaultResult=inputs.get("defaultResult"),
        )

    def identity(self, id: str, live: Values) -> str:
        return str(live["name"])

    def read(self, aws: Aws, id: str, known: Values) -> Values | None:
        group, name = (known["autoscalingGroupName"], id) if known else id.split("/", 1)
        if group_called(aws, group) is None:
            return None
        found = aws.call(
            "autoscaling", "DescribeLifecycleHooks", AutoScalingGroupName=group, LifecycleHookNames=[name]
        )["LifecycleHooks"]
        return next((_hook(hook) for hook in found), None)

    def update(self, aws: Aws, id: str, old: Values, new: Values, changed: set[str]) -> None:
        self._put(aws, new)

    def delete(self, aws: Aws, id: str, known: Values) -> None:
        if self.read(aws, id, known) is not None:
            aws.call(
                "autoscaling",
                "DeleteLifecycleHook",
                AutoScalingGroupName=known["autoscalingGroupName"],
                LifecycleHookName=id,
            )


def _hook(hook: dict[str, Any]) -> Values:
    return {
        "name": hook["LifecycleHookName"],
        "autoscalingGroupName": hook["AutoScalingGroupName"],
        "lifecycleTransition": hook["LifecycleTransition"],
        "heartbeatTimeout": hook["HeartbeatTimeout"],
        "defaultResult": hook["DefaultResult"],
    }


RESOURCES: tuple[Resource, ...] = (LifecycleHook(),)
